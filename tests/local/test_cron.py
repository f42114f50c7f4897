"""When schedules fire, in product time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from local.cron import parse_schedule

OSLO = ZoneInfo("Europe/Oslo")


def oslo(text: str) -> datetime:
    """A wall-clock time in Oslo."""
    return datetime.fromisoformat(text).replace(tzinfo=OSLO)


@pytest.mark.parametrize(
    ("expression", "now", "expected"),
    [
        pytest.param("cron(0 13 * * ? *)", "2026-02-10 12:59", "2026-02-10 13:00", id="today"),
        pytest.param("cron(0 13 * * ? *)", "2026-02-10 13:00", "2026-02-11 13:00", id="not-the-present-moment-again"),
        pytest.param("cron(0 13 * * ? *)", "2026-03-28 14:00", "2026-03-29 13:00", id="over-the-change-to-summer-time"),
        pytest.param("cron(30 2 * * ? *)", "2026-03-28 03:00", "2026-03-30 02:30", id="a-time-that-summer-time-skips"),
        pytest.param("cron(5/20 9-10 * * ? *)", "2026-02-10 09:26", "2026-02-10 09:45", id="steps"),
        pytest.param("cron(5/20 9-10 * * ? *)", "2026-02-10 10:45", "2026-02-11 09:05", id="ranges"),
        pytest.param("cron(0 8 ? * MON-FRI *)", "2026-02-13 09:00", "2026-02-16 08:00", id="names-of-days"),
        pytest.param("cron(0 0 1 JAN,JUL ? *)", "2026-02-10 09:00", "2026-07-01 00:00", id="names-of-months"),
        pytest.param("cron(0 0 1 1 ? 2031)", "2026-02-10 09:00", "2031-01-01 00:00", id="years"),
    ],
)
def test_a_cron_schedule_fires_at_wall_clock_times_of_its_zone(expression: str, now: str, expected: str) -> None:
    """Market hours are local time, summer and winter."""
    schedule = parse_schedule(expression, "Europe/Oslo")
    assert schedule.after(oslo(now), oslo(now).astimezone(UTC)) == oslo(expected)


def test_a_time_that_comes_twice_fires_once() -> None:
    """On 25 October 2026, 02:30 stands on the clock twice."""
    schedule = parse_schedule("cron(30 2 25 10 ? 2026)", "Europe/Oslo")
    first = schedule.after(oslo("2026-10-24 12:00"), oslo("2026-10-24 12:00"))
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert schedule.after(first, first) is None


@pytest.mark.parametrize(
    ("now", "expected"), [("12:00", "12:15"), ("12:14", "12:15"), ("12:15", "12:30"), ("13:07", "13:15")]
)
def test_a_rate_counts_from_the_beginning(now: str, expected: str) -> None:
    """A call that takes long does not shift the later ones."""
    schedule = parse_schedule("rate(15 minutes)")
    assert schedule.after(oslo("2026-02-10 12:00"), oslo(f"2026-02-10 {now}")) == oslo(f"2026-02-10 {expected}")


@pytest.mark.parametrize(
    "expression", ["garbage", "cron(0 13 * * ?)", "cron(61 * * * ? *)", "rate(0.5 hours)", "cron(L * * * ? *)"]
)
def test_an_expression_that_means_nothing_is_refused(expression: str) -> None:
    """The emulator would accept it, and nothing would ever fire."""
    with pytest.raises(ValueError, match=r".+"):
        parse_schedule(expression)
