"""Planning one charger's session: read what is known, find the plan, keep it and tell the charger."""

import functools
import secrets
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.adapters import charging_shadow, status_shadow
from chalicelib.adapters.dynamo import charger_states, chargers, hours, meters, plans, readings, sessions, sites
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account
from chalicelib.domain.calendar import HOUR, QUARTER, Stretch, floor_to
from chalicelib.domain.charger_states import ChargerOverview, ChargerState
from chalicelib.domain.chargers import Charger, ChargingMode, RunState
from chalicelib.domain.costs import grand_total, total_cost
from chalicelib.domain.errors import DependencyDown, NotFound
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.learned_need import OWN_SESSIONS, Stay, learn_need
from chalicelib.domain.meter_readers import supply_of
from chalicelib.domain.planning import power_w
from chalicelib.domain.plans import ChargingPlan, PlanId, is_same, summary_of, with_miss
from chalicelib.domain.prices import PriceSlot, PriceState, price_at
from chalicelib.domain.session_planning import VOLTAGE_V, HouseHistory, PlanningCase, deliverable_a, plan_session
from chalicelib.domain.sessions import Session
from chalicelib.domain.sites import Site
from chalicelib.observability import log
from chalicelib.services import day_ahead_prices, presence, session_notices, status_reports, zone_prices
from chalicelib.services.access import require_at
from chalicelib.services.day_ahead_prices import NEW_PRICES
from chalicelib.services.energy_ledger import reprice

MAX_ROUNDS: Final = 5
READING_DELAY: Final = timedelta(minutes=2)


def plan(charger_id: ChargerId, now: datetime, cause: str) -> ChargingPlan | None:
    """The plan in force afterwards, None when there is no car to plan for.

    Deciding again gives the same plan, and the same plan is not written again. A charger that is gone is no error: its
    message came late.
    """
    try:
        charger = chargers.get(charger_id)
    except NotFound:
        return None
    overview = _overview(charger, now)
    session = None if overview.plug_seq is None else sessions.find(charger_id, overview.plug_seq)
    if session is None or session.ended_at is not None:
        return None
    if cause == NEW_PRICES:
        reprice(charger, session, now)
    if _is_full(overview) or charger.run_at(session.plug_seq) is RunState.STOPPED:
        return None
    before = plans.find_latest(charger_id)
    case = _case(charger, session, overview, now)
    made = plan_session(case, _new_id(), _later(now, before))
    made = with_miss(made, before, is_extended=case.is_extended)
    is_known = before is not None and is_same(before, made)
    log.info("charging_planned", charger_id=charger_id, cause=cause, is_new=not is_known, starts=made.starts)
    try:
        in_force = before if before is not None and is_known else _put_in_force(charger, made)
    except NotFound:  # it was removed in the meantime
        return None
    session_notices.tell_if_missed(charger, session, in_force, ZoneInfo(case.time_zone), now)
    return in_force


class Latest(msgspec.Struct, frozen=True, kw_only=True):
    """The plug-in that is there, None without a car; whether it is stopped; its plan, None until that is made."""

    plug_seq: int | None
    is_stopped: bool
    plan: ChargingPlan | None


def read_latest(account: Account, charger_id: ChargerId, now: datetime) -> Latest:
    """The plan of the car that is plugged in now, for whoever may read it."""
    charger = chargers.get(charger_id)
    require_at(charger, account.account_id, Action.READ_PLAN, now)
    overview = charger_states.read(charger_id)
    latest = plans.find_latest(charger_id) if overview.plug_seq is not None else None
    is_present = latest is not None and latest.plug_seq == overview.plug_seq
    return Latest(
        plug_seq=overview.plug_seq,
        is_stopped=overview.plug_seq is not None and charger.run_at(overview.plug_seq) is RunState.STOPPED,
        plan=latest if is_present else None,
    )


def _overview(charger: Charger, now: datetime) -> ChargerOverview:
    """What is known of the charger; one just claimed may have reported while nobody listened, so its shadow tells."""
    known = charger_states.read(charger.charger_id)
    if known.connection is None:
        presence.take_over(charger)
    reported = None if known.state is not None else status_shadow.find(charger.serial, now)
    if reported is None:
        return known
    status_reports.note(charger.serial, reported, now)
    return charger_states.read(charger.charger_id)


def _case(charger: Charger, session: Session, overview: ChargerOverview, now: datetime) -> PlanningCase:
    site = sites.get(charger.site_id)
    so_far = Stretch(floor_to(session.started_at, HOUR), now + HOUR)
    used = hours.list_in(charger.charger_id, so_far)
    state = overview.state
    earlier = sessions.list_latest(charger.charger_id, OWN_SESSIONS, before=session.plug_seq)[::-1]
    return PlanningCase(
        charger_id=charger.charger_id,
        plug_seq=session.plug_seq,
        plugged_at=session.started_at,
        goal=session.goal,
        daily_ready_by=charger.ready_by,
        time_zone=site.time_zone,
        limit_a=deliverable_a(charger.circuit_fuse_a, site.main_fuse_a),
        phases=charger.phases,
        grid=site.grid_type,
        delivered_wh=sum(hour.hour.energy_of(session.plug_seq) for hour in used)
        + _flowing_wh(charger, site, state, now),
        max_starts=charger.max_starts,
        is_full_mode=charger.mode_at(session.plug_seq) is ChargingMode.FULL,
        leaves_early=charger.leaves_early,
        house=_house(site),
        starts_used=sum(hour.hour.starts_of(session.plug_seq) for hour in used),
        is_drawing=state is not None and state.is_drawing,
        slots=_slots(site, session, now),
        tariff=zone_prices.tariff(site),
        cost_so_far=total_cost((hour.cost(site.currency, session.plug_seq) for hour in used), site.currency),
        total_so_far=grand_total(used, site.currency, session.plug_seq),
        need=learn_need([one.energy.energy_wh for one in earlier if one.energy is not None]),
        stays=tuple(Stay(one.started_at, one.ended_at) for one in earlier if one.ended_at is not None),
    )


def _house(site: Site) -> HouseHistory | None:
    """What the house of a site with a meter usually takes."""
    if site.meter is None:
        return None
    quarters = meters.usual_loads(meters.Place(site.owner, site.site_id))
    return HouseHistory(quarters=quarters, supply=supply_of(site))


def _flowing_wh(charger: Charger, site: Site, state: ChargerState | None, now: datetime) -> int:
    """What has flowed since the last reading, if energy flows: readings come each quarter, plans at any time."""
    latest = readings.find_latest(charger.charger_id)
    if latest is None or state is None or not state.is_drawing or latest.plug_seq != state.plug_seq:
        return 0
    since = min(max(now - latest.at, timedelta()), QUARTER + READING_DELAY)
    power = power_w(max(state.drawn_a), charger.phases, site.grid_type, VOLTAGE_V)
    return int(power * since.total_seconds() / 3600)


def _slots(site: Site, session: Session, now: datetime) -> tuple[PriceSlot, ...]:
    """The prices to plan by; asked for at once if not even this hour's is known, as in a zone that is new to us."""
    found = zone_prices.planning_slots(site.zone, session.started_at, now)
    present = price_at(found, now)
    if site.zone not in day_ahead_prices.FETCHED_ZONES or (present and present.state is not PriceState.FORECAST):
        return found
    day_ahead_prices.fetch(now, zones=(site.zone,), failures_borne=1)
    return zone_prices.planning_slots(site.zone, session.started_at, now)


def _later(now: datetime, before: ChargingPlan | None) -> datetime:
    """`now`, or a moment later than the plan before: plans are told apart by when they were made."""
    return now if before is None else max(now, before.created_at + timedelta(microseconds=1))


def _put_in_force(charger: Charger, made: ChargingPlan) -> ChargingPlan:
    """Keep the plan and tell the charger. If two are made at once, both end by telling it the later one."""
    plans.put(made)
    in_force = made
    for _ in range(MAX_ROUNDS):
        charger_states.put_plan(charger.charger_id, summary_of(in_force))
        charging_shadow.write_plan(charger.serial, in_force, functools.partial(chargers.get, charger.charger_id))
        latest = plans.find_latest(charger.charger_id)
        if latest is None or latest.plan_id == in_force.plan_id:
            return in_force
        in_force = latest
    raise DependencyDown("plans are made faster than the charger can be told")


def _is_full(overview: ChargerOverview) -> bool:
    return overview.state is not None and overview.state.car_full


def _new_id() -> PlanId:
    return PlanId(f"plan_{secrets.token_hex(8)}")
