"""When an EventBridge schedule fires: `rate(...)` and `cron(...)` in a time zone, as pure functions of product time.

The subset in use: numbers, names, `*`, `?`, lists, ranges and steps; not L, W and #. Both fields of a day may be given.
Source: EventBridge Scheduler's user guide, "Schedule types".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_LOOK_AHEAD_DAYS = 366 * 5


def _number(text: str, names: Sequence[str]) -> int:
    return names.index(text.upper()) + 1 if text.upper() in names else int(text)


def _part(text: str, low: int, high: int, names: Sequence[str]) -> range:
    span, _, step = text.partition("/")
    if span in {"*", "?"}:
        first, last = low, high
    elif "-" in span:
        first, last = (_number(end, names) for end in span.split("-"))
    else:
        first = _number(span, names)
        last = high if step else first
    if not low <= first <= last <= high:
        raise ValueError(f"{text} is not within {low} to {high}")
    return range(first, last + 1, int(step or 1))


def _field(text: str, low: int, high: int, names: Sequence[str] = ()) -> frozenset[int]:
    return frozenset(number for part in text.split(",") for number in _part(part, low, high, names))


@dataclass(frozen=True)
class Every:
    """A fixed period, counted from the moment the schedule was made."""

    period: timedelta

    def after(self, made: datetime, now: datetime) -> datetime:
        """The first firing later than `now`."""
        return made + self.period * ((now - made) // self.period + 1)


@dataclass(frozen=True)
class Cron:
    """Wall-clock times of a zone; a time that summer time leaves out does not fire, a repeated one fires once."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]
    zone: ZoneInfo

    def _fits(self, day: date) -> bool:
        weekday = day.isoweekday() % 7 + 1
        return day.day in self.days and day.month in self.months and weekday in self.weekdays and day.year in self.years

    def _times(self, day: date) -> Iterator[datetime]:
        for hour in sorted(self.hours):
            for minute in sorted(self.minutes):
                local = datetime.combine(day, time(hour, minute), tzinfo=self.zone)
                instant = local.astimezone(UTC)
                if instant.astimezone(self.zone).time() == local.time():
                    yield instant

    def after(self, made: datetime, now: datetime) -> datetime | None:  # noqa: ARG002  (the same question as to Every)
        """The first firing later than `now`; None when there is none within five years."""
        first = now.astimezone(self.zone).date()
        days = (first + timedelta(days=number) for number in range(_LOOK_AHEAD_DAYS))
        return next((at for day in days if self._fits(day) for at in self._times(day) if at > now), None)


def parse_schedule(expression: str, zone: str = "UTC") -> Every | Cron:
    """The schedule an expression means; ValueError when it means none (the emulator would accept it)."""
    if found := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression):
        return Every(timedelta(seconds=int(found[1]) * _UNITS[found[2]]))
    found = re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", expression)
    if not found:
        raise ValueError(f"{expression} is neither rate(...) nor cron(...) with six fields")
    minute, hour, day, month, weekday, year = found.groups()
    return Cron(
        _field(minute, 0, 59),
        _field(hour, 0, 23),
        _field(day, 1, 31),
        _field(month, 1, 12, _MONTHS),
        _field(weekday, 1, 7, _DAYS),
        _field(year, 1970, 2199),
        ZoneInfo(zone),
    )
