"""From what is known about one session to its plan: how much, by when, within which current, at which prices.

The optimum itself is found by `domain.planning`. Around it stand the promises: an unknown price is forecast and never
free, without any price the car is charged at once, after `ready_by` it is charged until it is full, and a car that is
still drawing is not stopped because the planned need is used up. Without a goal the need is the learned one: the plan
is for enough with probability PROBABILITY, at the least expected cost, and its promise is in expected amounts.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.calendar import Stretch
from chalicelib.domain.costs import cost_at_once, cost_of_flow
from chalicelib.domain.learned_need import value_of, weigh_departure
from chalicelib.domain.money import Money, total
from chalicelib.domain.plan_promise import average_cost, average_cost_at_once, chance_full, likely_need_wh
from chalicelib.domain.planning import ChargerNeed, PlannedInterval, PlanningProblem, PricedSlot
from chalicelib.domain.planning import plan_charging as find_optimum
from chalicelib.domain.planning.expected import ExpectedProblem, plan_expected
from chalicelib.domain.planning_cases import (
    MIN_CURRENT_A,
    VOLTAGE_V,
    PlanningCase,
    ceil_second,
    floor_second,
    limits_a,
    taken_a,
)
from chalicelib.domain.plans import ChargingPlan, PlanId, PlanStep, Reason
from chalicelib.domain.price_forecast import with_forecast
from chalicelib.domain.prices import PriceSlot, PriceState, billed_slots
from chalicelib.domain.tariffs import PaidSlot, PartName, marginal_price, paid_slots

RESERVE: Final = timedelta(minutes=30)
"""How long the last run goes on for a car that still draws; meanwhile the next plan is made."""
AFTERWARDS: Final = timedelta(hours=12)
"""How long after ready_by (or from now on, if that is past) current is offered until the car is full."""
_ROUNDING_A: Final = 1e-6
_Slot = TypeVar("_Slot", bound=PricedSlot | PriceSlot)


def plan_session(case: PlanningCase, plan_id: PlanId, now: datetime) -> ChargingPlan:
    """The plan for `case` from the next whole second on."""
    return complete(case, needed_steps(case, now), plan_id, now)


def needed_steps(case: PlanningCase, now: datetime) -> list[PlanStep]:
    """When to charge what is still needed and how much to offer; energy and cost are not in them yet."""
    begin = ceil_second(now)
    return _needed_steps(case, slots_in(case, _window(case, begin)), begin)


def complete(
    case: PlanningCase, needed: Sequence[PlanStep], plan_id: PlanId, now: datetime, taken: Sequence[PlanStep] = ()
) -> ChargingPlan:
    """The whole plan around these steps; what others are offered at the same time (`taken`) limits the spare ones."""
    begin = ceil_second(now)
    window = _window(case, begin)
    horizon, slots = window.end, slots_in(case, window)
    steps = _expected(case, needed, slots)
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
        spare_steps=_spare_steps(msgspec.structs.replace(case, others=tuple(taken)), steps, begin, horizon),
        prices=tuple(slot for slot in slots if slot.start < case.ready_by),
        currency=case.currency,
        car_a=case.car_a,
        total_cost=_total_cost(case, steps, slots),
        energy_cost=_energy_cost(case, steps, slots),
        cost_parts=_cost_parts(case, steps, slots),
        has_grid_cost=case.tariff is not None and case.tariff.knows_grid,
        cost_at_once=_cost_at_once(case, planned_wh, slots),
    )
    return _with_promise(case, made, slots)


def _window(case: PlanningCase, begin: datetime) -> Stretch:
    """From plug-in to as far as current is offered."""
    return Stretch(case.plugged_at, max(case.ready_by, begin) + AFTERWARDS)


def is_at_once(case: PlanningCase, now: datetime) -> bool:
    """Whether nothing is to be chosen: full mode, a goal that is late, or a car that goes on beyond its need."""
    goes_on = case.is_extended and case.is_drawing and case.goal.energy_wh is None
    return case.is_full_mode or ceil_second(now) >= case.ready_by or goes_on


def _with_promise(case: PlanningCase, plan: ChargingPlan, slots: Sequence[PriceSlot]) -> ChargingPlan:
    """The plan with its expected cost; for a learned need that is an average, and so is the cost at once."""
    if not case.is_learned or case.limit_a < MIN_CURRENT_A:
        return msgspec.structs.replace(plan, expected_cost=plan.total_cost)
    done = case.plugged_at + timedelta(hours=plan.energy_wh / case.power_w)
    at_once = _step(Stretch(case.plugged_at, done), case.planned_a, "no_prices")
    at_once = msgspec.structs.replace(at_once, energy_wh=plan.energy_wh)
    so_far = _so_far(case, slots)
    ahead = average_cost(case.need, case.delivered_wh, plan.steps, slots, case.currency)
    return msgspec.structs.replace(
        plan,
        probability=chance_full(case.need, case.delivered_wh, plan.energy_wh - case.delivered_wh),
        expected_cost=None if so_far is None or ahead is None else so_far + ahead,
        cost_at_once=average_cost_at_once(case.need, case.delivered_wh, at_once, slots, case.currency),
    )


def slots_in(case: PlanningCase, window: Stretch) -> list[PaidSlot]:
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
    if case.is_full_mode:
        return _at_once(case, begin, "full_mode")
    if begin >= case.ready_by:
        return _at_once(case, begin, "after_ready_by")
    if not slots:
        return _at_once(case, begin, "no_prices")
    if is_at_once(case, begin):
        return _at_once(case, begin, "reserve")
    intervals = _least_expected(case, slots, begin, missing_wh) if case.is_learned else None
    intervals = intervals or _optimum(case, slots, begin, missing_wh)
    return whole_seconds(case, intervals, slots, begin)


def _at_once(case: PlanningCase, begin: datetime, reason: Reason) -> list[PlanStep]:
    """All that is missing from now on, with as much as the others' currents leave at any time."""
    left_wh, found = float(case.need_wh - case.delivered_wh), list[PlanStep]()
    far = begin + AFTERWARDS + AFTERWARDS if case.others else begin
    edges = sorted({begin, far, *(edge for step in case.others for edge in (step.start, step.end) if edge > begin)})
    for start, end in [*pairwise(edges), (edges[-1], None)]:
        most_a = case.limit_a
        if case.others and end is not None:
            most_a = int(limits_a(msgspec.structs.replace(case, house=None), [(start, end)])[0])
        if most_a < MIN_CURRENT_A:
            continue
        full = ceil_second(start + timedelta(hours=left_wh / case.power_at(most_a)))
        stop = full if end is None else min(full, end)
        found.append(_step(Stretch(start, stop), most_a, reason))
        left_wh -= case.power_at(most_a) * (stop - start).total_seconds() / 3600
        if stop == full:
            break
    return found


def _least_expected(
    case: PlanningCase, slots: Sequence[PriceSlot], begin: datetime, missing_wh: int
) -> tuple[PlannedInterval, ...] | None:
    """The intervals of least expected cost; None when what is planned does not fit before ready_by.

    It is planned at full current only, where the house usually leaves that.
    """
    free = cut(case, slots)
    most_a = limits_a(case, [(slot.start, slot.end) for slot in free])
    priced = tuple(
        PricedSlot(slot.start, slot.end, float(slot.price))
        for slot, limit_a in zip(free, most_a, strict=True)
        if slot.end > begin and limit_a >= case.planned_a
    )
    priced = weighed(case, priced, slots)
    runs = plan_expected(
        ExpectedProblem(
            begin=begin,
            end=case.ready_by,
            slots=priced,
            power_w=case.power_w,
            need=case.need,
            planned_wh=missing_wh,
            delivered_wh=case.delivered_wh,
            starts=case.starts_allowed - min(case.starts_used, case.starts_allowed),
            is_charging=case.is_drawing,
        )
    )
    return None if runs is None else tuple(PlannedInterval(run.start, run.end, case.planned_a) for run in runs)


def _optimum(
    case: PlanningCase, slots: Sequence[PriceSlot], begin: datetime, missing_wh: int
) -> tuple[PlannedInterval, ...]:
    """The cheapest intervals between now and ready_by for a need that is known."""
    priced = priced_ahead(case, slots, begin)
    allowed = case.starts_allowed
    problem = PlanningProblem(
        now=begin,
        slots=priced,
        limits_a=limits_a(case, [(slot.start, slot.end) for slot in priced]),
        voltage_v=VOLTAGE_V,
        grid=case.grid,
        chargers=(need_of(case, begin, missing_wh, min(case.starts_used, allowed)),),
        max_starts=allowed,
    )
    return find_optimum(problem).chargers[0].intervals


def need_of(case: PlanningCase, begin: datetime, missing_wh: float, starts_used: int) -> ChargerNeed:
    """The car as the planner is told of it."""
    return ChargerNeed(
        charger_id=case.charger_id,
        phases=case.phases,
        min_a=MIN_CURRENT_A,
        max_a=case.planned_a,
        available_from=begin,
        ready_by=case.ready_by,
        need_wh=missing_wh,
        is_charging=case.is_drawing,
        starts_used=starts_used,
    )


def priced_ahead(case: PlanningCase, slots: Sequence[PriceSlot], begin: datetime) -> tuple[PricedSlot, ...]:
    """What to decide by between now and ready_by, cut where the others' currents change."""
    ahead = [slot for slot in slots if slot.end > begin and slot.start < case.ready_by]
    priced = [PricedSlot(slot.start, slot.end, float(slot.price)) for slot in cut(case, ahead)]
    return weighed(case, priced, slots)


def cut(case: PlanningCase, slots: Sequence[_Slot]) -> list[_Slot]:
    """The slots, each in parts with one sum of the others' currents."""
    edges = sorted({edge for step in case.others for edge in (step.start, step.end)})
    found: list[_Slot] = []
    for slot in slots:
        inside = [slot.start, *(edge for edge in edges if slot.start < edge < slot.end), slot.end]
        found += [msgspec.structs.replace(slot, start=start, end=end) for start, end in pairwise(inside)]
    return found


def weighed(case: PlanningCase, priced: Sequence[PricedSlot], known: Sequence[PriceSlot]) -> tuple[PricedSlot, ...]:
    """The prices to decide by: those of a car that may leave early are weighed by the chance that it is still there.

    What a missing kWh is worth goes by all prices `known` since plug-in, so that planning anew decides the same.
    """
    if not case.leaves_early:
        return tuple(priced)
    value = value_of([float(slot.price) for slot in known if slot.start < case.ready_by])
    return weigh_departure(priced, case.stays, case.plugged_at, ZoneInfo(case.time_zone), value)


def whole_seconds(
    case: PlanningCase, intervals: Iterable[PlannedInterval], slots: Sequence[PriceSlot], begin: datetime
) -> list[PlanStep]:
    """Edges on whole seconds, outwards, so that never less than the need is offered; currents are whole amperes, up."""
    steps: list[PlanStep] = []
    for interval in intervals:
        start = max(floor_second(interval.start), steps[-1].end if steps else begin)
        stop = min(ceil_second(interval.end), case.ready_by)
        if start < stop:
            steps += _explained(Stretch(start, stop), _offered_a(case, interval), slots)
    return steps


def _offered_a(case: PlanningCase, interval: PlannedInterval) -> int:
    """What is offered: what is planned, up; a car planned at all that it takes is offered what there is."""
    whole_a = -int(-(interval.current_a - _ROUNDING_A) // 1)
    if case.car_a is None or whole_a < case.planned_a:
        return whole_a
    return max(whole_a, int(min(limits_a(case, [(interval.start, interval.end)]))))


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
        energy_wh = min(left_wh, round(case.power_at(step.current_a) * (step.end - step.start).total_seconds() / 3600))
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
    afterwards = _spare(case, Stretch(max(last, case.ready_by), horizon), case.limit_a, "after_ready_by")
    reserve = Stretch(last, min(last + RESERVE, max(last, case.ready_by)))
    spare = _spare(case, reserve, steps[-1].current_a, "reserve") if steps and reserve.start < reserve.end else ()
    return (*spare, *afterwards)


def _spare(case: PlanningCase, stretch: Stretch, most_a: int, reason: Reason) -> tuple[PlanStep, ...]:
    """Current beyond what is planned, as far as there is room: of several cars each has its share."""
    if case.cars > 1 and case.shared_a is not None:
        beside_a = int(case.shared_a - taken_a(case.others, stretch.start, stretch.end))
        share_a = int(case.shared_a // case.cars) if reason == "after_ready_by" else beside_a
        most_a = min(most_a, share_a, beside_a)
    return (_step(stretch, most_a, reason),) if most_a >= MIN_CURRENT_A else ()


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
        return ceil_second(max(case.ready_by, begin) + timedelta(hours=unmet_wh / case.power_w))
    return steps[-1].end if steps else begin


def _total_cost(case: PlanningCase, steps: Sequence[PlanStep], slots: Sequence[PriceSlot]) -> Money | None:
    """What the session has cost and will cost; None as long as any of it has no price."""
    return _sum([_so_far(case, slots), *(step.cost for step in steps)], case.currency)


def _so_far(case: PlanningCase, slots: Sequence[PriceSlot]) -> Money | None:
    """What the session has cost, with the grid's part if the plan has it; None where that was not noted."""
    noted = case.cost_so_far
    if case.tariff is not None and case.tariff.knows_grid:
        noted = case.total_so_far or msgspec.structs.replace(noted, is_pending=case.noted_wh > 0)
    return _sum([noted.settled, _unread_cost(case, slots)], case.currency)


def _unread_cost(case: PlanningCase, slots: Sequence[PriceSlot]) -> Money | None:
    """Of what has flowed since the last reading, at these prices."""
    if case.unread is None:
        return total((), case.currency)
    return cost_of_flow(case.unread.energy_wh, case.unread.stretch, _as_known(slots), case.currency).settled


def _energy_cost(case: PlanningCase, steps: Sequence[PlanStep], slots: Sequence[PaidSlot]) -> Money | None:
    """The part of the total that history shows first: energy alone."""
    of_energy = _as_known([slot.energy for slot in slots])
    planned = [cost_of_flow(step.energy_wh, step.stretch, of_energy, case.currency).settled for step in steps]
    return _sum([case.cost_so_far.settled, _unread_cost(case, of_energy), *planned], case.currency)


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
