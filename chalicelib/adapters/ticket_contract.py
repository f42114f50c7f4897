"""Tickets in the words of the device contract."""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.adapters import ticket_keys
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.tickets import Terms
from device_shadows import ticket as contract
from device_shadows.claim import from_base64url, to_base64url
from device_shadows.errors import ClaimInvalidError


def sign(terms: Terms, phone_key: bytes, nonce: bytes | None) -> str:
    """The ticket as the phone carries it, base64url."""
    ticket = contract.Ticket(
        serial=terms.serial,
        subject=terms.subject,
        access_epoch=terms.access_epoch,
        issued_at=_epoch_s(terms.issued_at),
        expires_at=_epoch_s(terms.expires_at),
        until=None if terms.until is None else _epoch_s(terms.until),
        phone_key=phone_key,
        nonce=nonce,
    )
    key, _ = ticket_keys.live()
    return to_base64url(contract.assemble(ticket, key.kid, key.sign(contract.to_be_signed(ticket, key.kid))))


def read_phone_key(text: str) -> bytes:
    """A P-256 key as a compressed point, base64url; InvalidInput if it is none."""
    point = _read(text, "phone_key")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise InvalidInput("not a compressed point of P-256", field="phone_key") from error
    return point


def read_nonce(text: str) -> bytes:
    """The charger's challenge; InvalidInput if it is none."""
    nonce = _read(text, "nonce")
    if len(nonce) != contract.NONCE_BYTES:
        raise InvalidInput(f"{contract.NONCE_BYTES} bytes", field="nonce")
    return nonce


def _read(text: str, field: str) -> bytes:
    try:
        data = from_base64url(text)
    except ClaimInvalidError as error:
        raise InvalidInput("base64url without padding", field=field) from error
    if to_base64url(data) != text:
        raise InvalidInput("base64url in its one form", field=field)
    return data


def _epoch_s(moment: datetime) -> int:
    return int(moment.timestamp())
