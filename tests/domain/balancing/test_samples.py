"""What a meter says is believed only if it can be true."""

from datetime import timedelta
from math import inf, nan

import pytest

from chalicelib.domain.balancing import LineSample
from chalicelib.domain.balancing.model import MaybeLines
from tests.domain.balancing.home import IT25, Home, a_charger

CALM = (4.0, 4.0, 4.0)


def charging() -> Home:
    """A home whose car has charged for five minutes."""
    home = Home(a_charger())
    home.live(300, CALM)
    return home


@pytest.mark.parametrize(
    ("currents_a", "doubt"),
    [
        pytest.param((4.0, None, 4.0), "missing", id="a-missing-phase-is-not-zero"),
        pytest.param((None, None, None), "missing", id="power-only"),
        pytest.param((-0.1, 4.0, 4.0), "implausible", id="negative"),
        pytest.param((75.1, 4.0, 4.0), "implausible", id="above-three-times-the-fuse"),
        pytest.param((nan, 4.0, 4.0), "implausible", id="not-a-number"),
        pytest.param((4.0, inf, 4.0), "implausible", id="endless"),
    ],
)
def test_an_impossible_sample_renews_nothing(currents_a: MaybeLines, doubt: str) -> None:
    """It counts as silence, and says why."""
    decision = charging().hear(currents_a)
    assert decision.orders == ()
    assert decision.state.doubt == doubt


def test_a_fuse_may_be_overloaded_and_the_sample_believed() -> None:
    """Jumps are what fuses feel: 70 A at a 25 A fuse pauses the car."""
    home = charging()
    home.hear((70.0, 4.0, 4.0))
    assert home.limit_a() == 0


def test_line_2_may_be_missing_on_it_only() -> None:
    """Three wires: the third follows from the two that are measured."""
    home = Home(a_charger(), supply=IT25)
    home.hear((4.0, None, 4.0))
    assert home.limit_a() == 6


@pytest.mark.parametrize("off_s", [-91, 91, 3600])
def test_a_meter_whose_clock_is_off_is_not_believed(off_s: float) -> None:
    """Its own time must agree with the receipt within 90 s; a time to come makes nothing fresher."""
    home = charging()
    home.now += timedelta(seconds=10)
    measured_at = home.now + timedelta(seconds=off_s)
    decision = home.take(LineSample(currents_a=(20.0, 20.0, 20.0), received_at=home.now, measured_at=measured_at))
    assert (decision.orders, decision.state.doubt) == ((), "clock")


def test_a_sample_that_waited_is_old() -> None:
    """Received more than 30 s ago."""
    home = charging()
    sample = LineSample(currents_a=CALM, received_at=home.now + timedelta(seconds=1))
    home.now += timedelta(seconds=40)
    assert home.take(sample).state.doubt == "old"


def test_repeated_and_late_samples_change_nothing() -> None:
    """The same sample twice, or one made before the last, is no news."""
    home = charging()
    first = LineSample(currents_a=(5.0, 5.0, 5.0), received_at=home.now, measured_at=home.now)
    home.now += timedelta(seconds=10)
    second = LineSample(currents_a=(19.0, 20.0, 20.0), received_at=home.now, measured_at=home.now)
    home.take(second)
    home.now += timedelta(seconds=1)
    again = LineSample(currents_a=second.currents_a, received_at=home.now, measured_at=second.measured_at)
    assert home.take(again).orders == ()
    assert home.take(LineSample(currents_a=CALM, received_at=home.now, measured_at=first.measured_at)).orders == ()


def test_lines_that_stay_the_same_while_our_own_current_changed_are_frozen() -> None:
    """After 60 s the meter is not believed, though no car is charging any more, and nothing is renewed."""
    home = Home(a_charger(fallback_a=0))
    frozen = home.lines(CALM)
    decisions = [home.hear(frozen) for _ in range(12)]
    assert any(decision.orders for decision in decisions[1:5])
    assert decisions[-1].state.doubt == "frozen"
    assert decisions[-1].orders == ()


def test_lines_that_never_flicker_while_a_car_charges_are_frozen() -> None:
    """Mains voltage alone moves the last digit: the same lines for 45 s come from a dead meter."""
    home = charging()
    frozen = home.lines(CALM)
    doubts = [home.hear(frozen).state.doubt for _ in range(7)]
    assert doubts == ["", "", "", "", "", "frozen", "frozen"]


def test_small_currents_that_stay_the_same_are_believed_while_the_power_moves() -> None:
    """Power has more digits than currents: for 180 s it shows that the meter lives, no longer."""
    home = charging()
    still = home.lines(CALM)
    doubts = []
    for tick in range(20):
        home.now += timedelta(seconds=10)
        sample = LineSample(currents_a=still, received_at=home.now, power_w=5000.0 + tick % 2)
        doubts.append(home.take(sample).state.doubt)
    assert doubts == [""] * 19 + ["frozen"]


def test_a_meter_that_lives_again_is_believed_again() -> None:
    """The first line that moves ends the doubt."""
    home = charging()
    frozen = home.lines(CALM)
    for _ in range(40):
        home.hear(frozen)
    decision = home.hear((11.3, 11.2, 11.1))
    assert decision.state.doubt == ""
    assert decision.orders
