"""The clock of a simulated world: real, scaled, frozen, and still until its anchor."""

import asyncio
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest

from simulator.clock import Clock

START = datetime(2026, 2, 10, 14, tzinfo=UTC)


def at(real: float, speed: float = 600, anchor: float = 1000) -> Clock:
    return Clock(START, speed, anchor, real_now=lambda: real)


@pytest.mark.parametrize(
    ("clock", "passed"),
    [
        (at(0), timedelta(0)),
        (at(1000), timedelta(0)),
        (at(1001), timedelta(minutes=10)),
        (at(1000.001), timedelta(seconds=0.6)),
        (at(5000, speed=0), timedelta(0)),
        (at(1060, speed=1), timedelta(minutes=1)),
        (at(1060, speed=0.5), timedelta(seconds=30)),
    ],
)
def test_product_time_passes_at_its_speed_from_the_anchor_on(clock: Clock, passed: timedelta) -> None:
    """Before the anchor, and frozen, it stands still."""
    assert abs(clock.now() - START - passed) < timedelta(microseconds=10)


@pytest.mark.parametrize(
    ("clock", "real_s"),
    [(at(1000), 6.0), (at(990), 16.0), (at(1006), 0.0), (at(2000), 0.0), (at(1000, speed=0), math.inf)],
)
def test_waiting_for_a_moment_counts_the_time_until_the_anchor(clock: Clock, real_s: float) -> None:
    """One hour of product time is six seconds at 600 times real time, after the anchor."""
    assert clock.real_s_until(START + timedelta(hours=1)) == pytest.approx(real_s, abs=1e-5)


def test_the_setting_tells_the_cloud_the_same_clock() -> None:
    """Start, speed and anchor come back; the start in any zone is the same instant."""
    local = START.astimezone(timezone(timedelta(hours=1)))
    clock = Clock.parse(Clock(local, 600, 1763800000.12345).setting())
    assert clock.setting() == "2026-02-10T14:00:00+00:00@600@1763800000.123"
    assert Clock(local, 600, 1763800000.12345).anchor == clock.anchor


def test_real_time_has_an_empty_setting() -> None:
    """An empty setting is the product's default."""
    assert (Clock.real().setting(), Clock.parse("").is_real) == ("", True)
    assert abs((Clock.real().now() - datetime.now(UTC)).total_seconds()) < 1


@pytest.mark.parametrize("setting", ["x", "2026-02-10T15:00:00@1@0", "2026-02-10T15:00:00+01:00@-1@0", "@nan@0"])
def test_a_setting_that_is_none_is_refused(setting: str) -> None:
    """A clock never guesses."""
    with pytest.raises(ValueError, match=r".+"):
        Clock.parse(setting)


def test_sleeping_ends_when_the_moment_has_come() -> None:
    """The last look at the clock is at or after the moment."""
    real = iter([1000.0, 1000.001, 1000.002, 1006.0, 1006.0])
    clock = Clock(START, 600_000, 1000, real_now=lambda: next(real))
    asyncio.run(clock.sleep_until(START + timedelta(minutes=20)))
    assert next(real) == 1006.0
