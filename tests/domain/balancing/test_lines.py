"""Which lines a one-phase car loads is seen from its own steps."""

import pytest

from chalicelib.domain.balancing.lines import loads_seen
from chalicelib.domain.balancing.model import Loads, MaybeLines, Supply
from tests.domain.balancing.home import IT25, TN25, A, B, Home, a_charger

ROOMY = (2.0, 4.0, 12.0)


def stepping(home: Home, times: int) -> Home:
    """The car is paused by its plan and starts again."""
    for _ in range(times):
        home.change(A, wanted_a=16)
        home.live(240, ROOMY)
        home.change(A, wanted_a=0)
        home.live(60, ROOMY)
    return home


def learned(home: Home) -> Loads | None:
    """What the site believes."""
    held = home.state.find(next(iter(home.chargers)))
    assert held is not None
    return held.lines


@pytest.mark.parametrize(
    ("line", "loads"), [(0, (True, False, False)), (1, (False, True, False)), (2, (False, False, True))]
)
def test_three_steps_tell_the_line_on_tn(line: int, loads: Loads) -> None:
    """The one line that moves with the charger."""
    home = Home(a_charger(phases=1), supply=TN25, wiring={A: (line,)})
    home.live(100, ROOMY)
    assert learned(home) is None
    assert learned(stepping(home, 3)) == loads


@pytest.mark.parametrize("measures_line_2", [True, False])
@pytest.mark.parametrize(
    ("lines", "loads"), [((0, 1), (True, True, False)), ((1, 2), (False, True, True)), ((0, 2), (True, False, True))]
)
def test_three_steps_tell_the_pair_on_it(lines: tuple[int, int], loads: Loads, *, measures_line_2: bool) -> None:
    """Two lines move together; the one that nobody measures follows from the others."""
    home = Home(a_charger(phases=1), supply=IT25, wiring={A: lines})
    home.measures_line_2 = measures_line_2
    assert learned(stepping(home, 2)) == loads


def test_a_learned_line_is_no_longer_held_by_the_fullest() -> None:
    """On line 1 there is room for 16 A though line 3 carries 12 A."""
    home = Home(a_charger(phases=1), supply=TN25, wiring={A: (0,)})
    assert max(home.live(140, ROOMY)) <= 24 - 12
    assert home.live(600, ROOMY)[-1] == 16


@pytest.mark.parametrize(
    ("supply", "after", "loads"),
    [
        pytest.param(TN25, (10.0, 4.0, 5.0), (True, False, False), id="clear"),
        pytest.param(TN25, (10.0, 7.0, 5.0), None, id="the-house-moved-too"),
        pytest.param(TN25, (10.0, 10.0, 5.0), None, id="two-lines-on-TN"),
        pytest.param(TN25, (4.0, 4.0, 5.0), None, id="no-line"),
        pytest.param(TN25, (13.0, 4.0, 5.0), None, id="too-much"),
        pytest.param(IT25, (10.0, 10.0, 5.0), (True, True, False), id="IT-a-pair"),
        pytest.param(IT25, (8.0, 8.5, 5.0), (True, True, False), id="IT-currents-do-not-add-up-fully"),
        pytest.param(IT25, (10.0, None, 11.0), (True, False, True), id="IT-both-that-are-measured"),
        pytest.param(IT25, (4.0, None, 11.0), (False, True, True), id="IT-only-line-3"),
        pytest.param(IT25, (6.0, None, 11.0), None, id="IT-unclear"),
    ],
)
def test_only_a_clear_picture_is_a_vote(supply: Supply, after: MaybeLines, loads: Loads | None) -> None:
    """A step of 6 A from 4, 4, 5 A on the lines."""
    before = (4.0, None if after[1] is None else 4.0, 5.0)
    assert loads_seen(before, after, 6.0, supply) == loads


def test_a_clear_contradiction_ends_what_was_believed() -> None:
    """After an electrician has moved a wire the worst case holds until three new steps agree."""
    home = stepping(Home(a_charger(phases=1), supply=TN25, wiring={A: (0,)}), 3)
    assert learned(home) == (True, False, False)
    home.wiring[A] = (1,)
    home.change(A, wanted_a=16)
    home.live(60, ROOMY)
    assert learned(home) is None
    assert learned(stepping(home, 2)) == (False, True, False)


def test_a_car_between_the_measured_lines_is_not_starved_by_the_one_that_is_not() -> None:
    """IT without I2: what lines 1 and 3 carry together stands in its way for minutes only, until the pair is known."""
    home = Home(a_charger(phases=1), supply=IT25, wiring={A: (0, 2)})
    home.measures_line_2 = False
    limits = home.live(1800, (4.0, 10.0, 9.0))
    assert max(limits[:30]) <= 6
    assert limits[-1] == 14


def test_unknown_cars_are_raised_one_after_the_other() -> None:
    """Steps of two at once would tell nothing."""
    home = Home(a_charger(phases=1), a_charger(B, phases=1), supply=TN25, wiring={A: (0,), B: (1,)})
    before = (0, 0)
    for _ in range(60):
        home.one((2.0, 2.0, 2.0))
        after = (home.limit_a(), home.limit_a(B))
        assert sum(one > two for one, two in zip(after, before, strict=True)) <= 1
        before = after
