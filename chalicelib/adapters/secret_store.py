"""Our own secrets, read from Secrets Manager and kept for a few minutes, so that a rotation is noticed.

Powertools' reader is imported at first use: it is an eighth of a cold start, and most requests need no secret.
"""

import functools
import json
from typing import Any, Final

from chalicelib.adapters.aws import client
from chalicelib.domain.errors import DependencyDown

_MAX_AGE_S: Final = 300


@functools.cache
def _provider() -> Any:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider

    return SecretsProvider(boto3_client=client("secretsmanager"))


def read(arn: str) -> Any:
    """What the secret `arn` holds as JSON at this moment, not kept: for what must be noticed at once."""
    from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

    try:
        return _provider().get(arn, force_fetch=True, transform="json")
    except GetParameterError as error:
        raise DependencyDown("the secrets cannot be read") from error


def write(arn: str, content: Any) -> None:
    """Replace what the secret holds."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client("secretsmanager").put_secret_value(SecretId=arn, SecretString=json.dumps(content))
    except (BotoCoreError, ClientError) as error:
        raise DependencyDown("the secrets cannot be written") from error


def key(arn: str) -> bytes:
    """The key that the secret `arn` holds, as `{"key": text}`."""
    from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

    try:
        found: Any = _provider().get(arn, max_age=_MAX_AGE_S, transform="json")
    except GetParameterError as error:
        raise DependencyDown("the secrets cannot be read") from error
    return str(found["key"]).encode()
