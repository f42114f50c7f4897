"""A recorded house behind the main fuse: a real home in Bergen, hour by hour (see data/SOURCES.md)."""

import bisect
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

FEBRUARY_2026: Final = Path(__file__).parent / "data" / "bkk_februar_2026_hourly.json"
HOUR: Final = timedelta(hours=1)


class _RecordedHour(msgspec.Struct, frozen=True):
    start_local: datetime
    kwh: float


class _Recording(msgspec.Struct, frozen=True):
    hours: tuple[_RecordedHour, ...]


class House:
    """Energy by the hour; inside an hour the power is its mean. Times outside the recording are an error."""

    def __init__(self, starts: Sequence[datetime], energies_wh: Sequence[float]) -> None:
        """`starts` are aware, in order, an hour each."""
        self._starts = [start.astimezone(UTC) for start in starts]
        self._sums_wh = [0.0, *itertools.accumulate(energies_wh)]

    @property
    def start(self) -> datetime:
        """Where the recording begins."""
        return self._starts[0]

    @property
    def end(self) -> datetime:
        """Where the recording ends."""
        return self._starts[-1] + HOUR

    def load_wh(self, start: datetime, end: datetime) -> float:
        """The energy the house took in [start, end); ValueError outside the recording."""
        if not self.start <= start <= end <= self.end:
            raise ValueError(f"the house is recorded from {self.start} to {self.end}")
        return self._taken_wh(end) - self._taken_wh(start)

    def mean_w(self, moment: datetime) -> float:
        """The mean power of the hour that `moment` lies in."""
        if not self.start <= moment < self.end:
            raise ValueError(f"the house is recorded from {self.start} to {self.end}")
        hour = self._hour_of(moment)
        return self._sums_wh[hour + 1] - self._sums_wh[hour]

    def _hour_of(self, moment: datetime) -> int:
        return bisect.bisect_right(self._starts, moment) - 1

    def _taken_wh(self, until: datetime) -> float:
        """The energy from the start of the recording to `until`."""
        hour = self._hour_of(until)
        part = min((until - self._starts[hour]) / HOUR, 1.0)
        return self._sums_wh[hour] + part * (self._sums_wh[hour + 1] - self._sums_wh[hour])


class Meter(msgspec.Struct, frozen=True, kw_only=True):
    """The power at the main fuse: the house and what the chargers draw, W."""

    house_w: float
    chargers_w: float

    @property
    def total_w(self) -> float:
        """What the meter shows."""
        return self.house_w + self.chargers_w


def read_house(path: Path = FEBRUARY_2026) -> House:
    """The house of a recording; ValueError if hours are missing in it."""
    hours = msgspec.json.decode(path.read_bytes(), type=_Recording).hours
    starts = [hour.start_local.astimezone(UTC) for hour in hours]
    if not starts or any(later - earlier != HOUR for earlier, later in itertools.pairwise(starts)):
        raise ValueError(f"{path.name}: hours are missing")
    return House(starts, [hour.kwh * 1000 for hour in hours])


def read_meter(house: House, chargers_w: float, at: datetime) -> Meter:
    """What the meter shows at `at` when the chargers together draw `chargers_w`."""
    return Meter(house_w=house.mean_w(at), chargers_w=chargers_w)
