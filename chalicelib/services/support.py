"""What support sees of one charger: who it is, what it does and did, what was sent to it. No person's data."""

from datetime import datetime
from typing import Final

import msgspec

from chalicelib.adapters import config_shadow, iot
from chalicelib.adapters.dynamo import charger_states, chargers, factory, quarantine, readings, status_changes
from chalicelib.domain.chargers import Charger
from chalicelib.domain.claims import Unit
from chalicelib.domain.commands import SentCommand
from chalicelib.domain.connections import Connection
from chalicelib.domain.energy import Reading
from chalicelib.domain.errors import NotFound
from chalicelib.domain.ids import Serial
from chalicelib.domain.status_changes import StatusChange
from chalicelib.services import charger_status, commands
from chalicelib.services.charger_status import StatusAnswer
from device_shadows.names import SHADOWS

LAST_READINGS: Final = 3
LAST_COMMANDS: Final = 5


class ChargerReport(msgspec.Struct, frozen=True, kw_only=True):
    """One charger; `owner` is the pseudonym that the charger knows, None while nobody owns it."""

    serial: str
    model: str
    registry: str
    fingerprint: str
    certificate_id: str | None
    next_certificate_id: str | None
    charger_id: str | None
    owner: str | None
    connection: Connection | None
    status: StatusAnswer | None
    firmware: str | None
    faults: tuple[str, ...]
    shadow_versions: dict[str, int | None]
    readings: tuple[Reading, ...]
    commands: tuple[SentCommand, ...]
    quarantined: int
    """Messages that are kept aside, of the last 14 days."""
    quarantine_reasons: tuple[str, ...]


def show(serial: Serial, now: datetime) -> ChargerReport:
    """Everything about the charger at `now`; UnitUnknown for a serial that was never made."""
    unit = factory.get(serial)
    charger = _find_charger(unit)
    kept = quarantine.list_of(serial)
    state = None if charger is None else charger_states.read(charger.charger_id).state
    latest = () if charger is None else readings.list_latest(charger.charger_id, LAST_READINGS)
    return ChargerReport(
        serial=serial,
        model=unit.model,
        registry=unit.state.value,
        fingerprint=unit.fingerprint,
        certificate_id=unit.certificate_id,
        next_certificate_id=unit.next_certificate_id,
        charger_id=None if charger is None else charger.charger_id,
        owner=None if charger is None else config_shadow.pseudonym(charger),
        connection=charger_states.read(charger_states.of_unit(serial)).connection,
        status=None if charger is None else charger_status.read(charger, now),
        firmware=None if state is None else state.firmware,
        faults=() if state is None else state.faults,
        shadow_versions={shadow: iot.find_version(serial, shadow) for shadow in SHADOWS},
        readings=tuple(latest),
        commands=tuple(commands.list_latest(serial, now, LAST_COMMANDS)),
        quarantined=len(kept),
        quarantine_reasons=tuple(sorted({message.reason for message in kept})),
    )


def history(serial: Serial, most: int) -> list[StatusChange]:
    """The last changes of state, the newest first; none while nobody owns it. UnitUnknown for a stranger."""
    charger = _find_charger(factory.get(serial))
    return [] if charger is None else status_changes.list_latest(charger.charger_id, most)


def _find_charger(unit: Unit) -> Charger | None:
    if unit.charger_id is None:
        return None
    try:
        return chargers.get(unit.charger_id)
    except NotFound:
        return None
