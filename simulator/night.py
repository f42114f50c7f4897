"""When the default night begins and ends by the wall clock of the charger, across changes of summer time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from device_shadows.config import DefaultNight


def night_at(night: DefaultNight, time_zone: str, at_s: int) -> tuple[bool, int]:
    """Whether the second `at_s` (epoch) lies in a night, and the epoch second at which that ends to be so."""
    zone = ZoneInfo(time_zone)
    today = datetime.fromtimestamp(at_s, tz=UTC).astimezone(zone).date()
    for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
        start_s, end_s = _night_of(night, zone, day)
        if at_s < start_s:
            return False, start_s
        if at_s < end_s:
            return True, end_s
    raise AssertionError("the night of tomorrow begins after today")


def _night_of(night: DefaultNight, zone: ZoneInfo, day: date) -> tuple[int, int]:
    """The night that begins on `day`, epoch seconds; of a time that comes twice the first starts, the last ends."""
    last_day = day if night.end > night.start else day + timedelta(days=1)
    start = datetime.fromisoformat(f"{day}T{night.start}").replace(tzinfo=zone, fold=0)
    end = datetime.fromisoformat(f"{last_day}T{night.end}").replace(
        tzinfo=zone, fold=_fold_of(last_day, night.end, zone)
    )
    return round(start.timestamp()), round(end.timestamp())


def _fold_of(day: date, wall: str, zone: ZoneInfo) -> int:
    """1 if the wall time comes twice, so that the second one is meant; 0 if it comes once or (in a gap) never."""
    first = datetime.fromisoformat(f"{day}T{wall}").replace(tzinfo=zone, fold=0)
    second = first.replace(fold=1)
    return int(second.timestamp() > first.timestamp())
