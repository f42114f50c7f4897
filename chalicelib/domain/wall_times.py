"""Local date-times that people type, as instants.

A clock that is set forward skips some of them, one that is set back shows some twice.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from chalicelib.domain.errors import InvalidInput

FORMAT: Final = "%Y-%m-%dT%H:%M"
_MINUTE: Final = timedelta(minutes=1)


class LocalTimeSkipped(InvalidInput):
    """The clock never shows this time; `neighbours` are the last minute before the gap and the first after it."""

    code = "local_time_skipped"

    def __init__(self, field: str, neighbours: tuple[str, str]) -> None:
        before, after = neighbours
        super().__init__(f"the clock skips that time; the nearest are {before} and {after}", field=field)
        self.neighbours = neighbours


def start_instant(wall: datetime, tz: ZoneInfo, field: str) -> datetime:
    """When the clock of `tz` shows the naive `wall` for the first time, UTC; LocalTimeSkipped when it never does."""
    return _require_shown(wall, tz, field, fold=0)


def end_instant(wall: datetime, tz: ZoneInfo, field: str) -> datetime:
    """When the clock of `tz` shows the naive `wall` for the last time, UTC; LocalTimeSkipped when it never does."""
    return _require_shown(wall, tz, field, fold=1)


def _require_shown(wall: datetime, tz: ZoneInfo, field: str, *, fold: int) -> datetime:
    instant = wall.replace(tzinfo=tz, fold=fold).astimezone(UTC)
    if instant.astimezone(tz).replace(tzinfo=None, fold=0) != wall:
        raise LocalTimeSkipped(field, _neighbours(wall, tz))
    return instant


def _neighbours(wall: datetime, tz: ZoneInfo) -> tuple[str, str]:
    """The edges of the gap that `wall` lies in, to the minute."""
    early, late = (wall.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (1, 0))
    offset_before = early.astimezone(tz).utcoffset()
    while late - early > _MINUTE:
        middle = early + (late - early) / 2
        if middle.astimezone(tz).utcoffset() == offset_before:
            early = middle
        else:
            late = middle
    after = late.astimezone(tz).replace(second=0, microsecond=0)
    before = (after.astimezone(UTC) - _MINUTE).astimezone(tz)
    return before.strftime(FORMAT), after.strftime(FORMAT)
