"""A charger has read its register: keep the reading, derive the hours it can change, and from hours everything else.

Several of these may run at once for one charger. Each first writes what it has derived and then looks whether the
readings (or the hours) are still those it derived from; if not it derives again. So whoever writes last has seen all.
"""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.adapters import planning_queue
from chalicelib.adapters.dynamo import charger_states, chargers, hours, readings, sessions, sites
from chalicelib.domain.calendar import DAY, HOUR, Stretch, ceil_to, floor_to, local_day, month_stretch
from chalicelib.domain.charger_states import MonthEnergy, SessionEnergy
from chalicelib.domain.chargers import Charger
from chalicelib.domain.costs import Cost, PricedHour, cost_at_once, price_hour, total_cost
from chalicelib.domain.energy import EnergyHour, Reading, hours_of, sift
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.ids import Serial
from chalicelib.domain.planning import power_w
from chalicelib.domain.session_planning import MIN_CURRENT_A, VOLTAGE_V, deliverable_a
from chalicelib.domain.sites import Site
from chalicelib.observability import count, log
from chalicelib.services.zone_prices import paid_in

MAX_ROUNDS: Final = 5
_LONGEST_SESSION: Final = 40 * DAY


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
    site = sites.get(charger.site_id)
    if begins:
        sessions.open_session(charger.charger_id, reading.plug_seq, reading.at, site.zone)
    if ends:
        sessions.close_session(charger.charger_id, reading.plug_seq, reading.at)
    window = _derive_hours(charger, site, reading)
    energy = _derive_session(charger, site, reading)
    _derive_month(charger, site, window)
    _ask_if_need_is_used_up(charger, energy)


def _derive_hours(charger: Charger, site: Site, reading: Reading) -> Stretch:
    """Write the hours that `reading` can change; the window they lie in."""
    known = readings.around(charger.charger_id, reading)
    for _ in range(MAX_ROUNDS):
        window = _window(known, reading)
        _write_hours(charger, site, window, hours_of(known, window))
        again = readings.around(charger.charger_id, reading)
        if again == known:
            _count_impossible(charger, known, reading)
            return window
        known = again
    raise DependencyDown("readings come faster than hours can be derived")


def _window(known: list[Reading], reading: Reading) -> Stretch:
    """The hours between the neighbours of `reading`, which is among `known`."""
    usable, _ = sift([*known, reading])
    place = next((number for number, other in enumerate(usable) if other.key >= reading.key), len(usable) - 1)
    first, last = usable[max(place - 1, 0)], usable[min(place + 1, len(usable) - 1)]
    start = floor_to(min(first.at, reading.at), HOUR)
    return Stretch(start, max(ceil_to(max(last.at, reading.at), HOUR), start + HOUR))


def _write_hours(charger: Charger, site: Site, window: Stretch, derived: dict[datetime, EnergyHour]) -> None:
    """PUT what differs from what is there; an hour that turns out to be empty is written only over one that was not."""
    stored = {hour.start: hour for hour in hours.list_in(charger.charger_id, window)}
    wanted = {start: derived.get(start, EnergyHour(start=start)) for start in {*derived, *stored}}
    if not wanted:
        return
    slots = paid_in(site.zone, Stretch(min(wanted), max(wanted) + HOUR))
    for start, hour in sorted(wanted.items()):
        priced = price_hour(hour, slots, site.currency)
        if priced != stored.get(start):
            hours.put(charger.charger_id, priced)


def _derive_session(charger: Charger, site: Site, reading: Reading) -> SessionEnergy | None:
    """Write what the session of `reading` has taken; None while nobody has said when it began."""
    session = sessions.find(charger.charger_id, reading.plug_seq)
    if session is None:
        return None
    whole = Stretch(session.started_at, session.ended_at or session.started_at + _LONGEST_SESSION)
    window = Stretch(floor_to(whole.start, HOUR), ceil_to(whole.end, HOUR))
    before: SessionEnergy | None = None
    for _ in range(MAX_ROUNDS):
        energy = _session_energy(hours.list_in(charger.charger_id, window), reading.plug_seq, site.currency)
        if energy == before:
            return energy
        at_once = _cost_at_once(charger, site, session.started_at, energy.energy_wh)
        sessions.put_energy(charger.charger_id, energy, at_once)
        charger_states.put_session(charger.charger_id, energy)
        before = energy
    raise DependencyDown("hours change faster than a session can be derived")


def _cost_at_once(charger: Charger, site: Site, since: datetime, energy_wh: int) -> Cost:
    """What a session would have cost, charged from plug-in at the highest current the fuses allow."""
    limit_a = deliverable_a(charger.circuit_fuse_a, site.main_fuse_a)
    power = power_w(max(limit_a, MIN_CURRENT_A), charger.phases, site.grid_type, VOLTAGE_V)
    if energy_wh <= 0:
        return total_cost((), site.currency)
    slots = paid_in(site.zone, Stretch(since, since + timedelta(hours=energy_wh / power)))
    return cost_at_once(energy_wh, power, since, slots, site.currency)


def _session_energy(found: list[PricedHour], plug_seq: int, currency: str) -> SessionEnergy:
    return SessionEnergy(
        plug_seq=plug_seq,
        energy_wh=sum(hour.hour.energy_of(plug_seq) for hour in found),
        starts=sum(hour.hour.starts_of(plug_seq) for hour in found),
        cost=total_cost((hour.cost(currency, plug_seq) for hour in found), currency),
    )


def _derive_month(charger: Charger, site: Site, window: Stretch) -> None:
    """Write what the last local month of `window` has taken."""
    day = local_day(window.end - HOUR, site.tz)
    whole = month_stretch(day.year, day.month, site.tz)
    before: MonthEnergy | None = None
    for _ in range(MAX_ROUNDS):
        found = hours.list_in(charger.charger_id, whole)
        month = MonthEnergy(
            month=f"{day:%Y-%m}",
            energy_wh=sum(hour.hour.energy_wh for hour in found),
            cost=total_cost((hour.cost(site.currency) for hour in found), site.currency),
        )
        if month == before:
            return
        charger_states.put_month(charger.charger_id, month)
        before = month
    raise DependencyDown("hours change faster than a month can be derived")


def _ask_if_need_is_used_up(charger: Charger, energy: SessionEnergy | None) -> None:
    """A car that has taken what was planned and goes on drawing gets a new plan before the present one ends."""
    overview = charger_states.read(charger.charger_id)
    plan, state = overview.present_plan, overview.state
    if energy is None or plan is None or state is None or plan.plug_seq != energy.plug_seq:
        return
    if energy.energy_wh >= plan.need_wh and state.is_drawing and not state.car_full:
        planning_queue.ask(charger.charger_id, "need_used_up")


def _count_impossible(charger: Charger, known: list[Reading], reading: Reading) -> None:
    """Tell once about a reading that was put aside, when it comes."""
    if reading in sift(known)[1]:
        log.warning("reading_quarantined", charger_id=charger.charger_id, epoch=reading.epoch, seq=reading.seq)
        count("ReadingQuarantined")
