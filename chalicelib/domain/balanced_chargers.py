"""A charger and what is known of it, as load balancing wants to be told."""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.balancing import MIN_CURRENT_A, BalancedCharger, Urgency, urgency_of
from chalicelib.domain.charger_states import ChargerOverview, ChargerState
from chalicelib.domain.chargers import Charger, RunState
from chalicelib.domain.meter_readers import fallback_current_a
from chalicelib.domain.planning import power_w
from chalicelib.domain.planning_cases import VOLTAGE_V, deliverable_a
from chalicelib.domain.sites import Site

WANTING: Final = frozenset({"full_mode", "plan", "night", "no_time", "limit", "fallback", "car_paused"})
"""What a charger says when it would offer current if load balancing let it."""
AHEAD: Final = timedelta(seconds=30)
"""So long before a planned run begins, current is wanted: its limit is then there when it begins."""


def find_balanced(charger: Charger, overview: ChargerOverview, site: Site, now: datetime) -> BalancedCharger | None:
    """None while no car is plugged in."""
    state = overview.state
    if state is None or not state.has_car:
        return None
    max_a = deliverable_a(charger.circuit_fuse_a, site.main_fuse_a)
    urgency = _find_urgency(charger, overview, site, max_a, now)
    return BalancedCharger(
        charger_id=charger.charger_id,
        plug_seq=state.plug_seq,
        phases=site.phases,
        max_a=max_a,
        fallback_a=fallback_current_a(charger, site),
        wanted_a=_wanted_a(charger, overview, state, max_a, now),
        offered_a=state.offered_a,
        drawn_a=state.drawn_a,
        drawn_since=state.reported_at,  # or earlier: a later report may have changed something else
        at_fallback=state.reason == "fallback",
        is_connected=overview.is_connected,
        needed_a=urgency.needed_a if urgency else 0,
        slack_s=urgency.slack_s if urgency else None,
    )


def _wanted_a(charger: Charger, overview: ChargerOverview, state: ChargerState, max_a: int, now: datetime) -> int:
    """What the charger itself says that it wants, or what its plan is about to want."""
    if charger.disabled or charger.run_at(state.plug_seq) is RunState.STOPPED or state.is_faulty:
        return 0
    if state.car_full:
        return MIN_CURRENT_A if max_a else 0  # to warm the cabin; the others' need comes first
    plan = overview.present_plan
    is_planned = plan is not None and any(run.start - AHEAD <= now < run.end for run in plan.runs)
    return max_a if state.reason in WANTING or is_planned else 0


def _find_urgency(charger: Charger, overview: ChargerOverview, site: Site, max_a: int, now: datetime) -> Urgency | None:
    """By the plan's need and what has flowed; None without a plan, or for a charger that may offer nothing."""
    plan, session = overview.present_plan, overview.present_session
    if plan is None or max_a < MIN_CURRENT_A:
        return None
    need_wh = plan.need_wh - (session.energy_wh if session else 0)
    w_per_a = power_w(1, charger.phases, site.grid_type, VOLTAGE_V)
    return urgency_of(need_wh, (plan.ready_by - now).total_seconds(), max_a, w_per_a)
