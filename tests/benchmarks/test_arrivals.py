"""How own time is told at a given load."""

from collections.abc import Callable

import pytest

from benchmarks.api import route_figures
from benchmarks.arrivals import Measured, OwnClock, arrivals, drive


class Hands:
    """A clock that only we move; sleeping moves it by as much."""

    def __init__(self) -> None:
        self.at_s = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.at_s

    def move(self, by_s: float) -> None:
        """Let time pass."""
        self.at_s += by_s


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def clock(hands: Hands) -> OwnClock:
    return OwnClock(hands, hands.move)


def work(hands: Hands, *took_s: float) -> Callable[[], Callable[[], None]]:
    """Requests that take so long, one after the other; making one ready takes an hour."""
    left = list(took_s)

    def prepare() -> Callable[[], None]:
        hands.move(3600)
        return lambda: hands.move(left.pop(0))

    return prepare


def test_what_the_store_takes_is_not_seen(hands: Hands, clock: OwnClock) -> None:
    """Of three seconds, two in the store, one is ours."""
    before_s = clock.now_s()
    hands.move(1)
    with clock.stopped():
        hands.move(2)
    assert clock.now_s() - before_s == pytest.approx(1)


def test_a_request_that_waits_for_another_has_waited(hands: Hands, clock: OwnClock) -> None:
    """They arrive at 1, 2 and 9 s and take 3, 1 and 1 s: the second begins at 4 and is done at 5."""
    assert drive(clock, [1, 2, 9], work(hands, 3, 1, 1)) == pytest.approx([3, 3, 1])


def test_arrivals_come_at_the_rate_and_the_same_way_each_time() -> None:
    """Fifty a second on average: 2,000 take 40 s, give or take three times what chance does to the sum (0.9 s)."""
    drawn = arrivals(50, 2000, seed=1)
    assert drawn == arrivals(50, 2000, seed=1) == sorted(drawn)
    assert drawn[-1] == pytest.approx(40, abs=2.7)


def test_each_route_stands_beside_the_cheapest_one() -> None:
    """p50 is the median of the rounds' medians, as a multiple of the baseline's; p99 is that of all requests."""
    health = Measured(rounds=[[0.001], [0.002], [0.009]])
    home = Measured(rounds=[[0.004, 0.006, 0.005], [0.006], [0.5]], store_calls=3)
    _, _, middle, slow = route_figures({"GET /v1/health": health, "GET /v1/home": home})
    assert [middle.value, middle.ratio, slow.value] == pytest.approx([6, 3, 500])
    assert (middle.note, slow.note) == ("3 calls to the store", "of 5 requests")
