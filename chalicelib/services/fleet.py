"""All chargers at once, for whoever runs them. It reads every row of two tables: for people, never for a request."""

from datetime import datetime, timedelta

from chalicelib.adapters.dynamo import charger_states, factory
from chalicelib.domain import fleet
from chalicelib.domain.charger_states import ChargerState
from chalicelib.domain.connections import Connection
from chalicelib.domain.fleet import FleetReport
from chalicelib.domain.ids import ChargerId, Serial


def survey(now: datetime, *, offline_for: timedelta, most: int) -> FleetReport:
    """What all chargers look like at `now`, and up to `most` of each kind of trouble. No person's data."""
    connections: dict[Serial, Connection] = {}
    states: dict[ChargerId, ChargerState] = {}
    for overview in charger_states.list_all():
        serial = charger_states.serial_of(overview.charger_id)
        if serial is not None and overview.connection is not None:
            connections[serial] = overview.connection
        if overview.state is not None:
            states[overview.charger_id] = overview.state
    return fleet.survey(factory.list_all(), connections, states, now, offline_for=offline_for, most=most)
