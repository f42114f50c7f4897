"""Planning the cars of a site: read what is known, find the plans, keep them in one transaction, tell the chargers.

Every event is answered once: the site's row remembers it in the transaction that keeps its plans. Two plannings at once
are told apart by the row's version; the later one reads and decides anew. Whoever stops between keeping and telling is
made good by the repeat of its message.
"""

import functools
import secrets
from datetime import datetime, timedelta
from typing import Final

import msgspec

from chalicelib.adapters import charging_shadow
from chalicelib.adapters.dynamo import charger_states, chargers, plans
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account
from chalicelib.domain.capacity_planning import within_capacity
from chalicelib.domain.chargers import Charger, RunState
from chalicelib.domain.errors import DependencyDown, NotFound
from chalicelib.domain.ids import ChargerId, SiteId
from chalicelib.domain.plan_rounds import SiteRound
from chalicelib.domain.plans import ChargingPlan, PlanId, is_same, summary_of, with_miss
from chalicelib.domain.site_planning import completed, draft
from chalicelib.observability import log
from chalicelib.services import session_notices, site_cases
from chalicelib.services.access import require_at
from chalicelib.services.site_cases import Car, SiteCars
from chalicelib.services.zone_prices import Market

MAX_ROUNDS: Final = 5


def plan(charger_id: ChargerId, now: datetime, cause: str, cause_id: str | None = None) -> ChargingPlan | None:
    """The charger's plan in force afterwards, None when there is no car to plan for; its site's others are planned too.

    Deciding again gives the same plan, and the same plan is not written again; an event (`cause_id`) that was answered
    is not planned for again. A charger that is gone is no error: its message came late.
    """
    charger = chargers.find(charger_id)
    if charger is None:
        return None
    return plan_site(charger.site_id, now, cause, cause_id or f"{cause}:{secrets.token_hex(8)}").get(charger_id)


def plan_sites(asked: SiteRound, now: datetime) -> None:
    """Plan a batch of sites; their market prices are read once. DependencyDown, after all were tried, if one failed."""
    market, failed = Market(), 0
    for site_id in asked.site_ids:
        try:
            plan_site(site_id, now, asked.cause, asked.cause_id, market)
        except DependencyDown:
            failed += 1
    if failed:
        raise DependencyDown(f"{failed} sites could not be planned")


def plan_site(
    site_id: SiteId, now: datetime, cause: str, cause_id: str, market: Market | None = None
) -> dict[ChargerId, ChargingPlan]:
    """The plans in force afterwards, of every charger of the site that has a car to plan for."""
    for _ in range(MAX_ROUNDS):
        try:
            found = site_cases.read(site_id, now)
        except NotFound:
            return {}
        if not found.cars or found.planning.has_answered(cause_id):
            return _tell(found, {}, now)
        made = _decide(found, market or Market(), now)
        if plans.write(site_id, found.planning, cause_id, list(made.values())):
            log.info("site_planned", site_id=site_id, cause=cause, cars=len(found.cars), new_plans=len(made))
            return _tell(found, made, now)
    raise DependencyDown("a site is planned faster than its plans can be kept")


def _decide(found: SiteCars, market: Market, now: datetime) -> dict[ChargerId, ChargingPlan]:
    """The plans that are not what the chargers have been told already."""
    cases, capacity = site_cases.cases_of(found, market, now)
    moments = [_later(now, car.before) for car in found.cars]
    begin = min(moments)
    drafts = draft(cases, begin)
    if capacity is not None:
        drafts = within_capacity(cases, drafts, capacity, begin)
    made = completed(cases, drafts, [_new_id() for _ in cases], moments)
    plans_made: dict[ChargerId, ChargingPlan] = {}
    for car, case, offer in zip(found.cars, cases, made, strict=True):
        decided = with_miss(offer, car.before, is_extended=case.is_extended)
        if car.before is None or not is_same(car.before, decided):
            plans_made[car.charger.charger_id] = decided
    return plans_made


def _tell(found: SiteCars, made: dict[ChargerId, ChargingPlan], now: datetime) -> dict[ChargerId, ChargingPlan]:
    """Tell every charger what it has not been told yet, and people what they should know."""
    in_force: dict[ChargerId, ChargingPlan] = {}
    for car in found.cars:
        known = made.get(car.charger.charger_id) or car.present_plan
        if known is None:
            continue
        try:
            told = known if _is_told(car, known) else _put_in_force(car.charger, known)
        except NotFound:  # it was removed in the meantime
            continue
        in_force[car.charger.charger_id] = told
        session_notices.tell_if_missed(car.charger, car.session, told, found.site.tz, now)
    return in_force


def _is_told(car: Car, known: ChargingPlan) -> bool:
    """The summary is written after the shadow, so whoever finds it there knows that the charger was told."""
    return car.overview.plan is not None and car.overview.plan.plan_id == known.plan_id


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


def _later(now: datetime, before: ChargingPlan | None) -> datetime:
    """`now`, or a moment later than the plan before: plans are told apart by when they were made."""
    return now if before is None else max(now, before.created_at + timedelta(microseconds=1))


def _put_in_force(charger: Charger, made: ChargingPlan) -> ChargingPlan:
    """Tell the charger the plan. If two are made at once, both end by telling it the later one."""
    in_force = made
    for _ in range(MAX_ROUNDS):
        charging_shadow.write_plan(charger.serial, in_force, functools.partial(chargers.get, charger.charger_id))
        charger_states.put_plan(charger.charger_id, summary_of(in_force))
        latest = plans.find_latest(charger.charger_id)
        if latest is None or latest.plan_id == in_force.plan_id:
            return in_force
        in_force = latest
    raise DependencyDown("plans are made faster than the charger can be told")


def _new_id() -> PlanId:
    return PlanId(f"plan_{secrets.token_hex(8)}")
