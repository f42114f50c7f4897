"""What a house usually takes at this time of the week, and so what its chargers can count on.

One value per quarter of an hour: the mean, over the quarter, of the house's current on its worst line without our
chargers. The last eight weeks are kept for each of the 672 quarters of the local week. Plans count on what nine in ten
of them leave; the main fuse is guarded by load balancing, not by this.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.balancing.model import RULES, Supply
from chalicelib.domain.balancing.sharing import cap_of

QUARTER: Final = timedelta(minutes=15)
QUARTERS_PER_DAY: Final = 96
QUARTERS_PER_WEEK: Final = 7 * QUARTERS_PER_DAY
WEEKS_KEPT: Final = 8
SHARE: Final = 0.9
ENOUGH: Final = 3
"""Fewer values of one time of day than this are no evidence."""
ENOUGH_IN_ALL: Final = QUARTERS_PER_DAY
"""So many values of any times are evidence of the house: a plan must not run into the hours nobody has seen yet."""
HELD_S: Final = 200.0
"""A sample stands for so long in a mean, a little more than a reader's longest interval (`meter_readers.IDLE_S`)."""

Loads = tuple[int, ...]
"""The last values of a quarter of the week, tenths of an ampere, the oldest first."""

KnownMean = tuple[datetime, int]
"""The start of a quarter that is over and its mean, tenths of an ampere."""


class QuarterMean(msgspec.Struct, frozen=True, kw_only=True):
    """The mean of a quarter that is still going on, from samples; each counts until the next, HELD_S at most."""

    quarter: datetime
    """Its start, UTC."""
    seen_s: float = 0.0
    ampere_s: float = 0.0

    @property
    def mean_da(self) -> int | None:
        """Tenths of an ampere, rounded up; None when less than half of the quarter was seen."""
        return ceil(10 * self.ampere_s / self.seen_s) if self.seen_s >= QUARTER.total_seconds() / 2 else None

    def with_sample(self, worst_a: float, since_s: float) -> "QuarterMean":
        """`worst_a` held for the last `since_s` seconds."""
        counted_s = min(max(since_s, 0.0), HELD_S)
        return msgspec.structs.replace(
            self, seen_s=self.seen_s + counted_s, ampere_s=self.ampere_s + worst_a * counted_s
        )


def is_same_hour(one: datetime, other: datetime) -> bool:
    """Whether two moments lie in one hour of UTC."""
    return one.replace(minute=0, second=0, microsecond=0) == other.replace(minute=0, second=0, microsecond=0)


def quarter_start(at: datetime) -> datetime:
    """The start of the quarter that `at` lies in."""
    return at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)


def quarter_of_week(at: datetime, tz: ZoneInfo) -> int:
    """0 to 671 by the local wall clock; the hour that comes twice in autumn counts as the same one twice."""
    local = at.astimezone(tz)
    return local.weekday() * QUARTERS_PER_DAY + local.hour * 4 + local.minute // 15


def with_value(loads: Loads, mean_da: int) -> Loads:
    """The values of a quarter of the week after one more week."""
    return (*loads, mean_da)[-WEEKS_KEPT:]


def find_usual_load_a(history: Mapping[int, Loads], quarter: int) -> float | None:
    """What the house takes at most in nine weeks of ten, A; None without evidence.

    A quarter that has not been seen often enough takes its evidence from the same time on all days; one whose time of
    day has not been either, from all that the house was seen to take, if that is a day's worth.
    """
    if len(values := history.get(quarter, ())) >= ENOUGH:
        return _quantile(values) / 10
    same_time = range(quarter % QUARTERS_PER_DAY, QUARTERS_PER_WEEK, QUARTERS_PER_DAY)
    if len(values := _values(history, same_time)) >= ENOUGH:
        return _quantile(values) / 10
    values = _values(history, history)
    return _quantile(values) / 10 if len(values) >= ENOUGH_IN_ALL else None


def deliverable_a(
    history: Mapping[int, Loads], slots: Iterable[tuple[datetime, datetime]], supply: Supply, tz: ZoneInfo
) -> tuple[float, ...]:
    """What all chargers of the site together can count on in each slot [start, end), A per line, never negative.

    The main fuse less its margin and less what the house usually takes; without evidence the house counts as nothing.
    """
    cap_a = cap_of(supply, RULES)
    return tuple(max(0.0, cap_a - _worst_a(history, start, end, tz)) for start, end in slots)


def _worst_a(history: Mapping[int, Loads], start: datetime, end: datetime, tz: ZoneInfo) -> float:
    worst_a, at = 0.0, quarter_start(start)
    while at < end:
        worst_a = max(worst_a, find_usual_load_a(history, quarter_of_week(at, tz)) or 0.0)
        at += QUARTER
    return worst_a


def _values(history: Mapping[int, Loads], quarters: Iterable[int]) -> Loads:
    return tuple(value for quarter in quarters for value in history.get(quarter, ()))


def _quantile(values: Sequence[int]) -> int:
    return sorted(values)[max(0, ceil(SHARE * len(values)) - 1)]
