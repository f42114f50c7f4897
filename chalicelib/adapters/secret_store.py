"""Our own secrets, read from Secrets Manager and kept for a few minutes, so that a rotation is noticed."""

import functools
import json
from typing import Any, Final

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.aws import client
from chalicelib.domain.errors import DependencyDown

_MAX_AGE_S: Final = 300


@functools.cache
def _provider() -> SecretsProvider:
    return SecretsProvider(boto3_client=client("secretsmanager"))


def read(arn: str) -> Any:
    """What the secret `arn` holds as JSON at this moment, not kept: for what must be noticed at once."""
    try:
        return _provider().get(arn, force_fetch=True, transform="json")
    except GetParameterError as error:
        raise DependencyDown("the secrets cannot be read") from error


def write(arn: str, content: Any) -> None:
    """Replace what the secret holds."""
    try:
        client("secretsmanager").put_secret_value(SecretId=arn, SecretString=json.dumps(content))
    except (BotoCoreError, ClientError) as error:
        raise DependencyDown("the secrets cannot be written") from error


def key(arn: str) -> bytes:
    """The key that the secret `arn` holds, as `{"key": text}`."""
    try:
        found: Any = _provider().get(arn, max_age=_MAX_AGE_S, transform="json")
    except GetParameterError as error:
        raise DependencyDown("the secrets cannot be read") from error
    return str(found["key"]).encode()
