"""Chargers have read their registers: what follows from that, once for each charger of a batch.

What a reading says of its session comes first, then one pass over the ledger (energy_ledger.py), then whoever wants to
know is told. Everything may be done again: a reading that is known changes nothing, and telling twice is told apart.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from chalicelib.adapters import clock, planning_queue
from chalicelib.adapters.dynamo import chargers, sessions, sites
from chalicelib.adapters.dynamo import home as store_of_states
from chalicelib.domain.charger_states import ChargerOverview
from chalicelib.domain.chargers import Charger
from chalicelib.domain.claims import UnitUnknown
from chalicelib.domain.energy import Reading
from chalicelib.domain.ids import Serial
from chalicelib.domain.ledgers import READINGS_TAKEN
from chalicelib.domain.plan_drift import drift_id, drift_wh
from chalicelib.observability import count
from chalicelib.services import price_book, session_notices
from chalicelib.services.energy_ledger import Work, settle

FRESH: Final = timedelta(minutes=5)
"""An older reading says little about how the session stands now."""


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A reading that has come; `begins` and `ends`: it marks plug-in or plug-out."""

    reading: Reading
    begins: bool = False
    ends: bool = False


def store(serial: Serial, reading: Reading, now: datetime, *, begins: bool = False, ends: bool = False) -> None:
    """Take in one reading at `now`; UnitUnknown for a serial that was never made."""
    arrival = Arrival(reading=reading, begins=begins, ends=ends)
    if store_all({serial: [arrival]}, now):
        raise UnitUnknown


def store_all(arrivals: Mapping[Serial, Sequence[Arrival]], now: datetime) -> set[Serial]:
    """Take in readings at `now`; they may come twice, late and in any order. The serials that were never made.

    Readings of units that nobody owns, from before the owner claimed the unit, or so old that those beside them may be
    gone already, are counted and forgotten.
    """
    owners = chargers.find_by_serials(arrivals)
    taken: list[tuple[Charger, list[Arrival]]] = []
    for serial, found in arrivals.items():
        charger = owners.get(serial)
        kept = [] if charger is None else [one for one in found if _is_of_owner(one.reading, charger, now)]
        if charger is not None and kept:
            taken.append((charger, kept))
        for _ in range(len(found) - len(kept) if serial in owners else 0):
            count("ReadingOfUnclaimedCharger")
    for charger, kept in taken:
        _note_session(charger, kept)
    works = [Work(charger=charger, arrivals=tuple(one.reading for one in kept)) for charger, kept in taken]
    settle(works, price_book.recent(clock.real_now()))
    _tell(works, now)
    return set(arrivals) - set(owners)


def _is_of_owner(reading: Reading, charger: Charger, now: datetime) -> bool:
    return reading.at >= charger.created_at and reading.at > now - READINGS_TAKEN


def _note_session(charger: Charger, arrivals: Sequence[Arrival]) -> None:
    for one in arrivals:
        reading = one.reading
        if one.begins:
            site = sites.get(charger.site_id)
            sessions.open_session(
                charger.charger_id, reading.plug_seq, reading.at, site.zone, site.site_id, site.history_months
            )
        if one.ends:
            sessions.close_session(charger.charger_id, reading.plug_seq, reading.at)


def _tell(works: Sequence[Work], now: datetime) -> None:
    """What the states say now that the readings are in them: whoever looks last sees both (ADR 0008)."""
    if not works:
        return
    overviews = store_of_states.read([work.charger.charger_id for work in works], ()).overviews
    for work in works:
        charger = work.charger
        overview = overviews.get(charger.charger_id)
        if overview is None:
            continue
        _ask_if_need_is_used_up(charger, overview)
        _ask_if_plan_is_left(charger, overview, max(reading.at for reading in work.arrivals), now)
        for plug_seq in sorted({reading.plug_seq for reading in work.arrivals}):
            session_notices.tell_if_finished(charger, plug_seq, overview, now)


def _ask_if_need_is_used_up(charger: Charger, overview: ChargerOverview) -> None:
    """A car that has taken what was planned and goes on drawing gets a new plan before the present one ends."""
    plan, state, energy = overview.present_plan, overview.state, overview.present_session
    if plan is None or state is None or energy is None or plan.plug_seq != energy.plug_seq:
        return
    if energy.energy_wh >= plan.need_wh and state.is_drawing and not state.car_full:
        planning_queue.ask(charger.charger_id, "need_used_up", f"need_used_up:{plan.plan_id}")


def _ask_if_plan_is_left(charger: Charger, overview: ChargerOverview, at: datetime, now: datetime) -> None:
    """A session whose energy at its last reading is not what its plan says gets a new plan.

    How much that is stands in domain/plan_drift.py. A late reading tells nothing of now; asking again for the same plan
    and drift is answered once.
    """
    plan, state, energy = overview.present_plan, overview.state, overview.present_session
    if plan is None or state is None or energy is None or state.car_full or now - at > FRESH:
        return
    off_wh = drift_wh(plan, energy.energy_wh, at)
    if off_wh:
        planning_queue.ask(charger.charger_id, "drift", drift_id(plan, off_wh))
