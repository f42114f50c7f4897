"""What a night came to, computed from what was measured: the demo's figures, pure and tested apart from any system."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from math import ceil

import msgspec


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """The energy register at one moment."""

    at: datetime
    register_wh: int


class PlannedPower(msgspec.Struct, frozen=True, kw_only=True):
    """A planned interval [start, end) at a constant power."""

    start: datetime
    end: datetime
    power_w: float


class PlanInForce(msgspec.Struct, frozen=True, kw_only=True):
    """The plan that the charger followed from `since` on."""

    since: datetime
    intervals: tuple[PlannedPower, ...]


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """One hour of the night: its price per kWh with VAT, the house, and the car as planned, measured and paid for."""

    start: datetime
    end: datetime
    price: float
    house_wh: float
    planned_wh: float
    charged_wh: int
    cost: float


class Night(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the table and the picture show; money in `currency` with VAT."""

    start: datetime
    end: datetime
    zone: str
    plugged_in_at: datetime
    ready_by: datetime
    full_at: datetime | None
    hours: tuple[Hour, ...]
    planned: tuple[PlannedPower, ...]
    measured: tuple[PlannedPower, ...]
    register_wh: int
    hours_wh: int
    battery_wh: int
    need_wh: int
    cost: str
    cost_at_once: str
    currency: str
    starts: int
    outside_plan_wh: int
    speed: float
    main_fuse_a: int


def flows(points: Sequence[Point]) -> list[PlannedPower]:
    """The stretches between consecutive readings in which energy flowed, at their mean power."""
    ordered = sorted(points, key=lambda point: (point.at, point.register_wh))
    return [
        PlannedPower(
            start=a.at, end=b.at, power_w=(b.register_wh - a.register_wh) * 3600 / (b.at - a.at).total_seconds()
        )
        for a, b in pairwise(ordered)
        if b.register_wh > a.register_wh and b.at > a.at
    ]


def count_starts(measured: Sequence[PlannedPower]) -> int:
    """How often energy began to flow: stretches that touch are one run."""
    return sum(1 for index, flow in enumerate(measured) if index == 0 or measured[index - 1].end < flow.start)


def outside_plan_wh(measured: Sequence[PlannedPower], plans: Sequence[PlanInForce]) -> int:
    """Watt-hours that no plan in force at their moment allowed; less than the whole Wh of a reading does not count."""
    return sum(max(0, round(_energy_wh(flow)) - ceil(_allowed_wh(flow, plans))) for flow in measured)


def _allowed_wh(flow: PlannedPower, plans: Sequence[PlanInForce]) -> Fraction:
    ordered = sorted(plans, key=lambda plan: plan.since)
    allowed = Fraction(0)
    for index, plan in enumerate(ordered):
        until = ordered[index + 1].since if index + 1 < len(ordered) else flow.end
        for interval in plan.intervals:
            start = max(flow.start, plan.since, interval.start)
            end = min(flow.end, until, interval.end)
            if start < end:
                allowed += Fraction((end - start).total_seconds()) * Fraction(interval.power_w) / 3600
    return allowed


def _energy_wh(flow: PlannedPower) -> float:
    return flow.power_w * (flow.end - flow.start).total_seconds() / 3600


def energy_between_wh(flows_: Sequence[PlannedPower], start: datetime, end: datetime) -> float:
    """The energy of `flows_` that falls in [start, end)."""
    seconds = [(min(flow.end, end) - max(flow.start, start)).total_seconds() for flow in flows_]
    return sum(flow.power_w * s / 3600 for flow, s in zip(flows_, seconds, strict=True) if s > 0)


def summary(night: Night) -> dict[str, object]:
    """The one line of `./dev demo --json`."""
    return {
        "register_wh": night.register_wh,
        "hours_wh": night.hours_wh,
        "battery_wh": night.battery_wh,
        "need_wh": night.need_wh,
        "cost": float(night.cost),
        "cost_at_once": float(night.cost_at_once),
        "currency": night.currency,
        "full_at": night.full_at.isoformat() if night.full_at else None,
        "starts": night.starts,
        "outside_plan_wh": night.outside_plan_wh,
    }
