"""The registry of made chargers: the only serials that can be claimed."""

from collections.abc import Iterable

import msgspec

from chalicelib.adapters import device_keys
from chalicelib.adapters.dynamo import factory
from chalicelib.domain.claims import Unit
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ids import Serial
from device_shadows.errors import SerialInvalidError
from device_shadows.names import parse_serial


class NewUnit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the factory knows of a charger it made."""

    serial: str
    public_key_pem: str
    model: str


def register(units: Iterable[NewUnit]) -> int:
    """Enter the units; how many were new. Repeating it changes nothing; SerialTaken for a serial with another key."""
    checked = [_checked(unit) for unit in units]
    return sum(factory.register(unit) for unit in checked)


def _checked(unit: NewUnit) -> Unit:
    try:
        serial = parse_serial(unit.serial)
    except SerialInvalidError as error:
        raise InvalidInput(str(error), field="serial") from error
    return Unit(
        serial=Serial(serial),
        public_key_pem=unit.public_key_pem,
        fingerprint=device_keys.fingerprint_of(unit.public_key_pem),
        model=unit.model,
    )
