"""A recorded house with seconds: what costs money beside a calm house is little, beside a real one it is more."""

import bisect
import random
from datetime import UTC, datetime

from benchmarks.fuse_house import house_changes, recorded
from simulator.electricity import LINE_V
from simulator.house import House, read_house

_SEED = 9


class SecondsHouse(House):
    """The house of the recording; inside an hour its appliances go on and off as `fuse_house` makes them."""

    def __init__(self) -> None:
        whole = read_house()
        self._starts, self._sums_wh = whole._starts, whole._sums_wh  # noqa: SLF001 - the same house
        changes = house_changes(recorded(), 1.0, "TN", random.Random(_SEED))  # noqa: S311 - a simulation
        self._times = [at_s for at_s, _ in changes]
        self._watts = [LINE_V * sum(lines) for _, lines in changes]

    def mean_w(self, moment: datetime) -> float:
        """The power at this moment, W."""
        at_s = (moment.astimezone(UTC) - self.start).total_seconds()
        return self._watts[max(0, bisect.bisect_right(self._times, at_s) - 1)]
