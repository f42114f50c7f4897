"""What a plan for one session depends on, and what follows from that at once: window, need, power, current."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain import house_load
from chalicelib.domain.balancing.model import Supply
from chalicelib.domain.calendar import Stretch, next_ready_by
from chalicelib.domain.costs import Cost
from chalicelib.domain.house_load import Loads
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.learned_need import ALL_HOMES, PROBABILITY, LearnedNeed, Stay
from chalicelib.domain.planning import Grid
from chalicelib.domain.planning import power_w as power_of
from chalicelib.domain.plans import PlanStep
from chalicelib.domain.prices import PriceSlot
from chalicelib.domain.sessions import SessionGoal
from chalicelib.domain.tariffs import SiteTariff

VOLTAGE_V: Final = 230.0
MIN_CURRENT_A: Final = 6
MAX_CURRENT_A: Final = 32
EXTENSION_WH: Final = 5_000
"""What is planned on top for a car that has used up its need and is not full."""
MAX_STARTS: Final = 2
_SECOND: Final = timedelta(seconds=1)


class HouseHistory(msgspec.Struct, frozen=True, kw_only=True):
    """What the house of a site with a meter reader has taken, by quarter of the week (`house_load`), and its supply."""

    quarters: dict[int, Loads]
    supply: Supply


class UnreadFlow(msgspec.Struct, frozen=True):
    """What has flowed since the last reading, by the current that the charger told: it has no place in history yet."""

    energy_wh: int
    stretch: Stretch


class PlanningCase(msgspec.Struct, frozen=True, kw_only=True):
    """All that a plan depends on.

    `slots` are prices per kWh, from plug-in on if known: the market's, of which `tariff` makes what the household pays;
    without a tariff they are that already. `limit_a` is the most that may be offered at any time; `starts_used` counts
    how often energy has begun to flow. `cost_so_far` is of energy alone, `total_so_far` has the grid's part if known;
    neither has the cost of `unread`, whose energy is in `delivered_wh`.
    `is_full_mode`: the user wants it now, whatever it costs; `leaves_early`: the car may be gone before `ready_by`.
    `need` and `stays` are learned; departures are weighed only if the user says that the car `leaves_early`.
    With `house` the plan counts only on what the house usually leaves; load balancing says what is really offered.
    With several cars on one main fuse `shared_a` is what they have together (on one conductor, whatever the house
    takes), `others` are the currents already planned for the rest of them, and `cars` is how many they are.
    `car_a`: the car was seen to take no more than that; more is offered all the same, but not counted on.
    """

    charger_id: ChargerId
    plug_seq: int
    plugged_at: datetime
    goal: SessionGoal
    daily_ready_by: time
    time_zone: str
    limit_a: int
    phases: int
    grid: Grid
    delivered_wh: int
    starts_used: int
    max_starts: int = MAX_STARTS
    is_full_mode: bool = False
    leaves_early: bool = False
    house: HouseHistory | None = None
    is_drawing: bool
    slots: tuple[PriceSlot, ...]
    tariff: SiteTariff | None = None
    cost_so_far: Cost
    total_so_far: Cost | None = None
    unread: UnreadFlow | None = None
    need: LearnedNeed = ALL_HOMES
    stays: tuple[Stay, ...] = ()
    shared_a: float | None = None
    others: tuple[PlanStep, ...] = ()
    cars: int = 1
    car_a: int | None = None

    @property
    def currency(self) -> str:
        """ISO 4217."""
        return self.cost_so_far.known.currency

    @property
    def noted_wh(self) -> int:
        """What history has of the session."""
        return self.delivered_wh - (0 if self.unread is None else self.unread.energy_wh)

    @property
    def planned_a(self) -> int:
        """The most that is counted on: the limit, or what the car takes of it; never under what a car can use."""
        return self.limit_a if self.car_a is None else min(self.limit_a, max(self.car_a, MIN_CURRENT_A))

    @property
    def power_w(self) -> float:
        """Power at the most that is counted on."""
        return self.power_at(self.planned_a)

    def power_at(self, current_a: float) -> float:
        """Power while so much is offered."""
        return power_of(min(current_a, self.planned_a), self.phases, self.grid, VOLTAGE_V)

    @property
    def ready_by(self) -> datetime:
        """When it is to be done."""
        return self.goal.ready_by or next_ready_by(self.plugged_at, self.daily_ready_by, ZoneInfo(self.time_zone))

    @property
    def need_wh(self) -> int:
        """What the session is to have in all: the goal, or more if that is used up already."""
        return self.delivered_wh + EXTENSION_WH if self.is_extended else self._wanted_wh

    @property
    def is_extended(self) -> bool:
        """Whether the car has all that was wanted, and may have more."""
        return self._wanted_wh <= self.delivered_wh

    @property
    def _wanted_wh(self) -> int:
        return self.goal.energy_wh or self.need.quantile_wh(PROBABILITY)

    @property
    def is_learned(self) -> bool:
        """Whether the need is uncertain: no goal is given, and less than is usually enough has been delivered."""
        return self.goal.energy_wh is None and not self.is_extended

    @property
    def starts_allowed(self) -> int:
        """A session that has used its starts gets one more if it must."""
        return self.max_starts if self.is_drawing else max(self.max_starts, self.starts_used + 1)


def deliverable_a(circuit_fuse_a: int, main_fuse_a: int) -> int:
    """The most a charger may be offered, whole amperes: circuit fuse, and main fuse less a margin of 1 A or 4 %."""
    below_main_fuse_a = int(main_fuse_a - max(1.0, 0.04 * main_fuse_a))
    return max(0, min(circuit_fuse_a, MAX_CURRENT_A, below_main_fuse_a))


def limits_a(case: PlanningCase, stretches: Sequence[tuple[datetime, datetime]]) -> tuple[float, ...]:
    """The most that each stretch can be counted on to deliver to this car, A per line, beside the `others`."""
    common_a = shared_limits_a(case, stretches)
    if not case.others:
        return tuple(min(float(case.limit_a), most_a) for most_a in common_a)
    free_a = (most_a - taken_a(case.others, *stretch) for most_a, stretch in zip(common_a, stretches, strict=True))
    return tuple(max(0.0, min(float(case.limit_a), most_a)) for most_a in free_a)


def shared_limits_a(case: PlanningCase, stretches: Sequence[tuple[datetime, datetime]]) -> tuple[float, ...]:
    """The most that all cars of the site have together in each stretch: the fuse, less what the house usually takes."""
    if case.house is None:
        return (float(case.limit_a) if case.shared_a is None else case.shared_a,) * len(stretches)
    return house_load.deliverable_a(case.house.quarters, stretches, case.house.supply, ZoneInfo(case.time_zone))


def taken_a(steps: Sequence[PlanStep], start: datetime, end: datetime) -> float:
    """The most that `steps` take together at any instant of [start, end)."""
    inside = [step for step in steps if step.start < end and start < step.end]
    instants = {start, *(step.start for step in inside if step.start > start)}
    sums = (sum(step.current_a for step in inside if step.start <= at < step.end) for at in instants)
    return float(max(sums, default=0))


def ceil_second(instant: datetime) -> datetime:
    """The next whole second: chargers know no parts of one."""
    floor = floor_second(instant)
    return floor if floor == instant else floor + _SECOND


def floor_second(instant: datetime) -> datetime:
    """The whole second before."""
    return instant.astimezone(UTC).replace(microsecond=0)
