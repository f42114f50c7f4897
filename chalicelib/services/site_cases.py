"""What is known of the cars of a site, read for planning them together: one item or query each, prices once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from chalicelib.adapters import status_shadow
from chalicelib.adapters.dynamo import charger_states, hours, ledgers, meters, plans, readings, sessions
from chalicelib.adapters.dynamo.batches import read as read_rows
from chalicelib.adapters.dynamo.charger_states import ChargerStateRow
from chalicelib.adapters.dynamo.chargers import ChargerRow
from chalicelib.adapters.dynamo.chargers import to_domain as to_charger
from chalicelib.domain.balancing import RULES
from chalicelib.domain.balancing.sharing import cap_of
from chalicelib.domain.calendar import HOUR, QUARTER, Stretch, floor_to, local_day
from chalicelib.domain.capacity_planning import MonthTariff, month_days, peaks_so_far
from chalicelib.domain.charger_states import ChargerOverview
from chalicelib.domain.chargers import Charger, ChargingMode, RunState
from chalicelib.domain.costs import PricedHour, grand_total, total_cost
from chalicelib.domain.energy import Reading
from chalicelib.domain.grid_tariffs import GRID_TZ
from chalicelib.domain.ids import ChargerId, SiteId
from chalicelib.domain.learned_need import ALL_HOMES, OWN_SESSIONS, Stay, learn_need
from chalicelib.domain.meter_readers import supply_of
from chalicelib.domain.plan_drift import seen_a
from chalicelib.domain.planning_cases import HouseHistory, PlanningCase, UnreadFlow, deliverable_a
from chalicelib.domain.plans import ChargingPlan, SitePlanning
from chalicelib.domain.prices import PriceSlot, PriceState, price_at
from chalicelib.domain.rates import vat_rate
from chalicelib.domain.sessions import Session
from chalicelib.domain.sites import Site
from chalicelib.domain.tariffs import SiteTariff
from chalicelib.services import day_ahead_prices, presence, status_reports, zone_prices
from chalicelib.services.zone_prices import Market

READING_DELAY: Final = timedelta(minutes=2)
LATEST_READINGS: Final = 4
"""As many as tell what a car takes: one each quarter, and one more when energy starts to flow."""


class Car(msgspec.Struct, frozen=True, kw_only=True):
    """A car that wants energy: its charger, its session, and the plan that was made last for the charger."""

    charger: Charger
    overview: ChargerOverview
    session: Session
    before: ChargingPlan | None

    @property
    def present_plan(self) -> ChargingPlan | None:
        """The plan in force, if it is for this car."""
        is_present = self.before is not None and self.before.plug_seq == self.session.plug_seq
        return self.before if is_present else None


class SiteCars(msgspec.Struct, frozen=True, kw_only=True):
    """A site, how often it has been planned, and all its cars that want energy."""

    site: Site
    planning: SitePlanning
    cars: tuple[Car, ...]


def read(site_id: SiteId, now: datetime) -> SiteCars:
    """The site as it is at this moment, its version first; NotFound when it is gone."""
    site, planning = plans.read_site(site_id)
    keys = [{"charger_id": charger_id} for charger_id in site.charger_ids]
    rows = read_rows([(model, key) for key in keys for model in (ChargerRow, ChargerStateRow)])
    overviews = {row.charger_id: charger_states.to_domain(row) for row in rows if isinstance(row, ChargerStateRow)}
    known = [to_charger(row) for row in rows if isinstance(row, ChargerRow)]
    here = sorted((one for one in known if one.site_id == site_id), key=lambda one: one.charger_id)
    seen = [(charger, _overview(charger, overviews.get(charger.charger_id), now)) for charger in here]
    plugged = [(one.charger_id, overview.plug_seq) for one, overview in seen if overview.plug_seq is not None]
    found = ledgers.read((), plugged).sessions
    cars = [_find_car(charger, overview, found) for charger, overview in seen]
    return SiteCars(site=site, planning=planning, cars=tuple(car for car in cars if car is not None))


def _find_car(charger: Charger, overview: ChargerOverview, found: dict[tuple[ChargerId, int], Session]) -> Car | None:
    """None when there is no car, it is full, or somebody has stopped it."""
    plug_seq, state = overview.plug_seq, overview.state
    session = None if plug_seq is None else found.get((charger.charger_id, plug_seq))
    if session is None or state is None or session.ended_at is not None or state.car_full:
        return None
    if charger.run_at(session.plug_seq) is RunState.STOPPED:
        return None
    before = plans.find_latest(charger.charger_id)
    return Car(charger=charger, overview=overview, session=session, before=before)


def _overview(charger: Charger, found: ChargerOverview | None, now: datetime) -> ChargerOverview:
    """What is known of the charger; one just claimed may have reported while nobody listened, so its shadow tells."""
    known = found or ChargerOverview(charger_id=charger.charger_id)
    if known.connection is None:
        presence.take_over(charger)
    reported = None if known.state is not None else status_shadow.find(charger.serial, now)
    if reported is None:
        return known
    status_reports.note(charger.serial, reported, now)
    return charger_states.read(charger.charger_id)


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the cars of a site have in common."""

    found: SiteCars
    house: HouseHistory | None
    tariff: SiteTariff
    market: Market
    now: datetime


def cases_of(found: SiteCars, market: Market, now: datetime) -> tuple[list[PlanningCase], MonthTariff | None]:
    """What the plans of all cars depend on, in their order; the capacity component where it goes by hours."""
    site, tariff = found.site, zone_prices.tariff(found.site)
    house, capacity = _house(site), _capacity(tariff, now)
    used = [_hours_used(car, capacity, now) for car in found.cars]
    known = _Known(found=found, house=house, tariff=tariff, market=market, now=now)
    cases = [_case(car, known, hours_used) for car, hours_used in zip(found.cars, used, strict=True)]
    if capacity is None:
        return cases, None
    with_car = {car.charger.charger_id for car in found.cars}
    others = [one for one in site.charger_ids if one not in with_car]
    all_used = [*used, *(hours.list_in(charger_id, month_days(now)) for charger_id in others)]
    return cases, msgspec.structs.replace(capacity, peaks_kw=peaks_so_far(house, _wh_by_hour(all_used, now), now))


def _hours_used(car: Car, capacity: MonthTariff | None, now: datetime) -> list[PricedHour]:
    """The hours of the session; those of the whole month too where its peaks cost money."""
    since = floor_to(car.session.started_at, HOUR)
    if capacity is not None:
        since = min(since, month_days(now).start)
    return hours.list_in(car.charger.charger_id, Stretch(since, now + HOUR))


def _wh_by_hour(used: Sequence[Sequence[PricedHour]], now: datetime) -> dict[datetime, float]:
    found: dict[datetime, float] = {}
    for hour in (hour for one in used for hour in one):
        if hour.start >= month_days(now).start:
            energy_wh = sum(part.energy_wh for part in hour.hour.parts)
            found[hour.start] = found.get(hour.start, 0.0) + energy_wh
    return found


def _capacity(tariff: SiteTariff, now: datetime) -> MonthTariff | None:
    """The capacity component that holds today, before its peaks are known; None where it does not go by hours."""
    day = local_day(now, GRID_TZ)
    grid = tariff.grid.find_tariff(day) if tariff.grid is not None and tariff.knows_grid else None
    if grid is None:
        return None
    vat, _ = vat_rate(tariff.rates, tariff.country, tariff.zone, tariff.contract.county, day)
    found = MonthTariff(component=grid.capacity, vat=vat, peaks_kw={})
    return found if found.is_by_hours else None


def _case(car: Car, known: _Known, hours_used: Sequence[PricedHour]) -> PlanningCase:
    charger, session, site, state = car.charger, car.session, known.found.site, car.overview.state
    used = [hour for hour in hours_used if hour.start >= floor_to(session.started_at, HOUR)]
    latest = readings.list_latest(charger.charger_id, LATEST_READINGS) if state is not None and state.is_drawing else []
    limit_a = deliverable_a(charger.circuit_fuse_a, site.main_fuse_a)
    case = PlanningCase(
        charger_id=charger.charger_id,
        plug_seq=session.plug_seq,
        plugged_at=session.started_at,
        goal=session.goal,
        daily_ready_by=charger.ready_by,
        time_zone=site.time_zone,
        limit_a=limit_a,
        phases=charger.phases,
        grid=site.grid_type,
        delivered_wh=sum(hour.hour.energy_of(session.plug_seq) for hour in used),
        max_starts=charger.max_starts,
        is_full_mode=charger.mode_at(session.plug_seq) is ChargingMode.FULL,
        leaves_early=charger.leaves_early,
        house=known.house,
        starts_used=sum(hour.hour.starts_of(session.plug_seq) for hour in used),
        is_drawing=state is not None and state.is_drawing,
        slots=_slots(site, session, known.market, known.now),
        tariff=known.tariff,
        cost_so_far=total_cost((hour.cost(site.currency, session.plug_seq) for hour in used), site.currency),
        total_so_far=grand_total(used, site.currency, session.plug_seq),
        shared_a=cap_of(supply_of(site), RULES),
        cars=len(known.found.cars),
    )
    flowing = _with_flow(case, car, latest, known.now)
    return flowing if case.goal.energy_wh is not None and not case.leaves_early else _with_history(flowing, car)


def _with_history(case: PlanningCase, car: Car) -> PlanningCase:
    """What earlier sessions tell: read only where the need is not known, or the departure matters."""
    earlier = sessions.list_latest(case.charger_id, OWN_SESSIONS, before=car.session.plug_seq)[::-1]
    energies_wh = [one.energy.energy_wh for one in earlier if one.energy is not None]
    return msgspec.structs.replace(
        case,
        need=learn_need(energies_wh) if case.goal.energy_wh is None else ALL_HOMES,
        stays=tuple(Stay(one.started_at, one.ended_at) for one in earlier if one.ended_at is not None),
    )


def _with_flow(case: PlanningCase, car: Car, latest: Sequence[Reading], now: datetime) -> PlanningCase:
    """What has flowed since the last reading, as readings come each quarter and plans at any time; what the car takes.

    A car that waits takes what it took when it was last seen.
    """
    plan, state = car.present_plan, car.overview.state
    car_a = None if plan is None else plan.car_a
    if state is None or not latest or latest[0].plug_seq != case.plug_seq:
        return msgspec.structs.replace(case, car_a=car_a)
    if plan is not None:
        car_a = seen_a(latest, plan.offers, case, known_a=car_a)
    since = min(max(now - latest[0].at, timedelta()), QUARTER + READING_DELAY)
    flowing_wh = int(case.power_at(max(state.drawn_a)) * since.total_seconds() / 3600)
    unread = UnreadFlow(flowing_wh, Stretch(now - since, now)) if flowing_wh else None
    return msgspec.structs.replace(case, car_a=car_a, delivered_wh=case.delivered_wh + flowing_wh, unread=unread)


def _house(site: Site) -> HouseHistory | None:
    """What the house of a site with a meter usually takes."""
    if site.meter is None:
        return None
    quarters = meters.usual_loads(meters.Place(site.owner, site.site_id))
    return HouseHistory(quarters=quarters, supply=supply_of(site))


def _slots(site: Site, session: Session, market: Market, now: datetime) -> tuple[PriceSlot, ...]:
    """The prices to plan by; asked for at once if not even this hour's is known, as in a zone that is new to us."""
    found = market.planning_slots(site.zone, session.started_at, now)
    present = price_at(found, now)
    if site.zone not in day_ahead_prices.FETCHED_ZONES or (present and present.state is not PriceState.FORECAST):
        return found
    day_ahead_prices.fetch(now, zones=(site.zone,), failures_borne=1)
    return Market().planning_slots(site.zone, session.started_at, now)
