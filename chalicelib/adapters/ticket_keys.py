"""The keys that sign unlock tickets. Two are live: one signs, the other will be next and chargers have it already.

Each is made from a random seed in a secret of its own; the one with the lower number signs. Seeds are read each time
and never kept, so that a rotation holds from the next ticket on.
"""

import hashlib
import hmac
from datetime import datetime
from typing import Final

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from chalicelib.adapters import secret_store
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.tickets import SeedState
from chalicelib.settings import settings
from device_shadows.claim import to_base64url
from device_shadows.ticket import P256_ORDER

_PURPOSE: Final = b"zmartcharge-ticket-key-v1"
_KID_LENGTH: Final = 8
_ES256: Final = ec.ECDSA(hashes.SHA256())


class TicketKey:
    """One key; its text shows the name only."""

    def __init__(self, state: SeedState) -> None:
        digest = hmac.digest(state.key.encode(), _PURPOSE, "sha512")
        scalar = int.from_bytes(digest) % (P256_ORDER - 1) + 1
        self._private = ec.derive_private_key(scalar, ec.SECP256R1())
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        der = self._private.public_key().public_bytes(serialization.Encoding.DER, form)
        self.number, self.made_at = state.number, state.made_at
        self.public_key = to_base64url(der)
        """SubjectPublicKeyInfo, DER, base64url."""
        self.kid = to_base64url(hashlib.sha256(der).digest())[:_KID_LENGTH]
        """Follows from the key, so that two keys never have one name."""

    def __repr__(self) -> str:
        return f"TicketKey({self.kid})"

    def sign(self, message: bytes) -> bytes:
        """ES256 as r and s, 32 bytes each, with the lower of the two values of s."""
        r, s = decode_dss_signature(self._private.sign(message, _ES256))
        return r.to_bytes(32) + min(s, P256_ORDER - s).to_bytes(32)


def live() -> tuple[TicketKey, TicketKey]:
    """The key that signs and the next one; DependencyDown if they cannot be read."""
    first, second = sorted(states(), key=lambda state: state.number)
    return TicketKey(first), TicketKey(second)


def states() -> tuple[SeedState, SeedState]:
    """Both seeds as they are at this moment."""
    first, second = (_state(secret_store.read(arn)) for arn in _arns())
    return first, second


def replace_signing(state: SeedState) -> None:
    """Put `state` in the place of the seed that signs; one write, so that there is no moment without two keys."""
    numbers = [known.number for known in states()]
    arn = _arns()[numbers.index(min(numbers))]
    secret_store.write(arn, msgspec.to_builtins(state))


def _arns() -> tuple[str, str]:
    return settings().ticket_secret_a_arn, settings().ticket_secret_b_arn


def _state(content: object) -> SeedState:
    try:
        return msgspec.convert(content, SeedState)
    except msgspec.ValidationError:
        raise DependencyDown("a secret of the ticket keys is damaged") from None


def made_at_text(moment: datetime | None) -> str:
    """When a key was made, for people."""
    return "with the stage" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
