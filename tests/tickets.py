"""Tickets and chargers that take them, for tests of both sides."""

from datetime import datetime
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from device_shadows.claim import to_base64url
from device_shadows.config import Access, ConfigDesired, Right, TicketKey
from device_shadows.ticket import P256_ORDER, Ticket, assemble, to_be_signed
from simulator.charger import Charger
from simulator.phone_key import PhoneKey
from simulator.unlocking import UnlockDesk, UnlockRefusedError
from tests.simulator.nights import CONFIG, a_charger, at

PHONE = PhoneKey(ec.derive_private_key(7, ec.SECP256R1()))
GUEST = "grant_4f1c09b2a3d4e5f60718"


class Issuer:
    """A key that signs tickets, as the cloud does."""

    def __init__(self, number: int, kid: str) -> None:
        self.kid, self.private = kid, ec.derive_private_key(number, ec.SECP256R1())

    @property
    def public(self) -> TicketKey:
        """As in the configuration."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        der = self.private.public_key().public_bytes(serialization.Encoding.DER, form)
        return TicketKey(kid=self.kid, public_key=to_base64url(der))

    def sign(self, message: bytes) -> bytes:
        """ES256 as r and the lower s."""
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + min(s, P256_ORDER - s).to_bytes(32)

    def issue(self, ticket: Ticket) -> bytes:
        """As it travels."""
        return assemble(ticket, self.kid, self.sign(to_be_signed(ticket, self.kid)))


SIGNING, COMING, RETIRED = Issuer(11, "sign1"), Issuer(12, "next2"), Issuer(10, "old0")
LOCKED = msgspec.structs.replace(
    CONFIG,
    access=Access.VIA_PHONE,
    access_epoch=3,
    ticket_keys=(SIGNING.public, COMING.public),
    rights=(Right(subject="owner"),),
)


class Door:
    """A charger that is locked, a phone beside it, and the real time that passes between them."""

    def __init__(self, config: ConfigDesired | None = LOCKED, hour: float = -6) -> None:
        self.charger: Charger = a_charger(hour, config=config)
        self.seconds = 0.0
        self.desk = UnlockDesk(self.charger, monotonic=lambda: self.seconds)

    def now(self) -> datetime:
        """The charger's own time."""
        return datetime.fromtimestamp(self.charger.now_s, tz=at(0).tzinfo)

    def ticket(self, nonce: bytes | None, **changes: Any) -> Ticket:
        """What the cloud would issue now to the owner."""
        facts: dict[str, Any] = {
            "serial": self.charger.serial,
            "subject": "owner",
            "access_epoch": 3,
            "issued_at": self.charger.now_s,
            "expires_at": self.charger.now_s + (900 if nonce is None else 120),
            "until": None,
            "phone_key": PHONE.point,
            "nonce": nonce,
        }
        return Ticket(**(facts | changes))

    def unlock(self, *, is_cached: bool = False, issuer: Issuer = SIGNING, **changes: Any) -> str | None:
        """The whole way of a good phone; the refusal, None if the charger opened."""
        challenge = self.desk.challenge()
        return self.present(issuer.issue(self.ticket(None if is_cached else challenge, **changes)), challenge)

    def present(self, ticket: bytes, challenge: bytes, phone: PhoneKey = PHONE) -> str | None:
        """The ticket with the proof of `phone`; the refusal, None if the charger opened."""
        return self.answer(ticket, phone.prove(self.charger.serial, challenge, ticket))

    def answer(self, ticket: bytes, proof: bytes) -> str | None:
        """Any bytes; the refusal, None if the charger opened."""
        try:
            self.desk.unlock(ticket, proof)
        except UnlockRefusedError as error:
            return error.reason.value
        return None

    @property
    def is_locked(self) -> bool:
        """Whether the charger says so."""
        return self.charger.present_status().reason == "locked"
