"""Local days, wall-clock times and slot boundaries, always as half-open stretches of aware UTC time.

A site's day has 23, 24 or 25 hours; nothing here counts hours by adding 24.
"""

import functools
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

QUARTER: Final = timedelta(minutes=15)
HOUR: Final = timedelta(hours=1)
READY_BY_LEAD: Final = timedelta(hours=2)
"""A ready-by time that is nearer than this is meant for the next day."""
DAY: Final = timedelta(days=1)


class Stretch(msgspec.Struct, frozen=True):
    """Time from `start` to just before `end`, aware UTC."""

    start: datetime
    end: datetime

    def __contains__(self, instant: datetime) -> bool:
        """Whether `instant` lies inside."""
        return self.start <= instant < self.end

    @property
    def duration(self) -> timedelta:
        """How long it takes."""
        return self.end - self.start


def instant_of(day: date, wall: time, tz: ZoneInfo) -> datetime:
    """When the clock of `tz` first shows `wall` on `day`; a time it skips is read by winter time."""
    return datetime.combine(day, wall, tzinfo=tz).astimezone(UTC)


def local_day(instant: datetime, tz: ZoneInfo) -> date:
    """The date on the calendar of `tz` at `instant`."""
    return instant.astimezone(tz).date()


@functools.lru_cache(maxsize=1024)
def day_stretch(day: date, tz: ZoneInfo) -> Stretch:
    """The local `day`: from midnight to midnight by the clock of `tz`, 23, 24 or 25 hours."""
    return Stretch(instant_of(day, time(), tz), instant_of(day + DAY, time(), tz))


def month_stretch(year: int, month: int, tz: ZoneInfo) -> Stretch:
    """The local calendar month; ValueError if there is no such month."""
    first = date(year, month, 1)
    after = date(year + month // 12, month % 12 + 1, 1)
    return Stretch(instant_of(first, time(), tz), instant_of(after, time(), tz))


def days_of(stretch: Stretch, tz: ZoneInfo) -> list[date]:
    """The local dates that `stretch` touches, in order."""
    first = local_day(stretch.start, tz)
    if stretch.end <= day_stretch(first, tz).end:
        return [first]
    last = local_day(stretch.end - timedelta(microseconds=1), tz)
    return [first + DAY * number for number in range((last - first).days + 1)]


def next_ready_by(plugged_at: datetime, ready_by: time, tz: ZoneInfo) -> datetime:
    """The next time the local clock shows `ready_by`, at least two hours after `plugged_at`."""
    day = local_day(plugged_at, tz)
    candidates = (instant_of(day + DAY * ahead, ready_by, tz) for ahead in range(3))
    return next(candidate for candidate in candidates if candidate - plugged_at >= READY_BY_LEAD)


def floor_to(instant: datetime, step: timedelta) -> datetime:
    """The last boundary of `step` (a divisor of an hour, counted from the epoch) at or before `instant`."""
    utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    return utc - timedelta(0, (utc.minute * 60 + utc.second) % step.seconds, utc.microsecond)


def ceil_to(instant: datetime, step: timedelta) -> datetime:
    """The first boundary of `step` at or after `instant`."""
    floor = floor_to(instant, step)
    return floor if floor == instant else floor + step


def steps(stretch: Stretch, step: timedelta) -> Iterator[Stretch]:
    """`stretch` cut at every boundary of `step`; the first and last part may be shorter."""
    start = stretch.start
    while start < stretch.end:
        end = min(floor_to(start, step) + step, stretch.end)
        yield Stretch(start, end)
        start = end
