"""A charger has read its register: keep the reading, derive the hours it can change, and from hours everything else.

Several of these may run at once for one charger. Each first writes what it has derived and then looks whether the
readings (or the hours) are still those it derived from; if not it derives again. So whoever writes last has seen all.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from chalicelib.adapters import planning_queue
from chalicelib.adapters.dynamo import charger_states, chargers, hours, readings, sessions, sites
from chalicelib.domain.calendar import DAY, HOUR, Stretch, ceil_to, floor_to, local_day, month_stretch
from chalicelib.domain.charger_states import MonthEnergy, SessionEnergy
from chalicelib.domain.chargers import Charger
from chalicelib.domain.costs import Cost, PricedHour, cost_at_once, price_hour, total_cost
from chalicelib.domain.energy import EnergyHour, Reading, hours_of, sift
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.ids import ChargerId, Serial
from chalicelib.domain.planning import power_w
from chalicelib.domain.session_planning import MIN_CURRENT_A, VOLTAGE_V, deliverable_a
from chalicelib.domain.sessions import Session
from chalicelib.domain.sites import Site
from chalicelib.observability import count, log
from chalicelib.services.zone_prices import paid_in

MAX_ROUNDS: Final = 5
_LONGEST_SESSION: Final = 40 * DAY


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a reading was made."""

    charger: Charger
    site: Site

    @property
    def power_w(self) -> float:
        """What a car draws at the highest current the fuses allow."""
        limit_a = deliverable_a(self.charger.circuit_fuse_a, self.site.main_fuse_a)
        return power_w(max(limit_a, MIN_CURRENT_A), self.charger.phases, self.site.grid_type, VOLTAGE_V)


def store(serial: Serial, reading: Reading, *, begins: bool = False, ends: bool = False) -> None:
    """Take in a reading; it may come twice, late and in any order. `begins` and `ends`: it marks plug-in or plug-out.

    A reading of a unit that nobody owns, or from before its owner claimed it, is counted and forgotten.
    """
    charger = chargers.find_by_serial(serial)
    if charger is None or reading.at < charger.created_at:
        count("ReadingOfUnclaimedCharger")
        return
    if not readings.put(charger.charger_id, reading):
        log.error("reading_contradicts_another", charger_id=charger.charger_id, epoch=reading.epoch, seq=reading.seq)
        count("ReadingContradicted")
        return
    place = Place(charger=charger, site=sites.get(charger.site_id))
    if begins:
        sessions.open_session(charger.charger_id, reading.plug_seq, reading.at, place.site.zone)
    if ends:
        sessions.close_session(charger.charger_id, reading.plug_seq, reading.at)
    window = _derive_hours(place, reading)
    energy = _derive_totals(place, sessions.find(charger.charger_id, reading.plug_seq), window)
    _ask_if_need_is_used_up(charger, energy)


def _derive_hours(place: Place, reading: Reading) -> Stretch:
    """Write the hours that `reading` can change; the window they lie in."""
    charger_id = place.charger.charger_id
    known = readings.around(charger_id, reading)
    for _ in range(MAX_ROUNDS):
        window = _window(known, reading)
        _write_hours(place, window, hours_of(known, window))
        again = readings.again(charger_id, reading, known)
        if again == known:
            _count_impossible(charger_id, known, reading)
            return window
        known = again
    raise DependencyDown("readings come faster than hours can be derived")


def _window(known: list[Reading], reading: Reading) -> Stretch:
    """The hours between the neighbours of `reading`, which is among `known`."""
    usable, _ = sift(known)
    place = next((number for number, other in enumerate(usable) if other.key >= reading.key), len(usable) - 1)
    first, last = usable[max(place - 1, 0)], usable[min(place + 1, len(usable) - 1)]
    start = floor_to(min(first.at, reading.at), HOUR)
    return Stretch(start, max(ceil_to(max(last.at, reading.at), HOUR), start + HOUR))


def _write_hours(place: Place, window: Stretch, derived: dict[datetime, EnergyHour]) -> None:
    """PUT what differs from what is there; an hour that turns out to be empty is written only over one that was not."""
    charger_id, site = place.charger.charger_id, place.site
    stored = {hour.start: hour for hour in hours.list_in(charger_id, window)}
    wanted = {start: derived.get(start, EnergyHour(start=start)) for start in {*derived, *stored}}
    if not wanted:
        return
    slots = paid_in(site.zone, Stretch(min(wanted), max(wanted) + HOUR))
    for start, hour in sorted(wanted.items()):
        priced = price_hour(hour, slots, site.currency)
        if priced != stored.get(start):
            hours.put(charger_id, priced)


def _derive_totals(place: Place, session: Session | None, window: Stretch) -> SessionEnergy | None:
    """Write what the session and the last local month of `window` have taken; the session's part is the answer."""
    day = local_day(window.end - HOUR, place.site.tz)
    whole_month = month_stretch(day.year, day.month, place.site.tz)
    whole_session = _hours_of_session(session) if session else whole_month
    both = Stretch(min(whole_month.start, whole_session.start), max(whole_month.end, whole_session.end))
    before: tuple[SessionEnergy | None, MonthEnergy] | None = None
    for _ in range(MAX_ROUNDS):
        found = hours.list_in(place.charger.charger_id, both)
        month = _month_energy([hour for hour in found if hour.start in whole_month], f"{day:%Y-%m}", place.site)
        in_session = [hour for hour in found if hour.start in whole_session]
        energy = _session_energy(in_session, session.plug_seq, place.site) if session else None
        if (energy, month) == before:
            return energy
        _write_totals(place, session, energy, month)
        before = (energy, month)
    raise DependencyDown("hours change faster than totals can be derived")


def _write_totals(place: Place, session: Session | None, energy: SessionEnergy | None, month: MonthEnergy) -> None:
    charger_id = place.charger.charger_id
    charger_states.put_month(charger_id, month)
    if session is not None and energy is not None:
        sessions.put_energy(charger_id, energy, _cost_at_once(place, session.started_at, energy.energy_wh))
        charger_states.put_session(charger_id, energy)


def _hours_of_session(session: Session) -> Stretch:
    end = session.ended_at or session.started_at + _LONGEST_SESSION
    return Stretch(floor_to(session.started_at, HOUR), ceil_to(end, HOUR))


def _cost_at_once(place: Place, since: datetime, energy_wh: int) -> Cost:
    """What a session would have cost, charged from plug-in at the highest current the fuses allow."""
    if energy_wh <= 0:
        return total_cost((), place.site.currency)
    slots = paid_in(place.site.zone, Stretch(since, since + timedelta(hours=energy_wh / place.power_w)))
    return cost_at_once(energy_wh, place.power_w, since, slots, place.site.currency)


def _session_energy(found: list[PricedHour], plug_seq: int, site: Site) -> SessionEnergy:
    return SessionEnergy(
        plug_seq=plug_seq,
        energy_wh=sum(hour.hour.energy_of(plug_seq) for hour in found),
        starts=sum(hour.hour.starts_of(plug_seq) for hour in found),
        cost=total_cost((hour.cost(site.currency, plug_seq) for hour in found), site.currency),
    )


def _month_energy(found: list[PricedHour], name: str, site: Site) -> MonthEnergy:
    return MonthEnergy(
        month=name,
        energy_wh=sum(hour.hour.energy_wh for hour in found),
        cost=total_cost((hour.cost(site.currency) for hour in found), site.currency),
    )


def _ask_if_need_is_used_up(charger: Charger, energy: SessionEnergy | None) -> None:
    """A car that has taken what was planned and goes on drawing gets a new plan before the present one ends."""
    if energy is None:
        return
    overview = charger_states.read(charger.charger_id)
    plan, state = overview.present_plan, overview.state
    if plan is None or state is None or plan.plug_seq != energy.plug_seq:
        return
    if energy.energy_wh >= plan.need_wh and state.is_drawing and not state.car_full:
        planning_queue.ask(charger.charger_id, "need_used_up")


def _count_impossible(charger_id: ChargerId, known: list[Reading], reading: Reading) -> None:
    """Tell about a reading that was put aside, when it comes."""
    if reading in sift(known)[1]:
        log.warning("reading_quarantined", charger_id=charger_id, epoch=reading.epoch, seq=reading.seq)
        count("ReadingQuarantined")
