"""The cars of one site planned together under their common limit.

Each is planned alone first: as a rule that fits, for nights are long. Where it does not, those that are charged at once
share the limit evenly; the others are planned together by `domain.planning` in what that leaves, a learned need as the
energy that is enough with its probability. Then each car whose need or departure is uncertain is planned anew, by
expected cost, beside the plans of the others, and keeps that if it delivers no less.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

import msgspec

from chalicelib.domain.calendar import Stretch
from chalicelib.domain.planning import PlannedInterval, PlanningProblem, PricedSlot
from chalicelib.domain.planning import plan_charging as find_optimum
from chalicelib.domain.planning_cases import (
    MIN_CURRENT_A,
    VOLTAGE_V,
    PlanningCase,
    ceil_second,
    limits_a,
    shared_limits_a,
    taken_a,
)
from chalicelib.domain.plans import ChargingPlan, PlanId, PlanStep
from chalicelib.domain.session_planning import complete, cut, is_at_once, need_of, needed_steps, slots_in, whole_seconds

Drafts = tuple[tuple[PlanStep, ...], ...]
"""The steps of each car, in the order of the cases."""
_NEARLY_WH = 1.0


def plan_together(
    cases: Sequence[PlanningCase], plan_ids: Sequence[PlanId], moments: Sequence[datetime]
) -> list[ChargingPlan]:
    """The plans of all cars of a site, in order; `moments` are when each is made, the same but for a few microseconds.

    Together they never take more than the limit, to the second at which one begins as another ends.
    """
    return completed(cases, draft(cases, min(moments)), plan_ids, moments)


def draft(cases: Sequence[PlanningCase], now: datetime) -> Drafts:
    """When each car is charged, and with how much."""
    alone = tuple(tuple(needed_steps(case, now)) for case in cases)
    return alone if len(cases) == 1 or _fit(cases, alone) else _share(cases, alone, now)


def completed(
    cases: Sequence[PlanningCase], drafts: Drafts, plan_ids: Sequence[PlanId], moments: Sequence[datetime]
) -> list[ChargingPlan]:
    """The plans around their steps; the spare steps of each leave room for all steps and for the spare ones before."""
    found: list[ChargingPlan] = []
    for number, case in enumerate(cases):
        others = [step for other, steps in enumerate(drafts) if other != number for step in steps]
        spare = [step for plan in found for step in plan.spare_steps if step.reason == "reserve"]
        found.append(complete(case, drafts[number], plan_ids[number], moments[number], taken=[*others, *spare]))
    return found


def _fit(cases: Sequence[PlanningCase], drafts: Drafts) -> bool:
    steps = [step for steps in drafts for step in steps]
    edges = sorted({edge for step in steps for edge in (step.start, step.end)})
    stretches = list(pairwise(edges))
    common_a = shared_limits_a(cases[0], stretches)
    sums = (taken_a(steps, *stretch) for stretch in stretches)
    return all(sum_a <= limit_a for sum_a, limit_a in zip(sums, common_a, strict=True))


def _share(cases: Sequence[PlanningCase], alone: Drafts, now: datetime) -> Drafts:
    found: dict[int, tuple[PlanStep, ...]] = {}
    at_once = [number for number, case in enumerate(cases) if has_no_choice(case, alone[number], now)]
    for number in at_once:
        case = beside(_with_share(cases[number], len(at_once)), found.values())
        found[number] = tuple(needed_steps(case, now))
    chosen = [number for number in range(len(cases)) if number not in at_once]
    if chosen:
        rest = [beside(cases[number], found.values()) for number in chosen]
        found |= zip(chosen, _jointly(rest, now), strict=True)
    for number in chosen:
        found[number] = _refined(cases, found, number, now)
    return tuple(found[number] for number in range(len(cases)))


def has_no_choice(case: PlanningCase, steps: Sequence[PlanStep], now: datetime) -> bool:
    """Whether the car is charged at once, whatever that costs."""
    return is_at_once(case, now) or not steps or steps[0].reason == "no_prices"


def _with_share(case: PlanningCase, count: int) -> PlanningCase:
    """Limited to an even share, if that is enough for a car; else it takes its turn."""
    share_a = int((case.shared_a or 0.0) // count)
    return msgspec.structs.replace(case, limit_a=min(case.limit_a, share_a)) if share_a >= MIN_CURRENT_A else case


def beside(case: PlanningCase, planned: Iterable[Sequence[PlanStep]]) -> PlanningCase:
    """The case with the currents that are planned for others."""
    return msgspec.structs.replace(case, others=tuple(step for steps in planned for step in steps))


def _refined(
    cases: Sequence[PlanningCase], found: dict[int, tuple[PlanStep, ...]], number: int, now: datetime
) -> tuple[PlanStep, ...]:
    """What an uncertain car is better off with beside the others; what it has, if its need and stay are certain."""
    case = cases[number]
    if not (case.is_learned or case.leaves_early):
        return found[number]
    offer = needed_steps(beside(case, (steps for other, steps in found.items() if other != number)), now)
    return tuple(offer) if _energy_wh(case, offer) >= _energy_wh(case, found[number]) - _NEARLY_WH else found[number]


def _energy_wh(case: PlanningCase, steps: Iterable[PlanStep]) -> float:
    """What the steps deliver of what is needed."""
    offered_wh = sum(case.power_at(step.current_a) * (step.end - step.start).total_seconds() / 3600 for step in steps)
    return min(offered_wh, case.need_wh - case.delivered_wh)


def problem_of(cases: Sequence[PlanningCase], now: datetime) -> PlanningProblem:
    """What the planner is asked for these cars, which have the same `others`."""
    begin, last = ceil_second(now), max(case.ready_by for case in cases)
    lead = cases[0]
    ahead = [slot for slot in slots_in(lead, Stretch(begin, last)) if slot.end > begin and slot.start < last]
    priced = tuple(PricedSlot(slot.start, slot.end, float(slot.price)) for slot in cut(lead, ahead))
    stretches = [(slot.start, slot.end) for slot in priced]
    common_a = shared_limits_a(lead, stretches)
    left_a = tuple(
        float(max(0, int(limit_a - taken_a(lead.others, *stretch))))
        for limit_a, stretch in zip(common_a, stretches, strict=True)
    )
    most = max(case.starts_allowed for case in cases)
    needs = [need_of(case, begin, case.need_wh - case.delivered_wh, most - _starts_left(case)) for case in cases]
    return PlanningProblem(
        now=begin,
        slots=priced,
        limits_a=left_a if len(cases) > 1 or lead.others else limits_a(lead, stretches),
        voltage_v=VOLTAGE_V,
        grid=lead.grid,
        chargers=tuple(needs),
        max_starts=most,
    )


def _starts_left(case: PlanningCase) -> int:
    return case.starts_allowed - min(case.starts_used, case.starts_allowed)


def _jointly(cases: Sequence[PlanningCase], now: datetime) -> Drafts:
    return drafts_of(cases, [plan.intervals for plan in find_optimum(problem_of(cases, now)).chargers], now)


def drafts_of(cases: Sequence[PlanningCase], intervals: Sequence[Sequence[PlannedInterval]], now: datetime) -> Drafts:
    """The planner's intervals as steps."""
    begin, last = ceil_second(now), max(case.ready_by for case in cases)
    slots = slots_in(cases[0], Stretch(begin, last))
    steps = zip(cases, intervals, strict=True)
    return tuple(tuple(whole_seconds(case, planned, slots, begin)) for case, planned in steps)
