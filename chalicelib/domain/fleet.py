"""What all chargers together look like: counts for whoever runs them, and which of them need somebody."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from chalicelib.domain.charger_states import ChargerState
from chalicelib.domain.claims import Unit, UnitState
from chalicelib.domain.connections import Connection
from chalicelib.domain.ids import ChargerId, Serial


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """One charger that needs somebody: `kind` is fault, offline or blocked; `detail` the codes or the reason."""

    serial: Serial
    kind: str
    detail: str
    since: datetime | None


class FleetReport(msgspec.Struct, frozen=True, kw_only=True):
    """All chargers that were made, counted; `troubles` are the first of each kind, those longest in trouble first."""

    chargers: int
    registry: dict[str, int]
    models: dict[str, int]
    connection: dict[str, int]
    """Of the claimed ones: online, offline, never heard of."""
    evse_states: dict[str, int]
    reasons: dict[str, int]
    firmware: dict[str, int]
    faults: dict[str, int]
    troubles: tuple[Trouble, ...]


def survey(
    units: Iterable[Unit],
    connections: Mapping[Serial, Connection],
    states: Mapping[ChargerId, ChargerState],
    now: datetime,
    *,
    offline_for: timedelta,
    most: int,
) -> FleetReport:
    """The report at `now`; a claimed charger that was away for less than `offline_for` is no trouble."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in _COUNTED}
    troubles: list[Trouble] = []
    chargers = 0
    for unit in units:
        chargers += 1
        counts["registry"][unit.state.value] += 1
        counts["models"][unit.model] += 1
        connection = connections.get(unit.serial)
        state = states.get(unit.charger_id) if unit.charger_id is not None else None
        if unit.state is UnitState.CLAIMED:
            counts["connection"][_name_of(connection)] += 1
        if state is not None:
            _count_state(counts, state)
        troubles += _troubles(unit, connection, state, now - offline_for)
    shown = {name: dict(one.most_common()) for name, one in counts.items()}
    return FleetReport(chargers=chargers, troubles=_first(troubles, most), **shown)


_COUNTED = ("registry", "models", "connection", "evse_states", "reasons", "firmware", "faults")


def _count_state(counts: dict[str, Counter[str]], state: ChargerState) -> None:
    counts["evse_states"][state.evse_state.value] += 1
    counts["reasons"][state.reason] += 1
    counts["firmware"][state.firmware] += 1
    counts["faults"].update(state.fault_codes)


def _name_of(connection: Connection | None) -> str:
    if connection is None:
        return "never"
    return "online" if connection.is_connected else "offline"


def _troubles(
    unit: Unit, connection: Connection | None, state: ChargerState | None, since: datetime
) -> Iterable[Trouble]:
    if unit.state is UnitState.BLOCKED:
        yield Trouble(serial=unit.serial, kind="blocked", detail="", since=None)
        return
    if state is not None and state.is_faulty:
        detail = " ".join(state.fault_codes)
        yield Trouble(serial=unit.serial, kind="fault", detail=detail, since=state.reported_at)
    is_away = connection is not None and not connection.is_connected and connection.at <= since
    if unit.state is UnitState.CLAIMED and connection is not None and is_away:
        yield Trouble(serial=unit.serial, kind="offline", detail=connection.reason, since=connection.at)


def _first(troubles: list[Trouble], most: int) -> tuple[Trouble, ...]:
    """The first `most` of each kind."""
    kept: list[Trouble] = []
    for kind in ("fault", "offline", "blocked"):
        known = [one for one in troubles if one.kind == kind and one.since is not None]
        unknown = [one for one in troubles if one.kind == kind and one.since is None]
        kept += [*sorted(known, key=lambda one: (one.since, one.serial)), *unknown][:most]
    return tuple(kept)
