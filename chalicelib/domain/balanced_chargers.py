"""A charger and what is known of it, as load balancing wants to be told."""

from datetime import datetime, timedelta
from math import ceil
from typing import Final

from chalicelib.domain.balancing import MIN_CURRENT_A, BalancedCharger, Urgency, urgency_of
from chalicelib.domain.charger_states import ChargerOverview, ChargerState
from chalicelib.domain.chargers import Charger, RunState
from chalicelib.domain.meter_readers import fallback_current_a
from chalicelib.domain.planning import power_w
from chalicelib.domain.planning_cases import VOLTAGE_V, deliverable_a
from chalicelib.domain.sites import Site

AS_MUCH_AS_IT_MAY: Final = frozenset({"full_mode", "plan", "night", "no_time", "car_paused"})
"""What a charger says when no limit holds it down: what it offers then is all that plan, cable and installer allow."""
WANTING: Final = AS_MUCH_AS_IT_MAY | {"limit", "fallback"}
"""What a charger says when it would offer current if load balancing let it."""
HEADROOM_A: Final = 1
"""So much above what its car takes is kept for it, so that it is seen when the car takes more."""
SEEN: Final = timedelta(seconds=60)
"""A car that has taken less than it was offered for so long takes no more."""
AHEAD: Final = timedelta(seconds=30)
"""So long before a planned run begins, current is wanted: its limit is then there when it begins."""


def find_balanced(charger: Charger, overview: ChargerOverview, site: Site, now: datetime) -> BalancedCharger | None:
    """None while no car is plugged in."""
    state = overview.state
    if state is None or not state.has_car:
        return None
    max_a = deliverable_a(charger.circuit_fuse_a, site.main_fuse_a)
    wanted_a = _wanted_a(charger, overview, state, max_a, now)
    urgency = _find_urgency(charger, overview, site, max_a, now)
    return BalancedCharger(
        charger_id=charger.charger_id,
        plug_seq=state.plug_seq,
        phases=site.phases,
        max_a=max_a,
        fallback_a=fallback_current_a(charger, site),
        wanted_a=wanted_a,
        starts_in_s=None if wanted_a else _starts_in_s(charger, overview, state, now),
        offered_a=state.offered_a,
        drawn_a=state.drawn_a,
        drawn_since=state.reported_at,  # or earlier: a later report may have changed something else
        at_fallback=state.reason == "fallback",
        asked_at=state.reported_at if state.lease_ends_soon else None,
        is_connected=overview.is_connected,
        needed_a=min(urgency.needed_a, wanted_a) if urgency else 0,
        slack_s=urgency.slack_s if urgency else None,
    )


def _wanted_a(charger: Charger, overview: ChargerOverview, state: ChargerState, max_a: int, now: datetime) -> int:
    """What the charger itself says that it wants, or what its plan is about to want.

    A full car wants nothing: it is left to the fallback, which may be enough to warm the cabin, because a lease
    that nobody uses costs as much as one that does.
    """
    if _is_resting(charger, state):
        return 0
    plan = overview.present_plan
    is_planned = plan is not None and any(run.start - AHEAD <= now < run.end for run in plan.runs)
    if state.reason not in WANTING:
        return max_a if is_planned else 0
    return min(max_a, _taken_at_most_a(state, max_a, now))


def _is_resting(charger: Charger, state: ChargerState) -> bool:
    is_stopped = charger.disabled or charger.run_at(state.plug_seq) is RunState.STOPPED
    return is_stopped or state.is_faulty or (state.car_full and not state.is_drawing)


def _taken_at_most_a(state: ChargerState, max_a: int, now: datetime) -> int:
    """What cable, installer, plan and car let flow, as far as the last report shows that they do; else `max_a`.

    It counts for the fair share only: what others leave is offered beyond it.
    """
    if now - state.reported_at < SEEN or state.offered_a < MIN_CURRENT_A:
        return max_a
    offered_a = state.offered_a if state.reason in AS_MUCH_AS_IT_MAY else max_a
    drawn_a = max(state.drawn_a)
    car_a = ceil(drawn_a) + HEADROOM_A if drawn_a else max_a
    return max(MIN_CURRENT_A, min(offered_a, car_a if car_a <= state.offered_a else max_a))


def _starts_in_s(charger: Charger, overview: ChargerOverview, state: ChargerState, now: datetime) -> float | None:
    """How long until its plan begins to want current, seconds; None if it does not."""
    plan = overview.present_plan
    if plan is None or _is_resting(charger, state):
        return None
    return min(
        ((run.start - AHEAD - now).total_seconds() for run in plan.runs if run.start - AHEAD > now), default=None
    )


def _find_urgency(charger: Charger, overview: ChargerOverview, site: Site, max_a: int, now: datetime) -> Urgency | None:
    """By the plan's need and what has flowed; None without a plan, or for a charger that may offer nothing."""
    plan, session = overview.present_plan, overview.present_session
    if plan is None or max_a < MIN_CURRENT_A:
        return None
    need_wh = plan.need_wh - (session.energy_wh if session else 0)
    w_per_a = power_w(1, charger.phases, site.grid_type, VOLTAGE_V)
    return urgency_of(need_wh, (plan.ready_by - now).total_seconds(), max_a, w_per_a)
