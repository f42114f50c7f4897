"""One charger: the plan is the cheapest there is, judged by two independent answers."""

from itertools import product

import pytest

from chalicelib.domain.planning.pieces import Car, Piece, Stretch, cut_pieces
from chalicelib.domain.planning.planner import plan_charging
from chalicelib.domain.planning.single import plan_energies
from chalicelib.domain.planning.track import track_of
from tests.domain.planning.oracle import solve
from tests.domain.planning.problems import a_need, a_problem, chance_of, random_pieces


@pytest.mark.parametrize("block", range(18))
def test_no_plan_is_cheaper_than_ours(block: int) -> None:
    """Over 1 800 random problems the energy and the cost are those of the mixed-integer programme."""
    for seed in range(block * 100, block * 100 + 100):
        agree(*random_pieces(chance_of(seed), most_slots=8), seed)


@pytest.mark.parametrize("block", range(8))
def test_no_plan_of_a_rough_night_is_cheaper_than_ours(block: int) -> None:
    """The same over 128 problems in which every price is another and starts are few, so that greed does not do.

    `./dev bench planner --exact N` compares as many as one likes.
    """
    for seed in range(block * 16, block * 16 + 16):
        chance = chance_of(seed)
        stretches = [Stretch(n * 900.0, (n + 1) * 900.0, chance.uniform(0.5, 2), 100.0) for n in range(18)]
        car = Car(0.0, 1e9, 6.0, chance.choice([8.0, 10.0, 16.0]), 230.0, 0.0, chance.choice([1, 2]), is_charging=False)
        pieces = cut_pieces(stretches, car)
        need_wh = chance.uniform(0.2, 0.9) * sum(piece.high_wh for piece in pieces)
        agree(pieces, car._replace(need_wh=need_wh), seed)


def agree(pieces: list[Piece], car: Car, seed: int) -> None:
    """One problem, solved by us and by HiGHS at its tolerance of 1e-9."""
    track = track_of(pieces)
    ours = plan_energies(track, car.need_wh, car.starts_left)
    theirs = solve(pieces, car.need_wh, car.starts_left)
    assert sum(ours) == pytest.approx(theirs.energy_wh, abs=1e-3), seed
    assert track.cost(ours) == pytest.approx(theirs.cost, rel=1e-6, abs=1e-3), seed
    assert car.starts_left is None or track.starts(ours) <= car.starts_left, seed


@pytest.mark.parametrize("seed", range(12))
def test_a_whole_night_of_quarters_is_planned_exactly(seed: int) -> None:
    """A night of 40 rough quarters with at most two starts costs what the mixed-integer programme finds."""
    chance = chance_of(seed)
    prices = [round(chance.uniform(0.2, 1.5), 3) for _ in range(40)]
    need_wh = chance.uniform(3000, 15000)
    plan = plan_charging(a_problem(prices, a_need(need_wh), slot_hours=0.25, max_starts=2))
    pieces = _pieces_of(prices)
    assert plan.cost * 1000 == pytest.approx(solve(pieces, need_wh, 2).cost, rel=1e-6)


@pytest.mark.parametrize("seed", range(30))
def test_trying_every_whole_number_of_ampere_hours_finds_nothing_cheaper(seed: int) -> None:
    """Four hours, 0 to 10 ampere-hours in each, every combination tried: none with so few starts costs less."""
    chance = chance_of(seed)
    prices = [float(chance.randint(-2, 9)) for _ in range(4)]
    need_ah, starts = chance.randint(1, 40), chance.randint(1, 3)
    plan = plan_charging(a_problem(prices, a_need(need_ah * 230.0), max_starts=starts))
    tried = [
        0.23 * sum(p * ah for p, ah in zip(prices, hours, strict=True))
        for hours in product(range(11), repeat=4)
        if sum(hours) == need_ah and _starts(hours) <= starts
    ]
    assert plan.cost == pytest.approx(min(tried), abs=1e-9)


def _starts(hours: tuple[int, ...]) -> int:
    """The fewest runs that give these ampere-hours: below 6 an hour is on in part and touches one neighbour only."""
    starts, touches = 0, False
    for ah in hours:
        if ah == 0:
            touches = False
        else:
            starts += not touches
            touches = ah >= 6 or not touches
    return starts


def _pieces_of(prices: list[float]) -> list[Piece]:
    car = Car(0.0, 1e9, 6.0, 10.0, 230.0, 0.0, 2, is_charging=False)
    return cut_pieces([Stretch(i * 900.0, (i + 1) * 900.0, price, 100.0) for i, price in enumerate(prices)], car)
