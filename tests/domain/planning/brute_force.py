"""Every plan of two chargers on half hours and whole amperes, tried: what no heuristic can argue with."""

from collections.abc import Iterator
from itertools import product

from chalicelib.domain.planning import ChargerNeed, PlanningProblem, PricedSlot
from tests.domain.planning.problems import a_need, a_problem, at, chance_of

STEPS = 2
"""In an hour."""
WH_PER_UNIT = 230.0 / STEPS
"""An ampere for one step."""

State = tuple[int, ...]
"""Of both chargers: the units still needed, the starts left, and whether it is on."""


def small_pair(seed: int) -> PlanningProblem:
    """Two chargers on one phase and three to seven hours, whole ampere-hours, a limit that jumps, one or two starts."""
    chance = chance_of(seed)
    hours = chance.randint(3, 7)
    limits_a = tuple(float(chance.choice([8, 10, 12, 14, 16, 20, 32])) for _ in range(hours))
    needs = [
        a_need(
            230.0 * chance.randint(3, 20),
            charger_id=str(n),
            max_a=chance.choice([10.0, 16.0]),
            available_from=at(chance.choice([0, 0, 1])),
            until=float(chance.randint(3, hours)),
        )
        for n in range(2)
    ]
    prices = [chance.uniform(0.05, 2) for _ in range(hours)]
    return a_problem(prices, *needs, limits_a=limits_a, max_starts=chance.choice([1, 2]))


def least_cost_on_half_hours(problem: PlanningProblem) -> float | None:
    """The least cost of all needs; None where half hours and whole amperes cannot meet them."""
    one, other = problem.chargers
    starts = problem.max_starts or 0
    costs: dict[State, float] = {(_units(one), starts, 0, _units(other), starts, 0): 0.0}
    for slot, limit_a in zip(problem.slots, problem.limits_a, strict=True):
        pairs = [(a, b) for a, b in product(_currents(one, slot), _currents(other, slot)) if a + b <= limit_a]
        for _ in range(STEPS):
            costs = _after_step(costs, pairs, slot.price * WH_PER_UNIT / 1000)
    return min((cost for state, cost in costs.items() if state[0] == state[3] == 0), default=None)


def _after_step(costs: dict[State, float], pairs: list[tuple[int, int]], unit_price: float) -> dict[State, float]:
    found: dict[State, float] = {}
    for state, cost in costs.items():
        for a, b in pairs:
            if a <= state[0] and b <= state[3]:
                after = (*_charged(state[:3], a), *_charged(state[3:], b))
                total = cost + unit_price * (a + b)
                if after[1] >= 0 and after[4] >= 0 and total < found.get(after, float("inf")):
                    found[after] = total
    return found


def _charged(state: State, units: int) -> State:
    needed, starts, is_on = state
    return needed - units, starts - (units > 0 and not is_on), int(units > 0)


def _currents(need: ChargerNeed, slot: PricedSlot) -> list[int]:
    return list(_whole_amperes(need)) if need.available_from <= slot.start and slot.end <= need.ready_by else [0]


def _whole_amperes(need: ChargerNeed) -> Iterator[int]:
    yield 0
    yield from range(int(need.min_a), int(need.max_a) + 1)


def _units(need: ChargerNeed) -> int:
    return round(need.need_wh / WH_PER_UNIT)
