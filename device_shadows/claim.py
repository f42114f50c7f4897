"""What a charger signs to prove that somebody stands beside it.

It signs only within 600 s of power-on, in real time, and only over Bluetooth. The key is the P-256 key of its
certificate; the signature is ES256 (ECDSA with SHA-256) in DER, written as base64url without padding.
"""

import base64
import hashlib
import re
from typing import Final

from device_shadows.errors import ClaimInvalidError
from device_shadows.names import Serial

DOMAIN: Final = b"zmartcharge-claim-v1"
CLAIM_WINDOW_S: Final = 600
"""How long after power-on a charger signs claims, seconds of real time."""

_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{16,128}", re.ASCII)
_USER_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_FINGERPRINT_BYTES: Final = 16


def claim_message(serial: Serial, nonce: str, user_hash: str, claim_epoch: int) -> bytes:
    """The exact bytes that are signed: five lines, joined by line feeds, none at the end.

    `nonce` is base64url text as the cloud gave it, `user_hash` the lower-case hex of `user_hash()`, `claim_epoch` the
    number of times the charger has changed hands. ClaimInvalidError if a part has another form.
    """
    if not _NONCE.fullmatch(nonce):
        raise ClaimInvalidError("a nonce has 16 to 128 characters of base64url")
    if not _USER_HASH.fullmatch(user_hash):
        raise ClaimInvalidError("a user hash has 64 lower-case hexadecimal digits")
    if claim_epoch < 0:
        raise ClaimInvalidError("a claim epoch is not negative")
    return b"\n".join([DOMAIN, serial.encode(), nonce.encode(), user_hash.encode(), str(claim_epoch).encode()])


def user_hash(account_id: str) -> str:
    """What stands for the claiming person in the signature: hex SHA-256 of the account id."""
    return hashlib.sha256(account_id.encode()).hexdigest()


def fingerprint(public_key_der: bytes) -> str:
    """The key's name on the QR code: 16 bytes of SHA-256 of the SubjectPublicKeyInfo (DER), base64url, unpadded."""
    return to_base64url(hashlib.sha256(public_key_der).digest()[:_FINGERPRINT_BYTES])


def to_base64url(data: bytes) -> str:
    """`data` as base64url text without padding, the form of nonces, fingerprints and signatures."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes of base64url text without padding; ClaimInvalidError if it is none."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text, re.ASCII) or len(text) % 4 == 1:
        raise ClaimInvalidError("not base64url text")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
