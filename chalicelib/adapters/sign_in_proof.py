"""How our API proves to our own Cognito triggers that it has checked the code: an HMAC over the challenge's nonce."""

import hmac

from chalicelib.adapters import secret_store
from chalicelib.settings import settings


def proof(nonce: str, username: str) -> str:
    """The answer to the challenge `nonce` of the user `username`, 64 hexadecimal digits."""
    message = f"zmartcharge-sign-in-v1|{nonce}|{username}".encode()
    return hmac.digest(secret_store.key(settings().sign_in_proof_secret_arn), message, "sha256").hex()


def is_proof(answer: str, nonce: str, username: str) -> bool:
    """Whether `answer` is the proof, compared in constant time."""
    return hmac.compare_digest(answer.encode(), proof(nonce, username).encode())
