"""From what is known about one session to its plan: how much, by when, within which current, at which prices.

The optimum itself is found by `domain.planning`. Around it stand the promises: an unknown price is forecast and never
free, without any price the car is charged at once, after `ready_by` it is charged until it is full, and a car that is
still drawing is not stopped because the planned need is used up. Without a goal the need is the learned one: the plan
is for enough with probability PROBABILITY, at the least expected cost, and its promise is in expected amounts.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain import house_load
from chalicelib.domain.balancing.model import Supply
from chalicelib.domain.calendar import Stretch, next_ready_by
from chalicelib.domain.costs import Cost, cost_at_once, cost_of_flow
from chalicelib.domain.house_load import Loads
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.learned_need import ALL_HOMES, PROBABILITY, LearnedNeed, Stay, weigh_departure
from chalicelib.domain.money import Money, total
from chalicelib.domain.plan_promise import average_cost, average_cost_at_once, chance_full, likely_need_wh
from chalicelib.domain.planning import ChargerNeed, Grid, PlannedInterval, PlanningProblem, PricedSlot
from chalicelib.domain.planning import plan_charging as find_optimum
from chalicelib.domain.planning import power_w as power_of
from chalicelib.domain.planning.expected import ExpectedProblem, plan_expected
from chalicelib.domain.plans import ChargingPlan, PlanId, PlanStep, Reason
from chalicelib.domain.price_forecast import with_forecast
from chalicelib.domain.prices import PriceSlot, PriceState, billed_slots
from chalicelib.domain.sessions import SessionGoal
from chalicelib.domain.tariffs import PaidSlot, PartName, SiteTariff, marginal_price, paid_slots

VOLTAGE_V: Final = 230.0
MIN_CURRENT_A: Final = 6
MAX_CURRENT_A: Final = 32
EXTENSION_WH: Final = 5_000
"""What is planned on top for a car that has used up its need and is not full."""
MAX_STARTS: Final = 2
RESERVE: Final = timedelta(minutes=30)
"""How long the last run goes on for a car that still draws; meanwhile the next plan is made."""
AFTERWARDS: Final = timedelta(hours=12)
"""How long after ready_by (or from now on, if that is past) current is offered until the car is full."""
EARLY_DEPARTURE_PER_HOUR: Final = 0.03
"""The chance that a car whose user sometimes leaves early does so in a given hour: one night in four, of ten hours."""
PRICE_ELSEWHERE: Final = 3.0
"""What a kWh at a fast charger on the way costs, in mean prices at home: an assumption, as no price list is kept."""
_SECOND: Final = timedelta(seconds=1)
_ROUNDING_A: Final = 1e-6


class HouseHistory(msgspec.Struct, frozen=True, kw_only=True):
    """What the house of a site with a meter reader has taken, by quarter of the week (`house_load`), and its supply."""

    quarters: dict[int, Loads]
    supply: Supply


class PlanningCase(msgspec.Struct, frozen=True, kw_only=True):
    """All that a plan depends on.

    `slots` are prices per kWh, from plug-in on if known: the market's, of which `tariff` makes what the household pays;
    without a tariff they are that already. `limit_a` is the most that may be offered at any time; `starts_used` counts
    how often energy has begun to flow. `cost_so_far` is of energy alone, `total_so_far` has the grid's part if known.
    `is_full_mode`: the user wants it now, whatever it costs; `leaves_early`: the car may be gone before `ready_by`.
    `need` and `stays` are learned; departures are weighed only if the user says that the car `leaves_early`.
    With `house` the plan counts only on what the house usually leaves; load balancing says what is really offered.
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
    need: LearnedNeed = ALL_HOMES
    stays: tuple[Stay, ...] = ()

    @property
    def currency(self) -> str:
        """ISO 4217."""
        return self.cost_so_far.known.currency

    @property
    def power_w(self) -> float:
        """Power at the limit."""
        return power_of(self.limit_a, self.phases, self.grid, VOLTAGE_V)

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


def plan_session(case: PlanningCase, plan_id: PlanId, now: datetime) -> ChargingPlan:
    """The plan for `case` from the next whole second on."""
    begin = _ceil_second(now)
    horizon = max(case.ready_by, begin) + AFTERWARDS
    slots = _paid_slots(case, Stretch(case.plugged_at, horizon))
    steps = _expected(case, _needed_steps(case, slots, begin), slots)
    planned_wh = sum(step.energy_wh for step in steps)
    likely_wh = likely_need_wh(case.need, case.delivered_wh) if case.is_learned else case.need_wh
    unmet_wh = max(0, likely_wh - case.delivered_wh - planned_wh)
    made = ChargingPlan(
        plan_id=plan_id,
        charger_id=case.charger_id,
        plug_seq=case.plug_seq,
        created_at=now,
        need_wh=case.need_wh,
        likely_wh=likely_wh,
        delivered_wh=case.delivered_wh,
        unmet_wh=unmet_wh,
        starts=case.starts_used + _new_starts(steps, begin, is_drawing=case.is_drawing),
        ready_by=case.ready_by,
        ready_at=_ready_at(case, steps, unmet_wh, begin),
        valid_until=horizon,
        steps=steps,
        spare_steps=_spare_steps(case, steps, begin, horizon),
        prices=tuple(slot for slot in slots if slot.start < case.ready_by),
        currency=case.currency,
        total_cost=_total_cost(case, steps),
        energy_cost=_energy_cost(case, steps, slots),
        cost_parts=_cost_parts(case, steps, slots),
        has_grid_cost=case.tariff is not None and case.tariff.knows_grid,
        cost_at_once=_cost_at_once(case, planned_wh, slots),
    )
    return _with_promise(case, made, slots)


def _with_promise(case: PlanningCase, plan: ChargingPlan, slots: Sequence[PriceSlot]) -> ChargingPlan:
    """The plan with its expected cost; for a learned need that is an average, and so is the cost at once."""
    if not case.is_learned or case.limit_a < MIN_CURRENT_A:
        return msgspec.structs.replace(plan, expected_cost=plan.total_cost)
    done = case.plugged_at + timedelta(hours=plan.energy_wh / case.power_w)
    at_once = _step(Stretch(case.plugged_at, done), case.limit_a, "no_prices")
    at_once = msgspec.structs.replace(at_once, energy_wh=plan.energy_wh)
    so_far = _so_far(case).settled
    ahead = average_cost(case.need, case.delivered_wh, plan.steps, slots, case.currency)
    return msgspec.structs.replace(
        plan,
        probability=chance_full(case.need, case.delivered_wh, plan.energy_wh - case.delivered_wh),
        expected_cost=None if so_far is None or ahead is None else so_far + ahead,
        cost_at_once=average_cost_at_once(case.need, case.delivered_wh, at_once, slots, case.currency),
    )


def _paid_slots(case: PlanningCase, window: Stretch) -> list[PaidSlot]:
    """The whole marginal price of every slot of `window`; what the market has not said is forecast first."""
    tz, tariff = ZoneInfo(case.time_zone), case.tariff
    if tariff is None:
        given = with_forecast(case.slots, window, tz)
        return [PaidSlot(slot.start, slot.end, slot.price, slot.state) for slot in given]
    if not tariff.contract.needs_spot:
        return paid_slots(tariff, (), window)
    market = with_forecast(billed_slots(case.slots, tariff.country), window, tz)
    return [marginal_price(tariff, slot) for slot in market]


def _needed_steps(case: PlanningCase, slots: Sequence[PriceSlot], begin: datetime) -> list[PlanStep]:
    """When to charge what is still needed; nothing when the fuses leave less than a car can use."""
    if case.limit_a < MIN_CURRENT_A:
        return []
    missing_wh = case.need_wh - case.delivered_wh
    at_once = Stretch(begin, _ceil_second(begin + timedelta(hours=missing_wh / case.power_w)))
    if case.is_full_mode:
        return [_step(at_once, case.limit_a, "full_mode")]
    if begin >= case.ready_by:
        return [_step(at_once, case.limit_a, "after_ready_by")]
    if not slots:
        return [_step(at_once, case.limit_a, "no_prices")]
    if case.is_extended and case.is_drawing and case.goal.energy_wh is None:
        return [_step(at_once, case.limit_a, "reserve")]
    intervals = _least_expected(case, slots, begin, missing_wh) if case.is_learned else None
    intervals = intervals or _optimum(case, slots, begin, missing_wh)
    return _whole_seconds(intervals, slots, begin, case.ready_by)


def _least_expected(
    case: PlanningCase, slots: Sequence[PriceSlot], begin: datetime, missing_wh: int
) -> tuple[PlannedInterval, ...] | None:
    """The intervals of least expected cost; None when what is planned does not fit before ready_by.

    It is planned at full current only, where the house usually leaves that.
    """
    limits_a = _limits_a(case, slots)
    priced = tuple(
        PricedSlot(slot.start, slot.end, float(slot.price))
        for slot, most_a in zip(slots, limits_a, strict=True)
        if slot.end > begin and most_a >= case.limit_a
    )
    if case.leaves_early:
        priced = weigh_departure(priced, case.stays, case.plugged_at, ZoneInfo(case.time_zone))
    runs = plan_expected(
        ExpectedProblem(
            begin=begin,
            end=case.ready_by,
            slots=tuple(slot for slot in priced if slot.start < case.ready_by),
            power_w=case.power_w,
            need=case.need,
            planned_wh=missing_wh,
            delivered_wh=case.delivered_wh,
            starts=case.starts_allowed - min(case.starts_used, case.starts_allowed),
            is_charging=case.is_drawing,
        )
    )
    return None if runs is None else tuple(PlannedInterval(run.start, run.end, case.limit_a) for run in runs)


def _limits_a(case: PlanningCase, slots: Sequence[PriceSlot]) -> tuple[float, ...]:
    """The most that each slot can be counted on to deliver, A per line."""
    if case.house is None:
        return (float(case.limit_a),) * len(slots)
    stretches = [(slot.start, slot.end) for slot in slots]
    left_a = house_load.deliverable_a(case.house.quarters, stretches, case.house.supply, ZoneInfo(case.time_zone))
    return tuple(min(float(case.limit_a), most_a) for most_a in left_a)


def _optimum(
    case: PlanningCase, slots: Sequence[PriceSlot], begin: datetime, missing_wh: int
) -> tuple[PlannedInterval, ...]:
    """The cheapest intervals between now and ready_by for a need that is known."""
    ahead = [slot for slot in slots if slot.end > begin and slot.start < case.ready_by]
    allowed = case.starts_allowed
    need = ChargerNeed(
        charger_id=case.charger_id,
        phases=case.phases,
        min_a=MIN_CURRENT_A,
        max_a=case.limit_a,
        available_from=begin,
        ready_by=case.ready_by,
        need_wh=missing_wh,
        is_charging=case.is_drawing,
        starts_used=min(case.starts_used, allowed),
    )
    problem = PlanningProblem(
        now=begin,
        slots=_weighed(case, ahead, begin),
        limits_a=_limits_a(case, ahead),
        voltage_v=VOLTAGE_V,
        grid=case.grid,
        chargers=(need,),
        max_starts=allowed,
    )
    return find_optimum(problem).chargers[0].intervals


def _weighed(case: PlanningCase, slots: Sequence[PriceSlot], begin: datetime) -> tuple[PricedSlot, ...]:
    """The prices to decide by. Of a car that may leave early, each hour of waiting costs a share of a mean price.

    That is what the missing energy costs elsewhere, times the chance to leave in that hour; it grows evenly, so that
    planning anew later decides the same.
    """
    per_hour = 0.0
    if case.leaves_early and slots:
        mean = sum(abs(float(slot.price)) for slot in slots) / len(slots)
        per_hour = mean * EARLY_DEPARTURE_PER_HOUR * PRICE_ELSEWHERE
    waited_h = [max((slot.start - begin).total_seconds(), 0.0) / 3600 for slot in slots]
    return tuple(
        PricedSlot(slot.start, slot.end, float(slot.price) + per_hour * hours)
        for slot, hours in zip(slots, waited_h, strict=True)
    )


def _whole_seconds(
    intervals: Iterable[PlannedInterval], slots: Sequence[PriceSlot], begin: datetime, end: datetime
) -> list[PlanStep]:
    """Edges on whole seconds, outwards, so that never less than the need is offered; currents are whole amperes, up."""
    steps: list[PlanStep] = []
    for interval in intervals:
        start = max(_floor_second(interval.start), steps[-1].end if steps else begin)
        stop = min(_ceil_second(interval.end), end)
        current_a = -int(-(interval.current_a - _ROUNDING_A) // 1)
        if start < stop:
            steps += _explained(Stretch(start, stop), current_a, slots)
    return steps


def _explained(stretch: Stretch, current_a: int, slots: Sequence[PriceSlot]) -> list[PlanStep]:
    """The stretch cut where known prices end, each part with its reason."""
    parts: list[PlanStep] = []
    inside = [slot for slot in slots if slot.start < stretch.end and stretch.start < slot.end]
    for slot in inside:
        reason: Reason = "forecast_prices" if slot.state is PriceState.FORECAST else "cheap_hours"
        start, end = max(slot.start, stretch.start), min(slot.end, stretch.end)
        if parts and parts[-1].reason == reason and parts[-1].end == start:
            start = parts.pop().start
        parts.append(_step(Stretch(start, end), current_a, reason))
    return parts


def _expected(case: PlanningCase, steps: Sequence[PlanStep], slots: Sequence[PriceSlot]) -> tuple[PlanStep, ...]:
    """The steps with the energy and cost expected of each; what rounding offers too much is taken off the last."""
    left_wh, found = case.need_wh - case.delivered_wh, []
    for step in steps:
        power = power_of(step.current_a, case.phases, case.grid, VOLTAGE_V)
        energy_wh = min(left_wh, round(power * (step.end - step.start).total_seconds() / 3600))
        cost = cost_of_flow(energy_wh, step.stretch, _as_known(slots), case.currency).settled
        left_wh -= energy_wh
        found.append(msgspec.structs.replace(step, energy_wh=energy_wh, cost=cost))
    return tuple(found)


def _spare_steps(
    case: PlanningCase, steps: Sequence[PlanStep], begin: datetime, horizon: datetime
) -> tuple[PlanStep, ...]:
    """For a car that takes more than was thought: a while after the last run, and from ready_by until it is full."""
    if case.limit_a < MIN_CURRENT_A:
        return ()
    last = steps[-1].end if steps else begin
    afterwards = _step(Stretch(max(last, case.ready_by), horizon), case.limit_a, "after_ready_by")
    reserve = Stretch(last, min(last + RESERVE, afterwards.start))
    spare = [_step(reserve, steps[-1].current_a, "reserve")] if steps and reserve.start < reserve.end else []
    return (*spare, afterwards)


def _new_starts(steps: Sequence[PlanStep], begin: datetime, *, is_drawing: bool) -> int:
    """How often energy will begin to flow; going on is no start."""
    end, starts = begin if is_drawing else None, 0
    for step in steps:
        starts += step.start != end
        end = step.end
    return starts


def _ready_at(case: PlanningCase, steps: Sequence[PlanStep], unmet_wh: int, begin: datetime) -> datetime | None:
    """When the need is met, if need be after ready_by."""
    if case.limit_a < MIN_CURRENT_A:
        return None
    if unmet_wh:
        return _ceil_second(max(case.ready_by, begin) + timedelta(hours=unmet_wh / case.power_w))
    return steps[-1].end if steps else begin


def _total_cost(case: PlanningCase, steps: Sequence[PlanStep]) -> Money | None:
    """What the session has cost and will cost; None as long as any of it has no price."""
    return _sum([_so_far(case).settled, *(step.cost for step in steps)], case.currency)


def _so_far(case: PlanningCase) -> Cost:
    """What the session has cost, with the grid's part if the plan has it; pending where that was not noted."""
    if case.tariff is None or not case.tariff.knows_grid:
        return case.cost_so_far
    return case.total_so_far or msgspec.structs.replace(case.cost_so_far, is_pending=case.delivered_wh > 0)


def _energy_cost(case: PlanningCase, steps: Sequence[PlanStep], slots: Sequence[PaidSlot]) -> Money | None:
    """The part of the total that history shows first: energy alone."""
    of_energy = _as_known([slot.energy for slot in slots])
    planned = [cost_of_flow(step.energy_wh, step.stretch, of_energy, case.currency).settled for step in steps]
    return _sum([case.cost_so_far.settled, *planned], case.currency)


def _cost_parts(case: PlanningCase, steps: Sequence[PlanStep], slots: Sequence[PaidSlot]) -> dict[PartName, Money]:
    """What each part of the price comes to in all that is still planned, with VAT."""
    names = dict.fromkeys(part.name for slot in slots for part in slot.parts)
    found: dict[PartName, Money] = {}
    for name in names:
        of_part = [
            PriceSlot(slot.start, slot.end, sum((part.price for part in slot.parts if part.name == name), Decimal(0)))
            for slot in slots
        ]
        costs = (cost_of_flow(step.energy_wh, step.stretch, of_part, case.currency).known for step in steps)
        found[name] = total(costs, case.currency)
    return found


def _sum(parts: Sequence[Money | None], currency: str) -> Money | None:
    known = [part for part in parts if part is not None]
    return total(known, currency) if len(known) == len(parts) else None


def _cost_at_once(case: PlanningCase, planned_wh: int, slots: Sequence[PriceSlot]) -> Money | None:
    """What the whole session would cost from plug-in at full power."""
    if case.limit_a < MIN_CURRENT_A:
        return None
    energy_wh = case.delivered_wh + planned_wh
    return cost_at_once(energy_wh, case.power_w, case.plugged_at, _as_known(slots), case.currency).settled


def _as_known(slots: Sequence[PriceSlot]) -> list[PriceSlot]:
    """For estimates a forecast counts as a price."""
    return [PriceSlot(slot.start, slot.end, slot.price) for slot in slots]


def _step(stretch: Stretch, current_a: int, reason: Reason) -> PlanStep:
    return PlanStep(start=stretch.start, end=stretch.end, current_a=current_a, reason=reason)


def _floor_second(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)


def _ceil_second(instant: datetime) -> datetime:
    floor = _floor_second(instant)
    return floor if floor == instant else floor + _SECOND
