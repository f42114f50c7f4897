"""The charging plan: least cost for the energy needed by the time it is needed."""

from chalicelib.domain.planning.planner import plan_charging
from chalicelib.domain.planning.problem import (
    ChargerNeed,
    ChargerPlan,
    ChargingPlan,
    Grid,
    PlannedInterval,
    PlanningProblem,
    PricedSlot,
    power_w,
)

__all__ = [
    "ChargerNeed",
    "ChargerPlan",
    "ChargingPlan",
    "Grid",
    "PlannedInterval",
    "PlanningProblem",
    "PricedSlot",
    "plan_charging",
    "power_w",
]
