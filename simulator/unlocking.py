"""What a charger does with a ticket over Bluetooth, step by step as its firmware would: challenge, compare, open.

It knows the contract and its own configuration, and asks nobody.
"""

import secrets
import time
from collections.abc import Callable
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from device_shadows.claim import from_base64url
from device_shadows.config import ConfigDesired
from device_shadows.errors import ContractError, TicketMalformedError
from device_shadows.names import Serial
from device_shadows.ticket import (
    CHALLENGE_LIFE_S,
    CLOCK_TOLERANCE_S,
    NONCE_BYTES,
    SignedTicket,
    Ticket,
    UnlockRefusal,
    parse,
    proof_message,
)
from simulator.book import Moment
from simulator.charger import Charger

_ES256: Final = ec.ECDSA(hashes.SHA256())
STRANGE: Final = frozenset(
    {
        UnlockRefusal.NOT_A_TICKET,
        UnlockRefusal.UNKNOWN_KEY,
        UnlockRefusal.SIGNATURE_INVALID,
        UnlockRefusal.WRONG_CHARGER,
        UnlockRefusal.PROOF_INVALID,
        UnlockRefusal.OLD_EPOCH,
    }
)
"""What the owner is told of: the others happen to people who may charge."""


class UnlockRefusedError(Exception):
    """The charger stays as it was; `reason` says why."""

    def __init__(self, reason: UnlockRefusal) -> None:
        super().__init__(reason)
        self.reason = reason


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that were never given before; when, by the machine's real clock and by the charger's own."""

    nonce: bytes
    given_at: float
    given_s: int


class UnlockDesk:
    """A charger's side of an unlock; `monotonic` is the machine's own, real clock, as people's hands live by it."""

    def __init__(self, charger: Charger, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._charger, self._monotonic = charger, monotonic
        self._challenge: Challenge | None = None

    def challenge(self) -> bytes:
        """16 new bytes, to be answered once within 120 s; those given before count no more."""
        given_s = self._charger.now_s
        self._challenge = Challenge(nonce=secrets.token_bytes(NONCE_BYTES), given_at=self._monotonic(), given_s=given_s)
        return self._challenge.nonce

    def power_on(self) -> None:
        """Nothing that was asked before the power cut can be answered."""
        self._challenge = None

    def unlock(self, ticket: bytes, proof: bytes) -> None:
        """Opens the present plug-in, or the one that comes within two minutes; UnlockRefusedError if it does not.

        Good or bad, the challenge is used up.
        """
        challenge, self._challenge = self._challenge, None
        try:
            self._open(ticket, proof, challenge)
        except UnlockRefusedError as error:
            if error.reason in STRANGE:
                self._charger.note_attempt(error.reason)
            raise

    def _open(self, data: bytes, proof: bytes, challenge: Challenge | None) -> None:
        charger = self._charger
        config = _require_ready(charger.config)
        if challenge is None or self._monotonic() - challenge.given_at > CHALLENGE_LIFE_S:
            raise UnlockRefusedError(UnlockRefusal.NO_CHALLENGE)
        ticket = verify(data, proof, serial=charger.serial, challenge=challenge.nonce, config=config)
        charger.open_lock(ticket, ends_s=_ends_s(ticket, charger.moment, challenge.given_s))


def verify(data: bytes, proof: bytes, *, serial: Serial, challenge: bytes, config: ConfigDesired) -> Ticket:
    """The ticket if its signatures and all that needs no clock are right; UnlockRefusedError otherwise."""
    signed = _parse(data)
    _require_signature(signed, config)
    ticket = signed.ticket
    if ticket.serial != serial:
        raise UnlockRefusedError(UnlockRefusal.WRONG_CHARGER)
    if ticket.nonce is not None and ticket.nonce != challenge:
        raise UnlockRefusedError(UnlockRefusal.WRONG_CHALLENGE)
    _require_proof(ticket, proof, proof_message(serial, challenge, data))
    if ticket.access_epoch < config.access_epoch:
        raise UnlockRefusedError(UnlockRefusal.OLD_EPOCH)
    return ticket


def _require_ready(config: ConfigDesired | None) -> ConfigDesired:
    if config is None:
        raise UnlockRefusedError(UnlockRefusal.NO_CONFIG)
    if config.disabled:
        raise UnlockRefusedError(UnlockRefusal.DISABLED)
    return config


def _parse(data: bytes) -> SignedTicket:
    try:
        return parse(data)
    except TicketMalformedError:
        raise UnlockRefusedError(UnlockRefusal.NOT_A_TICKET) from None


def _require_signature(signed: SignedTicket, config: ConfigDesired) -> None:
    found = next((key for key in config.ticket_keys if key.kid == signed.kid), None)
    key = _load(found.public_key) if found else None
    if key is None:
        raise UnlockRefusedError(UnlockRefusal.UNKNOWN_KEY)
    r, s = (int.from_bytes(part) for part in (signed.signature[:32], signed.signature[32:]))
    _require(key, encode_dss_signature(r, s), signed.signed, UnlockRefusal.SIGNATURE_INVALID)


def _load(public_key: str) -> ec.EllipticCurvePublicKey | None:
    """None if it is no P-256 key: then it verifies nothing."""
    try:
        key = serialization.load_der_public_key(from_base64url(public_key))
    except (ContractError, ValueError):
        return None
    return key if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1) else None


def _require_proof(ticket: Ticket, proof: bytes, message: bytes) -> None:
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), ticket.phone_key)
    except ValueError:
        raise UnlockRefusedError(UnlockRefusal.PROOF_INVALID) from None
    _require(key, proof, message, UnlockRefusal.PROOF_INVALID)


def _require(key: ec.EllipticCurvePublicKey, signature: bytes, message: bytes, reason: UnlockRefusal) -> None:
    try:
        key.verify(signature, message, _ES256)
    except InvalidSignature:
        raise UnlockRefusedError(reason) from None


def _ends_s(ticket: Ticket, moment: Moment, given_s: int) -> int | None:
    """When the right ends, by the charger's own seconds; UnlockRefusedError if the ticket does not hold now.

    One that answers the challenge needs no clock: the cloud has looked after the challenge was given, so the right ends
    not earlier than its rest counted from there.
    """
    if ticket.nonce is not None:
        return None if ticket.until is None else given_s + max(0, ticket.until - ticket.issued_at)
    if not moment.is_known:
        raise UnlockRefusedError(UnlockRefusal.TIME_UNKNOWN)
    if moment.wall_s < ticket.issued_at - CLOCK_TOLERANCE_S:
        raise UnlockRefusedError(UnlockRefusal.NOT_YET_VALID)
    if moment.wall_s > ticket.expires_at + CLOCK_TOLERANCE_S:
        raise UnlockRefusedError(UnlockRefusal.EXPIRED)
    if ticket.until is not None and moment.wall_s >= ticket.until:
        raise UnlockRefusedError(UnlockRefusal.RIGHT_ENDED)
    return None if ticket.until is None else moment.now_s + ticket.until - moment.wall_s
