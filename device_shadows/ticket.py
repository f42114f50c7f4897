"""The ticket that unlocks a charger: what the cloud signs, what the phone proves, what the charger compares.

A ticket is a COSE_Sign1 (RFC 9052) of at most 244 bytes, ES256, in one deterministic form. It is bound to the key of
one phone, which proves over Bluetooth that it has that key by signing the charger's challenge. A ticket that names the
challenge is bound to it (kind `nonce`): the cloud has looked at the right after the charger asked. One that names none
(kind `cached`) may be used until it expires, with a new challenge each time, by a charger that knows the time.
"""

import hashlib
import re
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from device_shadows import cbor
from device_shadows.claim import to_base64url
from device_shadows.errors import TicketMalformedError
from device_shadows.names import Serial
from device_shadows.values import Counter, EpochS

DOMAIN: Final = b"zmartcharge-unlock-v1"
"""Signed with every ticket (as COSE's external data), so that no other signature of the key can be one."""
PROOF_DOMAIN: Final = b"zmartcharge-unlock-proof-v1"
MAX_BYTES: Final = 244
"""What one Bluetooth write carries with the usual MTU of 247."""
NONCE_BYTES: Final = 16
CHALLENGE_LIFE_S: Final = 120
"""How long a challenge can be answered, seconds of real time, once; so long a nonce-bound ticket lives."""
CACHED_LIFE_S: Final = 900
CLOCK_TOLERANCE_S: Final = 60
ARMED_S: Final = 120
"""How long an unlock waits for a car that is not plugged in yet, seconds of the charger's own clock."""
P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of the curve: a signature's `s` is at most half of it, so that nobody can make a second one of a first."""

_SIGN1: Final = 0xD2
_ES256_AND_KID: Final = b"\xa2\x01\x26\x04"
_NO_HEADERS: Final = b"\xa0"
_SIGNATURE_BYTES: Final = 64

Kid = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,16}$")]
"""The name of a ticket key."""
Subject = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
"""Whose right it is: `owner`, or a word for a guest that means nothing elsewhere."""


class TicketKind(StrEnum):
    """What a ticket is bound to besides the phone: the charger's challenge, or nothing but its time."""

    NONCE = "nonce"
    CACHED = "cached"


class UnlockRefusal(StrEnum):
    """Why a charger stays locked; looked at in this order, after `no_config` and `disabled`."""

    NO_CONFIG = "no_config"
    DISABLED = "disabled"
    NO_CHALLENGE = "no_challenge"
    NOT_A_TICKET = "not_a_ticket"
    UNKNOWN_KEY = "unknown_key"
    SIGNATURE_INVALID = "signature_invalid"
    WRONG_CHARGER = "wrong_charger"
    WRONG_CHALLENGE = "wrong_challenge"
    PROOF_INVALID = "proof_invalid"
    OLD_EPOCH = "old_epoch"
    TIME_UNKNOWN = "time_unknown"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    RIGHT_ENDED = "right_ended"


class Ticket(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What the cloud states; the fields in this order are the payload."""

    serial: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9-]{8,20}$")]
    subject: Subject
    access_epoch: Counter
    """The charger's epoch when the ticket was made: one that its configuration has passed voids the ticket."""
    issued_at: EpochS
    expires_at: EpochS
    until: EpochS | None
    """When the person's right ends, and with it a session that runs; None: it does not end by itself."""
    phone_key: Annotated[bytes, msgspec.Meta(min_length=33, max_length=33)]
    """P-256, compressed point."""
    nonce: Annotated[bytes, msgspec.Meta(min_length=NONCE_BYTES, max_length=NONCE_BYTES)] | None

    @property
    def kind(self) -> TicketKind:
        """What it is bound to."""
        return TicketKind.CACHED if self.nonce is None else TicketKind.NONCE


class SignedTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket that was read but not verified: its key, its content, the bytes that are signed, r and s."""

    kid: str
    ticket: Ticket
    signed: bytes
    signature: bytes


def to_be_signed(ticket: Ticket, kid: str) -> bytes:
    """The exact bytes that the cloud signs: COSE's Sig_structure."""
    return _signed_bytes(_protected(kid), _payload(ticket))


def assemble(ticket: Ticket, kid: str, signature: bytes) -> bytes:
    """The ticket as it travels; `signature` is r and s, 32 bytes each.

    TicketMalformedError if a charger would refuse its form.
    """
    parts = cbor.encode(_protected(kid)), _NO_HEADERS, cbor.encode(_payload(ticket)), cbor.encode(signature)
    data = bytes([_SIGN1, 0x84]) + b"".join(parts)
    parse(data)
    return data


def parse(data: bytes) -> SignedTicket:
    """What `data` says, unverified; TicketMalformedError for every byte string that `assemble` does not make."""
    if len(data) > MAX_BYTES:
        raise TicketMalformedError(f"{len(data)} bytes, {MAX_BYTES} at most")
    head = bytes([_SIGN1, 0x84])
    if not data.startswith(head):
        raise TicketMalformedError("no COSE_Sign1")
    protected, rest = _take_bytes(data[len(head) :])
    if not rest.startswith(_NO_HEADERS):
        raise TicketMalformedError("unprotected headers")
    payload, rest = _take_bytes(rest[len(_NO_HEADERS) :])
    signature, rest = _take_bytes(rest)
    if rest or not is_canonical(signature):
        raise TicketMalformedError("no signature of 64 bytes with a low s")
    ticket = _ticket(payload)
    return SignedTicket(
        kid=_kid(protected), ticket=ticket, signed=_signed_bytes(protected, payload), signature=signature
    )


def is_canonical(signature: bytes) -> bool:
    """Whether it is r and s, 32 bytes each, with the lower of the two values of s."""
    return len(signature) == _SIGNATURE_BYTES and 0 < int.from_bytes(signature[32:]) <= P256_ORDER // 2


def proof_message(serial: Serial, challenge: bytes, ticket: bytes) -> bytes:
    """What the phone signs (ES256, DER): four lines, joined by line feeds, none at the end."""
    digest = hashlib.sha256(ticket).hexdigest()
    return b"\n".join([PROOF_DOMAIN, serial.encode(), to_base64url(challenge).encode(), digest.encode()])


def _payload(ticket: Ticket) -> bytes:
    return cbor.encode([getattr(ticket, name) for name in ticket.__struct_fields__])


def _protected(kid: str) -> bytes:
    return _ES256_AND_KID + cbor.encode(kid.encode())


def _kid(protected: bytes) -> str:
    name = cbor.decode(protected.removeprefix(_ES256_AND_KID)) if protected.startswith(_ES256_AND_KID) else None
    if not isinstance(name, bytes) or not re.fullmatch(rb"[A-Za-z0-9_-]{1,16}", name):
        raise TicketMalformedError("other headers than algorithm and key")
    return name.decode()


def _ticket(payload: bytes) -> Ticket:
    try:
        return msgspec.convert(cbor.decode(payload), Ticket, strict=True, builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        raise TicketMalformedError(str(error)) from error


def _signed_bytes(protected: bytes, payload: bytes) -> bytes:
    return cbor.encode(["Signature1", protected, DOMAIN, payload])


def _take_bytes(data: bytes) -> tuple[bytes, bytes]:
    """The byte string that `data` begins with, in its shortest form, and what follows."""
    item, rest = cbor.take(data)
    if not isinstance(item, bytes):
        raise TicketMalformedError("no byte string")
    return item, rest
