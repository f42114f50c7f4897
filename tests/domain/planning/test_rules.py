"""The planner's rules beyond cost: ties, starts already used, and needs that cannot be met."""

from math import sqrt

import pytest

from chalicelib.domain.planning import plan_charging, power_w
from tests.domain.planning.problems import HOUR_AT_10_A_WH, a_need, a_problem, at, shown


@pytest.mark.parametrize(
    ("phases", "grid", "watts"),
    [(1, "TN", 3680.0), (1, "IT", 3680.0), (3, "TN", 11040.0), (3, "IT", sqrt(3) * 3680.0)],
    ids=["one phase TN", "one phase IT", "three phases TN", "three phases IT"],
)
def test_power_follows_phases_and_grid(phases: int, grid: str, watts: float) -> None:
    """16 A is 3.68 kW on one phase, three times that on TN and sqrt(3) times on IT."""
    assert power_w(16, phases, grid, 230.0) == pytest.approx(watts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("prices", "hours", "starts", "plan"),
    [
        ((2, 2, 2, 2), 1.5, 2, "00:00-01:30 10A"),
        ((1, 2, 1), 1, 1, "00:00-01:00 10A"),
        ((2, 1, 3, 1, 1), 2, 2, "03:00-05:00 10A"),
        ((1, 2, 2, 2, 1, 1), 2, None, "04:00-06:00 10A"),
        ((1, 3, 2), 1.25, 1, "00:00-01:15 10A"),
        ((3, 1, 3), 1.5, 1, "00:30-02:00 10A"),
        ((1, 5, 1), 2, 1, "00:00-01:00 10A, 01:00-02:00 6A, 02:00-02:24 10A"),
    ],
    ids=[
        "flat: at once",
        "equal hours: the earlier",
        "equal cost: one start before two",
        "unlimited starts: still the fewest",
        "a dear rest joins its run",
        "equal edges of one run: the earlier finish",
        "a dear hour bridged at the minimum",
    ],
)
def test_plans_of_equal_cost_are_told_apart(
    prices: tuple[float, ...], hours: float, starts: int | None, plan: str
) -> None:
    """Of equal cost: fewest starts, then the earliest finish."""
    problem = a_problem(prices, a_need(hours * HOUR_AT_10_A_WH), max_starts=starts)
    assert shown(plan_charging(problem).chargers[0]) == plan


def test_an_average_current_is_two_whole_currents_in_one_run() -> None:
    """7.5 A through a dear hour is half an hour of 8 A and half an hour of 7 A, without a stop."""
    problem = a_problem((1, 5, 1), a_need(27.5 * 230), max_starts=1)
    assert (
        shown(plan_charging(problem).chargers[0]) == "00:00-01:00 10A, 01:00-01:30 8A, 01:30-02:00 7A, 02:00-03:00 10A"
    )


def test_going_on_is_not_a_start() -> None:
    """With one start used of two, the present run may end and one more begin."""
    need = a_need(2 * HOUR_AT_10_A_WH, is_charging=True, starts_used=1)
    plan = plan_charging(a_problem((1, 9, 1), need, max_starts=2)).chargers[0]
    assert (shown(plan), plan.starts) == ("00:00-01:00 10A, 02:00-03:00 10A", 1)


def test_with_no_start_left_the_present_run_carries_on() -> None:
    """A car that charges with its starts used up stays on, at the minimum where it is dear."""
    need = a_need(2 * HOUR_AT_10_A_WH, is_charging=True, starts_used=2)
    plan = plan_charging(a_problem((1, 9, 1), need, max_starts=2)).chargers[0]
    assert (plan.starts, plan.intervals[0].start, plan.unmet_wh) == (0, at(0), 0)
    assert shown(plan) == "00:00-01:00 10A, 01:00-02:00 6A, 02:00-02:24 10A"


def test_energy_comes_before_the_limit_on_starts_once_they_are_used_up() -> None:
    """A car that stands still with its starts used up is started once more."""
    need = a_need(HOUR_AT_10_A_WH, starts_used=2)
    plan = plan_charging(a_problem((5, 1), need, max_starts=2)).chargers[0]
    assert (shown(plan), plan.unmet_wh) == ("01:00-02:00 10A", 0)


def test_a_need_beyond_the_window_takes_all_of_it_and_says_what_is_missing() -> None:
    """Three hours hold 6.9 kWh of ten."""
    plan = plan_charging(a_problem((1, 2, 3), a_need(10_000.0), max_starts=2)).chargers[0]
    assert (shown(plan), plan.energy_wh, plan.unmet_wh) == ("00:00-03:00 10A", 6900.0, 3100.0)


def test_nothing_needed_is_nothing_planned() -> None:
    """Without need there is no interval and no end."""
    plan = plan_charging(a_problem((-1, -2), a_need(0.0))).chargers[0]
    assert (plan.intervals, plan.starts, plan.done_at) == ((), 0, None)


def test_equal_prices_at_many_different_limits_do_not_grow_the_search() -> None:
    """A fixed price under a limit that changes every quarter is charged at once, as one run."""
    limits_a = tuple(6.0 + i % 5 for i in range(96))
    problem = a_problem((1.0,) * 96, a_need(20_000.0), slot_hours=0.25, limits_a=limits_a, max_starts=2)
    plan = plan_charging(problem).chargers[0]
    assert (plan.starts, plan.unmet_wh, plan.intervals[0].start) == (1, 0, at(0))
