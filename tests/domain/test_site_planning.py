"""Several cars behind one main fuse: what they are promised together."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from chalicelib.domain.balancing import Supply
from chalicelib.domain.calendar import HOUR
from chalicelib.domain.house_load import Loads
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.learned_need import need_of
from chalicelib.domain.planning_cases import HouseHistory, PlanningCase, taken_a
from chalicelib.domain.plans import ChargingPlan, PlanId
from chalicelib.domain.sessions import SessionGoal
from chalicelib.domain.site_planning import completed, draft
from tests.domain.test_session_planning import PLUG_IN, READY_BY, case, slots

FUSE_A = 32.0
HOUR_WH = 32 * 230


def cars(*wishes: dict[str, Any], shared_a: float = FUSE_A) -> list[PlanningCase]:
    """Cars at one site whose fuse leaves `shared_a` amperes to all of them."""
    return [
        case(charger_id=ChargerId(f"c{number}"), shared_a=shared_a, cars=len(wishes), **wish)
        for number, wish in enumerate(wishes)
    ]


def planned(cases: list[PlanningCase], now: datetime = PLUG_IN) -> list[ChargingPlan]:
    """The plans of all of them."""
    ids = [PlanId(f"p{number}") for number in range(len(cases))]
    return completed(cases, draft(cases, now), ids, [now] * len(cases))


def highest_a(plans: list[ChargingPlan], *, spare: bool = False) -> float:
    """The highest sum of currents that is offered, away from the second in which one ends as another begins."""
    steps = [step for plan in plans for step in (plan.offers if spare else plan.steps)]
    edges = sorted({edge for step in steps for edge in (step.start, step.end)})
    second = timedelta(seconds=1)
    inner = [(a + second, b - second) for a, b in pairwise(edges) if b - a > 2 * second]
    return max((taken_a(steps, *stretch) for stretch in inner), default=0.0)


def kwh(energy: float) -> dict[str, Any]:
    """A car that is to have so much."""
    return {"goal": SessionGoal(energy_wh=round(1000 * energy))}


def test_cars_that_fit_are_planned_as_if_each_were_alone() -> None:
    """Ten amperes each of 32: both take the three cheapest hours."""
    together = planned(cars({"limit_a": 10} | kwh(6.9), {"limit_a": 16} | kwh(11)))
    alone = [planned([one])[0] for one in cars({"limit_a": 10} | kwh(6.9), {"limit_a": 16} | kwh(11))]
    assert [plan.steps for plan in together] == [plan.steps for plan in alone]


@pytest.mark.parametrize("energies", [(22.08, 22.08), (22.08, 10.0, 7.0), (40.0, 30.0)])
def test_together_they_never_take_more_than_the_fuse_and_all_get_what_they_need(energies: tuple[float, ...]) -> None:
    """Each alone would take the whole fuse in the same hours."""
    plans = planned(cars(*(kwh(energy) for energy in energies)))
    assert highest_a(plans) <= FUSE_A
    assert [plan.unmet_wh for plan in plans] == [0] * len(energies)
    assert all(step.current_a >= 6 for plan in plans for step in plan.offers)


def test_two_cars_share_the_cheap_hours_as_cheaply_as_can_be() -> None:
    """Six hours of the fuse in all: the six cheapest cost 1, 1, 1, 2, 2 and 3 per kWh."""
    plans = planned(cars(kwh(22.08), kwh(22.08)))
    cost = sum((plan.total_cost.amount for plan in plans if plan.total_cost), Decimal(0))
    assert float(cost) == pytest.approx((1 + 1 + 1 + 2 + 2 + 3) * HOUR_WH / 1000, rel=0.001)


def test_who_must_leave_first_is_given_way() -> None:
    """At 20:00 one is to have all that the fuse gives until then: the other, though as cheap, waits."""
    soon = {"goal": SessionGoal(energy_wh=3 * HOUR_WH, ready_by=PLUG_IN + 3 * HOUR)}
    plans = planned(cars(soon, kwh(7.36), shared_a=32.0))
    assert [plan.unmet_wh for plan in plans] == [0, 0]
    assert highest_a(plans) <= FUSE_A


def test_cars_that_want_it_at_once_share_evenly_and_the_planned_one_gives_way() -> None:
    """Two in full mode have 16 A each of 32 from now on; the third is charged when they are done."""
    full = {"is_full_mode": True} | kwh(7.36)
    plans = planned(cars(full, full, kwh(7.36)))
    assert [(plan.steps[0].start, plan.steps[0].current_a) for plan in plans[:2]] == [(PLUG_IN, 16)] * 2
    assert highest_a(plans) <= FUSE_A
    assert plans[2].unmet_wh == 0


def test_at_once_with_too_little_for_two_is_one_after_the_other() -> None:
    """10 A are one car's at a time."""
    full = {"is_full_mode": True, "limit_a": 10} | kwh(2.3)
    first, second = planned(cars(full, full, shared_a=10.0))
    assert (first.steps[0].start, first.steps[-1].end) == (PLUG_IN, PLUG_IN + HOUR)
    assert (second.steps[0].start, second.steps[-1].end) == (PLUG_IN + HOUR, PLUG_IN + 2 * HOUR)


def test_a_learned_need_is_planned_by_expected_cost_beside_the_others() -> None:
    """One surely needs the cheapest hours at full current; the other's likely 7 kWh come in the next cheapest."""
    learned = {"goal": SessionGoal(), "need": need_of([7_000] * 18 + [14_000, 22_000])}
    plans = planned(cars(kwh(22.08), learned))
    assert highest_a(plans) <= FUSE_A
    assert [plan.unmet_wh for plan in plans] == [0, 0]
    assert plans[1].need_wh == 21_600
    assert plans[1].probability == pytest.approx(0.95)


def test_no_car_is_offered_more_than_its_share_when_all_go_on_beyond_their_plans() -> None:
    """After ready_by two cars that still draw have 16 A each; reserves fit beside what others are planned."""
    plans = planned(cars(kwh(22.08), kwh(22.08)))
    after = [step.current_a for plan in plans for step in plan.spare_steps if step.reason == "after_ready_by"]
    assert after == [16, 16]
    assert highest_a(plans, spare=True) <= FUSE_A


def test_together_they_count_only_on_what_the_house_usually_leaves() -> None:
    """From 01:00 to 04:00 the house takes 20 A of what 32 A leave; then only 10 A are shared."""
    quarters: dict[int, Loads] = dict.fromkeys(range(2 * 96 + 4, 2 * 96 + 16), (200, 200, 200))
    house = HouseHistory(quarters=quarters, supply=Supply(main_fuse_a=32, grid_type="IT"))
    one = {"house": house, "limit_a": 30}
    plans = planned(cars(one | kwh(22.08), one | kwh(11.0), shared_a=30.0))
    steps = [step for plan in plans for step in plan.steps]
    night = [PLUG_IN + 8 * HOUR + timedelta(minutes=1), PLUG_IN + 11 * HOUR - timedelta(minutes=1)]
    assert taken_a(steps, night[0], night[1]) <= 10
    assert [plan.unmet_wh for plan in plans] == [0, 0]


def test_more_than_the_fuse_can_give_is_delivered_as_far_as_it_goes() -> None:
    """14 hours of 32 A are 103 kWh for two cars that want 60 each; both are told what will be missing."""
    plans = planned(cars(kwh(60), kwh(60)))
    assert sum(plan.energy_wh for plan in plans) == pytest.approx(14 * HOUR_WH, rel=0.005)
    assert sum(plan.unmet_wh for plan in plans) == pytest.approx(120_000 - 14 * HOUR_WH, rel=0.02)
    assert max(step.end for plan in plans for step in plan.steps) <= READY_BY


def test_planning_again_a_while_later_changes_nothing() -> None:
    """Nobody has done anything: the same hours are best for both."""
    cases = cars(kwh(22.08), kwh(22.08))
    first, later = planned(cases), planned(cases, PLUG_IN + timedelta(minutes=20))
    assert [plan.steps for plan in first] == [plan.steps for plan in later]


def test_a_car_that_takes_half_is_planned_by_that_and_offered_all() -> None:
    """16 A of 32: the need takes six hours, of which the charger offers the full current."""
    plan = planned([case(car_a=16)])[0]
    hours = sum(((step.end - step.start) for step in plan.steps), timedelta())
    assert hours == pytest.approx(6 * HOUR, abs=timedelta(seconds=2))
    assert {step.current_a for step in plan.steps} == {32}
    assert plan.unmet_wh == 0


def test_currents_one_after_the_other_do_not_add_up() -> None:
    """What others take is the most at any instant of a stretch, not their sum over it."""
    steps = planned([case()])[0].steps
    two = (*steps, *(msgspec.structs.replace(step, start=step.end, end=step.end + HOUR) for step in steps))
    assert taken_a(two, steps[0].start, steps[-1].end + HOUR) == 32


@pytest.mark.parametrize(
    ("plugged_at", "ready_by", "hours"),
    [
        (datetime(2026, 3, 28, 16, tzinfo=UTC), datetime(2026, 3, 29, 5, tzinfo=UTC), 13),
        (datetime(2026, 10, 24, 15, tzinfo=UTC), datetime(2026, 10, 25, 6, tzinfo=UTC), 15),
    ],
    ids=["to summer time", "to winter time"],
)
def test_in_a_night_of_another_length_every_hour_there_is_is_used(
    plugged_at: datetime, ready_by: datetime, hours: int
) -> None:
    """From 17:00 to 07:00 by the clock on the wall are 13 hours in spring and 15 in autumn; more is wanted."""
    changes = {"plugged_at": plugged_at, "slots": slots([3, 1, 2] * 6, plugged_at)}
    plans = planned(cars(changes | kwh(80), changes | kwh(80)), plugged_at)
    assert {plan.ready_by for plan in plans} == {ready_by}
    assert sum(plan.energy_wh for plan in plans) == pytest.approx(hours * HOUR_WH, rel=0.005)
    assert highest_a(plans) <= FUSE_A
