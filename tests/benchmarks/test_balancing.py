"""What `./dev bench balancing` makes of what it has measured."""

import pytest

from benchmarks import balancing

TRIPS = (tuple(number / 1000 for number in range(1, 51)), tuple(number / 1000 for number in range(51, 101)))


def test_trips_become_a_middle_and_a_worst_beside_their_baseline() -> None:
    """Milliseconds; the middle is the median of the rounds' medians, the worst is of all trips."""
    plain = balancing._figures("plain", TRIPS, ())
    slow = balancing._figures("slow", tuple(tuple(2 * s for s in one) for one in TRIPS), plain, "with a note")
    assert [one.value for one in plain] == pytest.approx([50.0, 99.0])
    assert [one.ratio for one in slow] == pytest.approx([2.0, 2.0])
    assert slow[1].note == "100 samples; with a note"


def test_the_decision_that_is_timed_gives_limits_and_takes_them() -> None:
    """Else it would be the cost of doing nothing."""
    content, seen = balancing.first_state(), set()
    for number in range(90):
        content = balancing.decided(content, number, balancing.START + number * balancing.RHYTHM)
        seen |= {held.limit_a for held in balancing.held_in(content)}
    assert {0, 6} <= seen
    assert max(seen) > 6
