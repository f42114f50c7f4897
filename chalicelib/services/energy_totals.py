"""Hours and totals of a charger, written whole from what they are derived from."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from chalicelib.adapters.dynamo import charger_states, hours, sessions
from chalicelib.domain.calendar import DAY, HOUR, Stretch, ceil_to, floor_to, local_day, month_stretch
from chalicelib.domain.charger_states import MonthEnergy, SessionEnergy
from chalicelib.domain.chargers import Charger
from chalicelib.domain.costs import Cost, PricedHour, cost_at_once, grand_total, price_hour, total_cost
from chalicelib.domain.energy import EnergyHour
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.planning import power_w
from chalicelib.domain.session_planning import MIN_CURRENT_A, VOLTAGE_V, deliverable_a
from chalicelib.domain.sessions import Session
from chalicelib.domain.sites import Site
from chalicelib.observability import log
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


def write_hours(place: Place, window: Stretch, derived: dict[datetime, EnergyHour], plug_seq: int) -> None:
    """PUT what differs from what is there; an hour that turns out to be empty is written only over one that was not.

    `place` is that of the session `plug_seq`: an hour of other sessions that is right as it stands keeps its price.
    """
    charger_id, site = place.charger.charger_id, place.site
    stored = {hour.start: hour for hour in hours.list_in(charger_id, window)}
    wanted = {start: derived.get(start, EnergyHour(start=start)) for start in {*derived, *stored}}
    if not wanted:
        return
    slots = paid_in(site, Stretch(min(wanted), max(wanted) + HOUR))
    for start, hour in sorted(wanted.items()):
        before = stored.get(start)
        is_of_others = all(part.plug_seq != plug_seq for part in hour.parts)
        if before is not None and before.hour == hour and is_of_others:
            continue
        priced = price_hour(hour, slots.energy, site.currency, slots.total)
        if priced != before:
            hours.put(charger_id, priced)


def reprice(place: Place, session: Session, now: datetime) -> None:
    """Price the hours of a session again, and what is summed from them; what is priced right already stays.

    An hour that a reading changes in between is left to that reading, which knows the new prices.
    """
    charger_id, site = place.charger.charger_id, place.site
    window = Stretch(floor_to(session.started_at, HOUR), ceil_to(now, HOUR) + HOUR)
    slots = paid_in(site, window)
    for stored in hours.list_in(charger_id, window):
        priced = price_hour(stored.hour, slots.energy, site.currency, slots.total)
        if priced != stored and not hours.replace(charger_id, stored, priced):
            log.info("hour_changed_while_priced", charger_id=charger_id)
    derive_totals(place, session, window)


def derive_totals(place: Place, session: Session | None, window: Stretch) -> SessionEnergy | None:
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
    slots = paid_in(place.site, Stretch(since, since + timedelta(hours=energy_wh / place.power_w)))
    return cost_at_once(energy_wh, place.power_w, since, slots.energy, place.site.currency)


def _session_energy(found: list[PricedHour], plug_seq: int, site: Site) -> SessionEnergy:
    return SessionEnergy(
        plug_seq=plug_seq,
        energy_wh=sum(hour.hour.energy_of(plug_seq) for hour in found),
        starts=sum(hour.hour.starts_of(plug_seq) for hour in found),
        cost=total_cost((hour.cost(site.currency, plug_seq) for hour in found), site.currency),
        total_cost=grand_total(found, site.currency, plug_seq),
    )


def _month_energy(found: list[PricedHour], name: str, site: Site) -> MonthEnergy:
    return MonthEnergy(
        month=name,
        energy_wh=sum(hour.hour.energy_wh for hour in found),
        cost=total_cost((hour.cost(site.currency) for hour in found), site.currency),
        total_cost=grand_total(found, site.currency),
    )
