"""Local days and wall-clock times, in summer, in winter and on the two nights between."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain import calendar
from chalicelib.domain.calendar import HOUR, QUARTER, Stretch

OSLO = ZoneInfo("Europe/Oslo")


def oslo(text: str) -> datetime:
    """An Oslo wall-clock time as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=OSLO).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 2, 10), 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25)],
    ids=["winter day -> 24", "clocks forward -> 23", "clocks back -> 25"],
)
def test_a_site_day_has_as_many_hours_as_its_clock_shows(day: date, hours: int) -> None:
    """A day goes from midnight to midnight by the local clock."""
    assert calendar.day_stretch(day, OSLO).duration == HOUR * hours


@pytest.mark.parametrize(
    ("plugged_at", "ready_by"),
    [
        ("2026-02-10T15:00", "2026-02-11T07:00"),
        ("2026-02-10T04:59", "2026-02-10T07:00"),
        ("2026-02-10T05:00", "2026-02-10T07:00"),
        ("2026-02-10T05:01", "2026-02-11T07:00"),
        ("2026-03-28T23:00", "2026-03-29T07:00"),
    ],
    ids=["evening -> tomorrow", "two hours and more -> today", "two hours -> today", "less -> tomorrow", "short night"],
)
def test_ready_by_is_the_next_one_that_leaves_two_hours(plugged_at: str, ready_by: str) -> None:
    """Ready-by is local wall clock; less than two hours away means the next day."""
    assert calendar.next_ready_by(oslo(plugged_at), time(7), OSLO) == oslo(ready_by)


def test_a_wall_time_that_is_skipped_comes_an_hour_later() -> None:
    """02:30 does not exist on 29 March: the clock shows 03:30 then."""
    assert calendar.instant_of(date(2026, 3, 29), time(2, 30), OSLO) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_month_over_the_change_of_clocks_is_an_hour_short() -> None:
    """March 2026 in Oslo has 31 days less an hour."""
    assert calendar.month_stretch(2026, 3, OSLO).duration == timedelta(days=31) - HOUR


def test_december_ends_at_new_year() -> None:
    """The month after December is January of the next year."""
    assert calendar.month_stretch(2026, 12, OSLO).end == oslo("2027-01-01T00:00")


def test_the_days_of_a_stretch_are_those_it_touches() -> None:
    """A stretch that ends at midnight does not touch the day that begins."""
    stretch = Stretch(oslo("2026-02-10T15:00"), oslo("2026-02-12T00:00"))
    assert calendar.days_of(stretch, OSLO) == [date(2026, 2, 10), date(2026, 2, 11)]


def test_steps_are_cut_at_the_boundaries() -> None:
    """The first and the last part may be shorter than a step."""
    start = datetime(2026, 2, 10, 14, 7, tzinfo=UTC)
    parts = list(calendar.steps(Stretch(start, start + timedelta(minutes=30)), QUARTER))
    assert [part.duration // timedelta(minutes=1) for part in parts] == [8, 15, 7]


def test_rounding_up_leaves_a_boundary_where_it_is() -> None:
    """A boundary is its own ceiling; a second later the next one is."""
    noon = datetime(2026, 2, 10, 12, tzinfo=UTC)
    assert [calendar.ceil_to(noon, HOUR), calendar.ceil_to(noon + timedelta(seconds=1), HOUR)] == [noon, noon + HOUR]
