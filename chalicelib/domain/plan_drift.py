"""Whether a session follows its plan, and what its car really takes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from chalicelib.domain.energy import Reading
from chalicelib.domain.planning import power_w
from chalicelib.domain.planning_cases import MIN_CURRENT_A, VOLTAGE_V, PlanningCase
from chalicelib.domain.plans import PlanStep, PlanSummary

DRIFT_WH: Final = 500
DRIFT_SHARE: Final = 0.1
"""A session has left its plan when it is off by more than DRIFT_WH and by more than this share of what was to flow."""
SEEN_FOR: Final = timedelta(minutes=10)
"""So long energy must have flowed before its mean current says what the car takes."""
CLEARLY_LESS_A: Final = 1.5
"""A car that takes so much less than it is offered takes no more."""
_NOTHING_A: Final = 3.0


def drift_wh(plan: PlanSummary, energy_wh: int, at: datetime) -> int:
    """By how much the session's energy at `at` is off the plan, signed; 0 as long as that is not worth a new plan."""
    runs = list(zip(plan.runs, plan.run_wh, strict=False))
    planned_wh = sum(wh * min(1.0, max(timedelta(), at - run.start) / run.duration) for run, wh in runs)
    off_wh = round(energy_wh - plan.delivered_wh - planned_wh)
    is_known = bool(plan.run_wh) and at > plan.created_at
    return off_wh if is_known and abs(off_wh) > max(DRIFT_WH, DRIFT_SHARE * planned_wh) else 0


def drift_id(plan: PlanSummary, off_wh: int) -> str:
    """The name of the event: a plan is left once for each doubling of what it is off by, at most some six times."""
    return f"drift:{plan.plan_id}:{(abs(off_wh) // DRIFT_WH).bit_length()}"


def seen_a(
    latest: Sequence[Reading], offers: Sequence[PlanStep], case: PlanningCase, known_a: int | None
) -> int | None:
    """What the car takes at most, A, by the register's last rise (`latest`: the newest first); None: all it is offered.

    `known_a`, what was known before, if the readings do not tell: too short, energy began to flow in between, or the
    plan did not offer current all the time.
    """
    newest = latest[0]
    since = next((one for one in latest[1:] if newest.at - one.at >= SEEN_FOR), None)
    if since is None or since.plug_seq != newest.plug_seq or since.epoch != newest.epoch:
        return known_a
    if any(one.starts_flow for one in latest if one.at > since.at):
        return known_a
    offered_a = _offered_a(offers, since.at, newest.at)
    mean_w = (newest.register_wh - since.register_wh) / ((newest.at - since.at) / timedelta(hours=1))
    mean_a = mean_w / power_w(1, case.phases, case.grid, VOLTAGE_V)
    if offered_a is None or mean_a < _NOTHING_A:
        return known_a
    return max(MIN_CURRENT_A, ceil(mean_a - 0.05)) if mean_a <= offered_a - CLEARLY_LESS_A else None


def _offered_a(offers: Sequence[PlanStep], start: datetime, end: datetime) -> int | None:
    """The least that is offered in [start, end); None if there is a moment without an offer."""
    inside = sorted((step for step in offers if step.start < end and start < step.end), key=lambda step: step.start)
    reached = start
    for step in inside:
        if step.start > reached:
            return None
        reached = max(reached, step.end)
    return min(step.current_a for step in inside) if reached >= end else None
