"""Steps of the capacity component: what a month costs more once an hour of it is higher than a step allows.

The cost over the highest hour is not convex, so each step that can be reached is planned for by itself, with its limit
on every hour, and its price is added; the least sum wins. For one charger and hours of one price that is exact.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from chalicelib.domain.planning.planner import plan_charging
from chalicelib.domain.planning.problem import ChargingPlan, PlanningProblem


class CapacityStep(msgspec.Struct, frozen=True, kw_only=True):
    """No hour over `hour_limit_wh` (house included; None: any) costs `price` more than the month so far.

    The price is in the unit of the problem's prices times kWh.
    """

    hour_limit_wh: float | None
    price: float


class SteppedPlan(NamedTuple):
    """A plan, the step it stays on, and what both cost together."""

    plan: ChargingPlan
    step: CapacityStep
    cost: float


def plan_within_steps(problem: PlanningProblem, steps: Sequence[CapacityStep]) -> SteppedPlan:
    """The plan of most energy, then of least cost with its step's price; `steps` must not be empty.

    The problem's own hour limit holds as well. Steps that cannot win are not planned for: with no limit at all energy
    costs least, so a step whose price alone makes up for that is too dear.
    """
    if not steps:
        raise ValueError("no steps")
    free, *others = sorted(steps, key=_limit_wh, reverse=True)
    best = _planned(problem, free)
    least_cost = best.plan.cost
    for step in sorted(others, key=lambda step: step.price):
        if _unmet_wh(best.plan) == 0.0 and least_cost + step.price >= best.cost:
            break
        best = min(best, _planned(problem, step), key=lambda one: (_unmet_wh(one.plan), one.cost))
    return best


def _planned(problem: PlanningProblem, step: CapacityStep) -> SteppedPlan:
    limits_wh = [wh for wh in (problem.hour_limit_wh, step.hour_limit_wh) if wh is not None]
    limited = msgspec.structs.replace(problem, hour_limit_wh=min(limits_wh, default=None))
    plan = plan_charging(limited)
    return SteppedPlan(plan, step, plan.cost + step.price)


def _limit_wh(step: CapacityStep) -> float:
    return float("inf") if step.hour_limit_wh is None else step.hour_limit_wh


def _unmet_wh(plan: ChargingPlan) -> float:
    return round(sum(charger.unmet_wh for charger in plan.chargers), 2)
