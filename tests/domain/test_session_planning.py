"""What is planned for a session, and what is promised when prices, fuses or time are short."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any

import msgspec
import pytest

from chalicelib.domain.balancing import Supply
from chalicelib.domain.calendar import DAY, HOUR, Stretch
from chalicelib.domain.costs import Cost
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.learned_need import Stay, need_of
from chalicelib.domain.money import Money
from chalicelib.domain.planning_cases import EXTENSION_WH, HouseHistory, PlanningCase, UnreadFlow, deliverable_a
from chalicelib.domain.plans import ChargingPlan, PlanId, is_same, with_miss
from chalicelib.domain.prices import PriceSlot
from chalicelib.domain.session_planning import plan_session
from chalicelib.domain.sessions import SessionGoal

PLUG_IN = datetime(2026, 2, 10, 16, 0, tzinfo=UTC)
READY_BY = datetime(2026, 2, 11, 6, 0, tzinfo=UTC)
PRICES = [5, 6, 5, 4, 4, 3, 3, 2, 1, 1, 1, 2, 3, 4, 6, 7]
POWER_W = 32 * 230


def slots(values: list[int], first: datetime = PLUG_IN) -> tuple[PriceSlot, ...]:
    """Hours with these prices."""
    return tuple(
        PriceSlot(first + HOUR * number, first + HOUR * (number + 1), Decimal(value))
        for number, value in enumerate(values)
    )


def case(**changes: Any) -> PlanningCase:
    """A car at 17:00 in Bergen that wants 22.08 kWh, three hours at 32 A, by 07:00."""
    usual = PlanningCase(
        charger_id=ChargerId("c1"),
        plug_seq=4,
        plugged_at=PLUG_IN,
        goal=SessionGoal(energy_wh=3 * POWER_W),
        daily_ready_by=time(7),
        time_zone="Europe/Oslo",
        limit_a=32,
        phases=1,
        grid="IT",
        delivered_wh=0,
        starts_used=0,
        is_drawing=False,
        slots=slots(PRICES),
        cost_so_far=Cost(Money(Decimal(0), "NOK")),
    )
    return msgspec.structs.replace(usual, **changes)


def planned(found: PlanningCase, now: datetime = PLUG_IN) -> ChargingPlan:
    """The plan at `now`."""
    return plan_session(found, PlanId("p1"), now)


def test_the_cheapest_hours_are_used() -> None:
    """Three hours at 1, from 01:00 to 04:00, ready at 04:00."""
    plan = planned(case())
    runs = [(step.start - PLUG_IN, step.end - PLUG_IN, step.current_a, step.reason) for step in plan.steps]
    assert runs == [(8 * HOUR, 11 * HOUR, 32, "cheap_hours")]
    assert plan.ready_at == PLUG_IN + 11 * HOUR


def test_the_plan_tells_what_is_saved_against_charging_at_once() -> None:
    """22.08 kWh at 1 instead of at 5, 6 and 5."""
    plan = planned(case())
    per_hour = Decimal(POWER_W) / 1000
    assert (plan.total_cost, plan.cost_at_once) == (Money(3 * per_hour, "NOK"), Money(16 * per_hour, "NOK"))


def test_no_choice_of_whole_hours_costs_less() -> None:
    """Against every way of choosing three hours in at most two runs; a run bridged at 6 A may even beat them."""
    prices = [3, 1, 5, 1, 4, 2, 6, 1, 9, 1, 5, 5, 3, 2]
    hours = [picked for picked in combinations(range(14), 3) if sum(b - a > 1 for a, b in pairwise(picked)) <= 1]
    best = min(sum(prices[hour] for hour in picked) for picked in hours)
    plan = planned(case(slots=slots(prices)))
    assert plan.starts == 2
    assert plan.total_cost is not None
    assert plan.total_cost.amount <= best * Decimal(POWER_W) / 1000


def test_the_need_is_always_delivered_to_the_watt_hour() -> None:
    """Edges are rounded outwards to whole seconds: never less is offered than is needed."""
    plan = planned(case(goal=SessionGoal(energy_wh=12_345)), PLUG_IN + timedelta(microseconds=700_001))
    offered_wh = sum(step.current_a * 230 * (step.end - step.start).total_seconds() / 3600 for step in plan.steps)
    assert (plan.energy_wh, plan.unmet_wh) == (12_345, 0)
    assert 12_345 <= offered_wh < 12_345 + 2 * POWER_W / 3600
    assert all(step.start.microsecond == step.end.microsecond == 0 for step in plan.steps)


def test_a_car_that_takes_more_is_not_stopped() -> None:
    """The last run goes on for half an hour, and from ready_by on the car gets what it wants."""
    spare = planned(case()).spare_steps
    assert [(step.start - PLUG_IN, step.end - PLUG_IN, step.reason) for step in spare] == [
        (11 * HOUR, 11.5 * HOUR, "reserve"),
        (14 * HOUR, 26 * HOUR, "after_ready_by"),
    ]


def test_a_need_that_is_used_up_is_extended() -> None:
    """A car that has had its 22 kWh and is not full is planned some more."""
    plan = planned(case(delivered_wh=3 * POWER_W, is_drawing=True, starts_used=1), PLUG_IN + 11 * HOUR)
    assert (plan.need_wh, plan.unmet_wh) == (3 * POWER_W + EXTENSION_WH, 0)


def test_what_was_delivered_is_not_planned_again() -> None:
    """Two of the three hours are done; the third remains, and its cost comes on top of what was paid."""
    paid = Cost(Money(Decimal(10), "NOK"))
    now = PLUG_IN + 10 * HOUR
    plan = planned(case(delivered_wh=2 * POWER_W, is_drawing=True, starts_used=1, cost_so_far=paid), now)
    assert [(step.start, step.end) for step in plan.steps] == [(now, now + HOUR)]
    assert (plan.starts, plan.total_cost) == (1, Money(10 + Decimal(POWER_W) / 1000, "NOK"))


def test_a_plan_made_while_a_car_charges_costs_what_the_plan_before_did() -> None:
    """A quarter hour has flowed that no reading has told yet: their energy and their price are both in the new plan."""
    before, now = planned(case()), PLUG_IN + 8 * HOUR + timedelta(minutes=15)
    unread = UnreadFlow(POWER_W // 4, Stretch(now - timedelta(minutes=15), now))
    again = planned(case(delivered_wh=unread.energy_wh, unread=unread, is_drawing=True, starts_used=1), now)
    assert again.energy_wh == before.energy_wh
    assert (again.total_cost, again.expected_cost) == (before.total_cost, before.expected_cost)
    assert again.energy_cost == before.energy_cost


def test_unknown_hours_are_forecast_and_never_free() -> None:
    """Prices end at 22:00; the day before tells that the night will be cheap, and the cheap night is used."""
    yesterday = slots([2] * 24, PLUG_IN - 24 * HOUR)
    plan = planned(case(slots=(*yesterday, *slots([5, 6, 5, 4, 4]))))
    assert {step.reason for step in plan.steps} == {"forecast_prices"}


def test_known_cheap_hours_are_not_left_for_a_dear_forecast() -> None:
    """The forecast says 9: the known hours at 3 are used."""
    yesterday = slots([9] * 24, PLUG_IN - 24 * HOUR)
    plan = planned(case(slots=(*yesterday, *slots([3, 3, 3, 4, 4]))))
    assert [(step.start, step.reason) for step in plan.steps] == [(PLUG_IN, "cheap_hours")]


def test_without_any_price_the_car_is_charged_at_once() -> None:
    """No prices never means no charging; nothing is told about cost."""
    plan = planned(case(slots=()))
    assert [(step.start, step.reason) for step in plan.steps] == [(PLUG_IN, "no_prices")]
    assert (plan.total_cost, plan.cost_at_once) == (None, None)


def test_a_need_that_does_not_fit_is_met_as_far_as_possible_and_says_when() -> None:
    """Two hours are left for three hours' need: both are used, the rest follows ready_by."""
    plan = planned(case(), READY_BY - 2 * HOUR)
    assert (plan.energy_wh, plan.unmet_wh, plan.ready_at) == (2 * POWER_W, POWER_W, READY_BY + HOUR)
    assert plan.spare_steps[0].start == READY_BY


def test_after_ready_by_it_charges_until_the_car_is_full() -> None:
    """The goal was missed: charge now."""
    plan = planned(case(delivered_wh=POWER_W), READY_BY + HOUR)
    assert [(step.start, step.reason) for step in plan.steps] == [(READY_BY + HOUR, "after_ready_by")]


def test_a_session_that_has_used_its_starts_gets_one_more_if_it_must() -> None:
    """Better a third start than a car that is not full."""
    plan = planned(case(starts_used=2, delivered_wh=POWER_W), PLUG_IN + 2 * HOUR)
    assert (plan.starts, plan.unmet_wh) == (3, 0)


def test_fuses_too_small_for_any_car_leave_no_plan() -> None:
    """Under 6 A nothing can be offered."""
    plan = planned(case(limit_a=5))
    assert (plan.offers, plan.unmet_wh, plan.ready_at) == ((), 3 * POWER_W, None)


@pytest.mark.parametrize(
    ("circuit", "main", "limit"),
    [(32, 63, 32), (32, 25, 24), (16, 25, 16), (40, 63, 32), (32, 50, 32), (32, 35, 33 - 1), (20, 16, 15), (32, 1, 0)],
)
def test_the_smaller_of_circuit_and_main_fuse_rules(circuit: int, main: int, limit: int) -> None:
    """The main fuse keeps a margin of 1 A or 4 %, and no charger offers more than 32 A."""
    assert deliverable_a(circuit, main) == limit


def test_a_plan_made_again_in_its_middle_is_the_same_plan() -> None:
    """A second look, an hour into the run, finds nothing to tell the charger."""
    before = planned(case())
    again = planned(case(delivered_wh=POWER_W, is_drawing=True, starts_used=1), PLUG_IN + 9 * HOUR)
    assert is_same(before, again)


@pytest.mark.parametrize(
    "change",
    [{"limit_a": 16}, {"plug_seq": 5}, {"goal": SessionGoal(energy_wh=30_000)}, {"slots": slots([1, 1, 1, 2, 2, 2])}],
    ids=["current", "car", "need", "prices"],
)
def test_a_plan_that_differs_is_another_plan(change: dict[str, Any]) -> None:
    """Whatever the charger must know makes a new plan."""
    assert not is_same(planned(case()), planned(case(**change)))


def test_the_plan_never_lies_outside_its_window() -> None:
    """From now to the horizon, in order, without overlap."""
    offers = planned(case()).offers
    whole = Stretch(PLUG_IN, READY_BY + 12 * HOUR)
    assert all(step.start in whole and step.end <= whole.end for step in offers)
    assert all(earlier.end <= later.start for earlier, later in pairwise(offers))


def test_full_mode_is_charged_at_once_whatever_it_costs() -> None:
    """From now on at the limit, with its reason, in one go."""
    [step] = planned(case(is_full_mode=True)).steps
    assert (step.start, step.end, step.current_a, step.reason) == (PLUG_IN, PLUG_IN + 3 * HOUR, 32, "full_mode")


@pytest.mark.parametrize(("most", "expected"), [(1, 1), (2, 2), (3, 3)])
def test_a_session_begins_no_oftener_than_the_setting_says(most: int, expected: int) -> None:
    """Three cheap hours with dear ones between them: as many of them as there may be starts, the first for free."""
    prices = [9, 1, 9, 9, 1, 9, 9, 1, 9, 9, 9, 9, 9, 9, 9, 9]
    assert planned(case(slots=slots(prices), max_starts=most)).starts == expected


def test_a_car_that_may_leave_early_is_charged_earlier_unless_that_is_much_dearer() -> None:
    """Cheap hours at dawn are given up for a little more money, not for three times as much; shown costs stay true."""
    near = [10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 9, 9, 9, 10, 10]
    far = [30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 1, 1, 1, 30, 30]
    begins = [planned(case(slots=slots(prices), leaves_early=True)).steps[0].start for prices in (near, far)]
    assert begins == [PLUG_IN, PLUG_IN + 11 * HOUR]
    usual, careful = (planned(case(slots=slots(near), leaves_early=early)) for early in (False, True))
    assert usual.steps[0].start == PLUG_IN + 11 * HOUR
    assert careful.total_cost == Money(Decimal("220.8"), "NOK")


def test_a_car_that_may_leave_early_is_planned_the_same_later_on() -> None:
    """Waiting costs the same each hour, so an hour later the same hours are best."""
    prices = [9, 6, 5, 5, 5, 5, 5, 5, 4, 4, 4, 4, 4, 4, 4, 4]
    first = planned(case(slots=slots(prices), leaves_early=True))
    assert first.steps[0].start > PLUG_IN
    assert is_same(first, planned(case(slots=slots(prices), leaves_early=True), PLUG_IN + HOUR / 2))


def usually(*energies_kwh: int, **changes: Any) -> PlanningCase:
    """A car of which only earlier sessions tell what it needs."""
    return case(goal=SessionGoal(), need=need_of([1000 * energy for energy in energies_kwh]), **changes)


def test_what_is_seldom_needed_comes_last_and_may_be_dear() -> None:
    """Of twenty sessions eighteen needed 7 kWh, one 14 and one 22: the first 7 kWh get the cheapest hour, +9.

    What may come after it follows at 3 and 2. Somebody who surely needs 22 kWh would begin at +7, for 2.
    """
    prices = [5, 6, 5, 4, 4, 3, 3, 2, 4, 1, 3, 2, 3, 4, 6, 7]
    plan = planned(usually(*[7] * 18, 14, 22, slots=slots(prices)))
    surely = planned(case(goal=SessionGoal(energy_wh=22_000), slots=slots(prices)))
    assert (plan.steps[0].start, surely.steps[0].start) == (PLUG_IN + 9 * HOUR, PLUG_IN + 7 * HOUR)
    assert plan.need_wh == 21_600  # 0.95 of the way from 14 to 22 kWh: 19.95 is 0.95 x 21
    assert plan.probability == pytest.approx(0.95)


def test_the_expected_cost_weighs_what_is_seldom_needed() -> None:
    """Prices are all 1: 7 kWh surely, 7 more with 3/21 and 7.6 more with 2/21; at once costs the same."""
    plan = planned(usually(*[7] * 18, 14, 22, slots=slots([1] * 16)))
    average = 7 + 7 * 3 / 21 + 7.6 * 2 / 21
    assert plan.total_cost == Money(Decimal("21.6"), "NOK")
    for cost in (plan.expected_cost, plan.cost_at_once):
        assert cost is not None
        assert float(cost.amount) == pytest.approx(average, abs=0.002)


def test_half_of_an_uncertain_need_is_what_a_user_is_warned_by() -> None:
    """Two hours are left: 14.7 kWh. That is too little for one session in twenty, and nobody is warned."""
    late = READY_BY - 2 * HOUR
    seldom, often = planned(usually(*[7] * 18, 14, 22), late), planned(usually(*[22] * 20), late)
    assert (seldom.unmet_wh, with_miss(seldom, None, is_extended=False).missing_wh) == (0, 0)
    assert (often.unmet_wh, with_miss(often, None, is_extended=False).missing_wh) == (7_280, 7_280)


def test_a_car_that_draws_beyond_all_that_is_usual_is_not_stopped() -> None:
    """7 kWh were always enough; the car still draws, and goes on at once, dear as it is."""
    plan = planned(usually(*[7] * 20, delivered_wh=7_000, is_drawing=True, starts_used=1))
    assert (plan.steps[0].start, plan.steps[0].reason, plan.probability) == (PLUG_IN, "reserve", None)


def test_somebody_who_sometimes_leaves_early_is_charged_earlier() -> None:
    """Half of the cars left at 21:00: 7 kWh at 1.00 before that beat 7 kWh at 0.80 after 22:00."""
    left = [4 * HOUR] * 10 + [14 * HOUR] * 10
    stays = tuple(
        Stay(PLUG_IN - day * DAY, PLUG_IN - day * DAY + after)
        for day, after in zip(range(20, 0, -1), left, strict=True)
    )
    prices = [1] * 5 + [Decimal("0.8")] * 11
    usual = usually(*[7] * 20, slots=slots(prices), stays=stays)  # type: ignore[arg-type]
    early = msgspec.structs.replace(usual, leaves_early=True)
    assert planned(usual).steps[0].start >= PLUG_IN + 5 * HOUR
    assert planned(early).steps[0].start < PLUG_IN + 4 * HOUR


def test_a_learned_plan_made_again_is_the_same_plan() -> None:
    """In the middle of its first run, and a while before it."""
    usual = usually(5, 6, 7, 7, 7, 8, 9, 10, 12, 15, slots=slots(PRICES))
    before = planned(usual)
    waiting = planned(usual, PLUG_IN + timedelta(hours=1, minutes=7))
    start = before.steps[0].start + timedelta(minutes=20)
    drawn = msgspec.structs.replace(usual, delivered_wh=POWER_W // 3, is_drawing=True, starts_used=1)
    assert is_same(before, waiting)
    assert is_same(before, planned(drawn, start))


def test_a_plan_counts_only_on_what_the_house_usually_leaves() -> None:
    """From 01:00 to 04:00 local time the house takes 36 A of 40: these cheapest hours are left out."""
    quarters = dict.fromkeys(range(2 * 96 + 4, 2 * 96 + 16), (360, 360, 360))
    quiet = HouseHistory(quarters={}, supply=Supply(main_fuse_a=40, grid_type="IT"))
    busy = msgspec.structs.replace(quiet, quarters=quarters)
    night = Stretch(datetime(2026, 2, 11, 0, 0, tzinfo=UTC), datetime(2026, 2, 11, 3, 0, tzinfo=UTC))
    used = [
        any(step.start < night.end and step.end > night.start for step in planned(case(house=house)).steps)
        for house in (quiet, busy)
    ]
    assert used == [True, False]
    assert planned(case(house=busy)).unmet_wh == 0
