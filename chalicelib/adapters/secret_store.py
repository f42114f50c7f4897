"""Our own secrets, read from Secrets Manager and kept for a few minutes, so that a rotation is noticed.

Powertools' reader is imported at first use: it is an eighth of a cold start, and most requests need no secret.
"""

import functools
from typing import Any, Final

from chalicelib.adapters.aws import client
from chalicelib.domain.errors import DependencyDown

_MAX_AGE_S: Final = 300


@functools.cache
def _provider() -> Any:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider

    return SecretsProvider(boto3_client=client("secretsmanager"))


def key(arn: str) -> bytes:
    """The key that the secret `arn` holds, as `{"key": text}`."""
    from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

    try:
        found: Any = _provider().get(arn, max_age=_MAX_AGE_S, transform="json")
    except GetParameterError as error:
        raise DependencyDown("the secrets cannot be read") from error
    return str(found["key"]).encode()
