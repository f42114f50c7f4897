"""The cheapest flow is a linear programme's optimum: HiGHS says so."""

from operator import mul

import pytest

from benchmarks.planner_bounds import LinearBound
from chalicelib.domain.planning.network import cheapest_flow
from chalicelib.domain.planning.placing import hours_left
from chalicelib.domain.planning.planner import site_of
from tests.domain.planning.problems import a_need, a_problem, at, chance_of

KINDS = {"alike": ((1, 1, 1), None), "4 kWh an hour": ((1, 1, 1), 4000.0), "one and three phases": ((1, 3, 1), None)}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("phases", "hour_limit_wh"), KINDS.values(), ids=KINDS)
def test_no_sharing_of_the_limit_is_cheaper(seed: int, phases: tuple[int, ...], hour_limit_wh: float | None) -> None:
    """Three chargers, half hours, prices also below nothing: the flow costs what the linear programme does."""
    chance = chance_of(seed)
    prices = [chance.uniform(-0.2, 2.0) for _ in range(24)]
    needs = [
        a_need(
            chance.uniform(2000, 7000),
            charger_id=str(n),
            phases=phases[n],
            max_a=chance.choice([10.0, 16.0]),
            available_from=at(chance.choice([0, 0.5, 2])),
            until=chance.uniform(8, 12),
        )
        for n in range(3)
    ]
    limits_a = tuple(float(chance.choice([5, 14, 20, 25])) for _ in prices)
    problem = a_problem(prices, *needs, limits_a=limits_a, slot_hours=0.5, hour_limit_wh=hour_limit_wh)
    site = site_of(problem)
    flow = cheapest_flow(site.stretches, site.cars, hours_left(site, ()))
    watts = [car.watts_per_a for car in site.cars]
    missing_wh = sum(map(mul, flow.missing_ah, watts))
    bound = LinearBound(site)
    most_wh = bound.most_energy_wh()
    if len(set(phases)) == 1 or missing_wh < 1e-6:
        assert sum(car.need_wh for car in site.cars) - missing_wh == pytest.approx(most_wh, abs=1e-3)
        row_prices = [stretch.price for stretch in site.stretches]
        cost = sum(sum(map(mul, row, row_prices)) * watt for row, watt in zip(flow.given_ah, watts, strict=True))
        assert cost == pytest.approx(bound.least_cost(most_wh), rel=1e-6, abs=1e-2)
