"""Capacity steps: energy where it is cheapest against the price of a higher hour."""

import pytest

from chalicelib.domain.planning import CapacityStep, plan_charging, plan_within_steps
from tests.domain.planning.problems import HOUR_AT_10_A_WH, a_need, a_problem, at, chance_of, shown

FREE = CapacityStep(hour_limit_wh=None, price=10.0)
LOW = CapacityStep(hour_limit_wh=1500.0, price=0.0)


def test_a_higher_step_is_avoided_where_spreading_costs_less() -> None:
    """Ten for a higher hour is more than the dear hour costs: both hours are used at a lower current."""
    found = plan_within_steps(a_problem((1, 2), a_need(HOUR_AT_10_A_WH), max_starts=1), [FREE, LOW])
    assert found.step == LOW
    assert found.cost == pytest.approx(1.5 * 1 + 0.8 * 2)


def test_a_higher_step_is_taken_where_it_costs_less_than_dear_hours() -> None:
    """A dear hour of 20 is worse than the step."""
    found = plan_within_steps(a_problem((1, 20), a_need(HOUR_AT_10_A_WH), max_starts=1), [LOW, FREE])
    assert found.step == FREE
    assert found.cost == pytest.approx(12.3)
    assert shown(found.plan.chargers[0]) == "00:00-01:00 10A"


def test_energy_comes_before_the_price_of_a_step() -> None:
    """A need that only the higher step delivers is delivered."""
    found = plan_within_steps(a_problem((1,), a_need(HOUR_AT_10_A_WH), max_starts=1), [LOW, FREE])
    assert (found.step, found.plan.chargers[0].unmet_wh) == (FREE, 0)


def test_the_problems_own_hour_limit_holds_on_every_step() -> None:
    """A step without limit does not lift the limit of the site."""
    problem = a_problem((1, 2), a_need(HOUR_AT_10_A_WH), max_starts=1, hour_limit_wh=1840.0)
    assert plan_within_steps(problem, [FREE]).plan == plan_charging(problem)


def test_steps_must_be_given() -> None:
    """No step is a mistake of the caller."""
    with pytest.raises(ValueError, match="no steps"):
        plan_within_steps(a_problem((1,), a_need(1.0)), [])


@pytest.mark.parametrize("seed", range(20))
def test_no_step_would_have_been_cheaper(seed: int) -> None:
    """Planned for every step by itself, none with all of the energy costs less together with its price."""
    chance = chance_of(seed)
    prices = [chance.uniform(0.2, 3.0) for _ in range(10)]
    steps = [
        CapacityStep(hour_limit_wh=wh, price=n * chance.uniform(0.0, 2.0)) for n, wh in enumerate((1500, 1900, None))
    ]
    need = a_need(chance.uniform(2000, 12_000), available_from=at(0.5))
    best = plan_within_steps(a_problem(prices, need, max_starts=2), steps)
    for step in steps:
        plan = plan_charging(a_problem(prices, need, max_starts=2, hour_limit_wh=step.hour_limit_wh))
        assert plan.chargers[0].unmet_wh > 1e-3 or best.cost <= plan.cost + step.price + 1e-9
