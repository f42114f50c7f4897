"""The key that signs firmware: it never leaves KMS; chargers hold its public half from the factory."""

import base64
import textwrap
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.aws import client
from chalicelib.domain.errors import DependencyDown
from chalicelib.settings import settings


def key_id() -> str:
    """What chargers call the key."""
    return settings().firmware_key_id


def sign(message: bytes) -> bytes:
    """ES256 over `message` (at most 4096 bytes), DER."""
    return bytes(_call("sign", Message=message, MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256")["Signature"])


def public_key_pem() -> str:
    """What the factory puts into chargers, in PEM."""
    text = base64.b64encode(_call("get_public_key")["PublicKey"]).decode()
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *textwrap.wrap(text, 64), "-----END PUBLIC KEY-----", ""])


def _call(operation: str, **parameters: Any) -> Any:
    try:
        return getattr(client("kms"), operation)(KeyId=settings().firmware_signing_key, **parameters)
    except (BotoCoreError, ClientError) as error:
        raise DependencyDown("the signing key does not answer") from error
