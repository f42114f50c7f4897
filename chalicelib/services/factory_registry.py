"""The registry of made chargers: the only serials that can be claimed, and their certificates."""

from collections.abc import Iterable, Sequence

import msgspec

from chalicelib.adapters import device_keys
from chalicelib.adapters.dynamo import factory
from chalicelib.domain.claims import Unit
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ids import Serial
from chalicelib.services import certificates
from device_shadows.errors import SerialInvalidError
from device_shadows.names import parse_serial


class NewUnit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the factory knows of a charger it made: its public key, or a signing request, which contains it, or both."""

    serial: str
    model: str
    public_key_pem: str | None = None
    csr_pem: str | None = None


class Renewal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A charger's request for a certificate to follow the one it has."""

    serial: str
    csr_pem: str


def register(units: Iterable[NewUnit]) -> int:
    """Enter the units; how many were new. Repeating it changes nothing; SerialTaken for a serial with another key."""
    checked = [_checked(unit) for unit in units]
    return sum(factory.register(unit) for unit in checked)


def issue_certificates(units: Sequence[NewUnit]) -> dict[str, str]:
    """Certificates (PEM) by serial for registered units with a signing request; repeating it gives the same ones."""
    return {
        unit.serial: certificates.issue(Serial(unit.serial), unit.csr_pem) for unit in units if unit.csr_pem is not None
    }


def renew_certificates(renewals: Sequence[Renewal]) -> dict[str, str]:
    """Certificates (PEM) by serial that take over when they are first used; repeating it gives the same ones."""
    for one in renewals:
        _serial(one.serial)
    return {one.serial: certificates.renew(Serial(one.serial), one.csr_pem) for one in renewals}


def _serial(text: str) -> Serial:
    try:
        return Serial(parse_serial(text))
    except SerialInvalidError as error:
        raise InvalidInput(str(error), field="serial") from error


def _checked(unit: NewUnit) -> Unit:
    serial = _serial(unit.serial)
    pem = unit.public_key_pem
    if unit.csr_pem is not None:
        requested = device_keys.key_of_request(unit.csr_pem, serial)
        if pem is not None and device_keys.fingerprint_of(pem) != device_keys.fingerprint_of(requested):
            raise InvalidInput("the request is for another key", field="csr_pem")
        pem = pem or requested
    if pem is None:
        raise InvalidInput("give a public key or a signing request", field="public_key_pem")
    return Unit(
        serial=serial,
        public_key_pem=pem,
        fingerprint=device_keys.fingerprint_of(pem),
        model=unit.model,
    )
