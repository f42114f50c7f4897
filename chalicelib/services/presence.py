"""Chargers come and go: what the broker says of their connections, known by serial and by charger."""

import functools
from collections.abc import Callable
from datetime import datetime

from chalicelib.adapters.dynamo import charger_states, factory, status_changes
from chalicelib.domain.chargers import Charger
from chalicelib.domain.claims import Unit
from chalicelib.domain.connections import Connection, decide_connection, decide_last_will
from chalicelib.domain.ids import Serial
from chalicelib.domain.status_changes import connection_change
from chalicelib.services import certificates

Decide = Callable[[Connection | None], Connection | None]


def note(serial: Serial, told: Connection) -> None:
    """Take in a notice of the broker; it may come twice, late and in any order. UnitUnknown for a stranger."""
    unit = factory.get(serial)
    if told.is_connected:
        certificates.note_use(unit, told.principal)
    _note(unit, functools.partial(decide_connection, told=told))


def note_last_will(serial: Serial, at: datetime) -> None:
    """The broker has published the charger's last will at `at`; it may come twice and late."""
    unit = factory.get(serial)
    _note(unit, functools.partial(decide_last_will, at=at))


def take_over(charger: Charger) -> None:
    """What is known of the unit's connection is now known of the charger."""
    known = charger_states.read(charger_states.of_unit(charger.serial)).connection
    if known is not None:
        charger_states.change_connection(charger.charger_id, functools.partial(decide_connection, told=known))


def _note(unit: Unit, decide: Decide) -> None:
    """First under the serial, then for the owner: a claim between the two takes over what the first has written.

    So does a charger that was claimed a moment ago: a late notice of a connection before the present one, alone, would
    say that it is away.
    """
    unit_id = charger_states.of_unit(unit.serial)
    charger_states.change_connection(unit_id, decide)
    charger_id = factory.get(unit.serial).charger_id
    if charger_id is None:
        return

    def for_owner(known: Connection | None) -> Connection | None:
        return charger_states.read(unit_id).connection if known is None else decide(known)

    changed = charger_states.change_connection(charger_id, for_owner)
    if changed is not None:
        status_changes.put(charger_id, connection_change(changed))
