"""What a charging plan is asked for and what it answers: values at the planner's surface, in aware UTC time."""

from datetime import datetime
from math import sqrt
from typing import Literal

import msgspec

Grid = Literal["TN", "IT"]


class PricedSlot(msgspec.Struct, frozen=True):
    """A stretch [start, end) with one price per kWh; the currency does not matter here."""

    start: datetime
    end: datetime
    price: float


class ChargerNeed(msgspec.Struct, frozen=True):
    """What one charger wants: `need_wh` between `available_from` and `ready_by`, at 0 or `min_a`..`max_a`.

    `is_charging` says that energy flows now: going on is not a start. `starts_used` counts against `max_starts`.
    """

    charger_id: str
    phases: int
    min_a: float
    max_a: float
    available_from: datetime
    ready_by: datetime
    need_wh: float
    is_charging: bool = False
    starts_used: int = 0


class PlanningProblem(msgspec.Struct, frozen=True):
    """The chargers of one site and what they share.

    `slots` are in order of time and do not overlap; time between slots is not charged in. `limits_a` has one limit
    per slot for the sum of all currents, taken on one conductor. `max_starts` holds per charger, None or 0 means no
    limit; `hour_limit_wh` holds for all chargers together per clock hour (UTC), and `house_wh`, what else is used in
    each clock hour from that of `now` on, counts against it.
    """

    now: datetime
    slots: tuple[PricedSlot, ...]
    limits_a: tuple[float, ...]
    voltage_v: float
    grid: Grid
    chargers: tuple[ChargerNeed, ...]
    max_starts: int | None = None
    hour_limit_wh: float | None = None
    house_wh: tuple[float, ...] = ()


class PlannedInterval(msgspec.Struct, frozen=True):
    """Charge at `current_a` amperes during [start, end)."""

    start: datetime
    end: datetime
    current_a: float


class ChargerPlan(msgspec.Struct, frozen=True):
    """The plan of one charger; `starts` counts new starts only, `done_at` is None when nothing is planned."""

    charger_id: str
    intervals: tuple[PlannedInterval, ...]
    energy_wh: float
    unmet_wh: float
    starts: int
    done_at: datetime | None


class ChargingPlan(msgspec.Struct, frozen=True):
    """The plans in the order of the problem's chargers, and their cost together."""

    chargers: tuple[ChargerPlan, ...]
    cost: float


def power_w(current_a: float, phases: int, grid: Grid, voltage_v: float) -> float:
    """Power drawn at `current_a` per phase: V I on one phase, 3 V I on three (TN), sqrt(3) V I on three (IT)."""
    if phases == 1:
        return current_a * voltage_v
    return current_a * voltage_v * (sqrt(3.0) if grid == "IT" else 3.0)
