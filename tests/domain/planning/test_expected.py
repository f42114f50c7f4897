"""The plan for a need that is not known: no other choice of quarters costs less on average."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from math import ceil
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.calendar import HOUR, QUARTER, Stretch
from chalicelib.domain.learned_need import LearnedNeed, need_of
from chalicelib.domain.planning.expected import ExpectedProblem, expected_cost, plan_expected
from chalicelib.domain.planning.problem import PricedSlot

BEGIN = datetime(2026, 2, 10, 16, tzinfo=UTC)
POWER_W = 4000.0
UNIT_WH = 1000


def quarters(prices: list[float], begin: datetime = BEGIN) -> tuple[PricedSlot, ...]:
    """Quarter hours with these prices."""
    return tuple(
        PricedSlot(begin + number * QUARTER, begin + (number + 1) * QUARTER, price)
        for number, price in enumerate(prices)
    )


def surely(need_wh: float) -> LearnedNeed:
    """So much, no more and no less."""
    return LearnedNeed((ceil(need_wh),), (0.0,))


def problem(prices: list[float], planned_wh: float, **changes: Any) -> ExpectedProblem:
    """4 kW, 1 kWh a quarter, two starts, all that is planned surely needed and no more."""
    slots, need = quarters(prices), surely(planned_wh)
    usual = ExpectedProblem(
        begin=BEGIN, end=slots[-1].end, slots=slots, power_w=POWER_W, need=need, planned_wh=planned_wh
    )
    return msgspec.structs.replace(usual, **changes)


def runs_of(picked: tuple[int, ...]) -> list[Stretch]:
    """The quarters of these numbers, joined."""
    edges = [0, *(at for at, (a, b) in enumerate(pairwise(picked), 1) if b - a > 1), len(picked)]
    return [Stretch(BEGIN + picked[a] * QUARTER, BEGIN + (picked[b - 1] + 1) * QUARTER) for a, b in pairwise(edges)]


def all_choices(asked: ExpectedProblem, units: int) -> Iterator[list[Stretch]]:
    """Every choice of so many quarters within the starts."""
    for picked in combinations(range(len(asked.slots)), units):
        runs = runs_of(picked)
        goes_on = asked.is_charging and picked[0] == 0
        if len(runs) - goes_on <= asked.starts:
            yield runs


@settings(max_examples=150, deadline=None)
@given(
    prices=st.lists(st.integers(-3, 12).map(float), min_size=4, max_size=10),
    needs=st.lists(st.integers(200, 9000), min_size=1, max_size=6),
    units=st.integers(1, 5),
    starts=st.integers(1, 3),
    is_charging=st.booleans(),
    delivered=st.integers(0, 2),
)
def test_no_other_choice_of_quarters_costs_less_on_average(
    *, prices: list[float], needs: list[int], units: int, starts: int, is_charging: bool, delivered: int
) -> None:
    """Against every choice of whole quarters with at most so many starts, for needs of any distribution."""
    asked = problem(
        prices,
        min(units, len(prices)) * UNIT_WH,
        need=need_of(needs),
        starts=starts,
        is_charging=is_charging,
        delivered_wh=delivered * 500.0,
    )
    found = plan_expected(asked)
    assert found is not None
    least = min(expected_cost(asked, runs) for runs in all_choices(asked, min(units, len(prices))))
    assert expected_cost(asked, found) == pytest.approx(least, abs=1e-9)


@settings(max_examples=150, deadline=None)
@given(
    prices=st.lists(st.integers(-3, 12).map(float), min_size=4, max_size=12),
    planned_wh=st.integers(300, 3900),
    late_s=st.integers(0, 899),
    is_charging=st.booleans(),
)
def test_the_plan_is_whole_and_inside_its_window(
    *, prices: list[float], planned_wh: int, late_s: int, is_charging: bool
) -> None:
    """To the microsecond the energy asked for, from now on, in order, in at most two new starts; None if too much."""
    begin = BEGIN + timedelta(seconds=late_s)
    asked = problem(prices, planned_wh, need=need_of([1500, 2500]), is_charging=is_charging, begin=begin)
    found = plan_expected(asked)
    if found is None:
        assert planned_wh > (asked.end - begin - QUARTER) / HOUR * POWER_W
        return
    assert sum((run.duration for run in found), timedelta()) / HOUR * POWER_W == pytest.approx(planned_wh, abs=0.01)
    edges = [edge for run in found for edge in (run.start, run.end)]
    assert [begin, *edges, asked.end] == sorted([begin, *edges, asked.end])
    assert len(found) - (is_charging and found[0].start == begin) <= 2


def test_what_is_seldom_needed_comes_last_and_may_be_dear() -> None:
    """1 kWh is sure, the second is needed once in five: the sure one takes the cheap quarter.

    First 3, then 1: 3 x 1 + 1 x 0.2. First 1, then 9: 1 x 1 + 9 x 0.2 = 2.8, which is less.
    """
    need = LearnedNeed((1000, 2000), (0.2, 0.0))
    asked = problem([3, 7, 1, 9], 2000, need=need)
    found = plan_expected(asked)
    assert found == (Stretch(BEGIN + 2 * QUARTER, BEGIN + 4 * QUARTER),)
    assert expected_cost(asked, found) == pytest.approx(2.8)


def test_where_the_plan_ends_is_chosen_by_what_going_on_costs() -> None:
    """1 kWh is enough half the time, else the car goes on at once: after 2 for another 1, after 1 for another 9."""
    slots = quarters([2, 1, 9, 1])
    need = LearnedNeed((1000, 2000), (0.5, 0.0))
    asked = ExpectedProblem(
        begin=BEGIN, end=slots[2].end, slots=slots, power_w=POWER_W, need=need, planned_wh=1000, starts=1
    )
    found = plan_expected(asked)
    assert found == (Stretch(BEGIN, BEGIN + QUARTER),)
    assert expected_cost(asked, found) == pytest.approx(2 + 0.5 * 1)


def test_beyond_the_last_price_going_on_costs_as_much_as_before() -> None:
    """Prices end with the plan's time: half of the time another 1 kWh at the last price."""
    asked = problem([5, 3], 2000, need=LearnedNeed((2000, 3000), (0.5, 0.0)))
    assert expected_cost(asked, runs_of((0, 1))) == pytest.approx(5 + 3 + 0.5 * 3)


@settings(max_examples=100, deadline=None)
@given(
    prices=st.lists(st.integers(0, 12).map(float), min_size=6, max_size=14),
    needs=st.lists(st.integers(200, 9000), min_size=2, max_size=8),
    units=st.integers(1, 4),
)
def test_a_smaller_room_whose_rest_fits_before_the_end_is_a_plan_with_that_room(
    prices: list[float], needs: list[int], units: int
) -> None:
    """So nothing is won by planning less and going on: what has the room costs no more."""
    less, more = (problem(prices, room * UNIT_WH, need=need_of([*needs, 9000])) for room in (units, units + 1))
    found = plan_expected(less)
    assert found is not None
    if found[-1].end + QUARTER <= less.end:
        longer = plan_expected(more)
        assert longer is not None
        assert expected_cost(more, longer) <= expected_cost(less, found) + 1e-9


def test_a_surely_known_need_is_placed_in_the_cheapest_quarters() -> None:
    """Two of four quarters, in two runs."""
    assert plan_expected(problem([5, 1, 4, 2], 2000)) == tuple(runs_of((1, 3)))


def test_the_edge_inside_a_quarter_lies_where_it_costs_least() -> None:
    """1.5 kWh at 1 and 2, or at 2 and 1: the half quarter is the dear one, at the run's beginning."""
    found = plan_expected(problem([9, 2, 1, 9], 1500))
    assert found == (Stretch(BEGIN + 1.5 * QUARTER, BEGIN + 3 * QUARTER),)


def test_of_equal_plans_the_one_of_fewer_starts_that_is_done_first_is_taken() -> None:
    """All quarters cost the same."""
    assert plan_expected(problem([2, 2, 2, 2, 2], 3000)) == tuple(runs_of((0, 1, 2)))


def test_time_between_slots_is_not_charged_in_and_parts_runs() -> None:
    """With one start two quarters next to each other are taken, dear as they are."""
    slots = quarters([1, 9, 9, 9])
    asked = ExpectedProblem(
        begin=BEGIN,
        end=slots[-1].end,
        slots=(slots[0], *slots[2:]),
        power_w=POWER_W,
        need=surely(2000),
        planned_wh=2000,
        starts=1,
    )
    assert plan_expected(asked) == tuple(runs_of((2, 3)))


def test_going_on_is_no_start() -> None:
    """The run that flows goes on, and one start is left for the cheap end."""
    assert plan_expected(problem([1, 9, 9, 1], 2000, starts=1, is_charging=True)) == tuple(runs_of((0, 3)))


@settings(max_examples=60, deadline=None)
@given(
    prices=st.lists(st.integers(0, 12).map(float), min_size=8, max_size=16),
    needs=st.lists(st.integers(200, 9000), min_size=1, max_size=6),
    units=st.integers(1, 6),
)
def test_more_starts_and_more_time_never_cost_more(prices: list[float], needs: list[int], units: int) -> None:
    """One more start, or one more quarter to choose from, only adds choices."""

    def cost(starts: int, count: int) -> float:
        asked = problem(prices, units * UNIT_WH, need=need_of(needs), starts=starts, end=BEGIN + count * QUARTER)
        found = plan_expected(asked)
        assert found is not None
        return expected_cost(asked, found)

    by_starts = [cost(starts, len(prices)) for starts in (1, 2, 3, 4)]
    assert all(more <= fewer + 1e-9 for fewer, more in pairwise(by_starts))
    assert cost(2, len(prices)) <= cost(2, len(prices) - 1) + 1e-9
