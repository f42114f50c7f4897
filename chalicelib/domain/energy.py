"""Energy per hour from a cumulative register.

Readings are facts: (epoch, seq) names one for ever. Everything else is derived from whatever readings there are, so it
does not matter in which order or how often they came. The register is interpolated between readings of one epoch and
*the register* is rounded at each quarter-hour boundary; the quarters of a session, and so its hours, sum to what the
register rose, to the Wh. A new epoch is a register that began again: nothing is known to have flowed between the two.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import msgspec

from chalicelib.domain.calendar import HOUR, QUARTER, Stretch, floor_to, steps

MAX_POWER_W: Final = 60_000
"""No charger of ours can deliver more; a register that rises faster is wrong."""
JUMP_ALLOWED_WH: Final = 100
"""Clocks have whole seconds and registers whole Wh, so a little more may show between two readings close together."""
QUARTERS_PER_HOUR: Final = 4


class Reading(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """The register at one instant. Ordered by (epoch, seq), the order in which the charger made them."""

    epoch: int
    seq: int
    at: datetime
    register_wh: int
    plug_seq: int
    starts_flow: bool = False

    @property
    def key(self) -> tuple[int, int]:
        """Its name for ever, within one charger."""
        return (self.epoch, self.seq)


class HourPart(msgspec.Struct, frozen=True, kw_only=True):
    """What one session used in one hour: Wh of each quarter, and how often energy began to flow."""

    plug_seq: int
    quarters_wh: tuple[int, int, int, int]
    starts: int = 0

    @property
    def energy_wh(self) -> int:
        """Wh in the hour."""
        return sum(self.quarters_wh)


class EnergyHour(msgspec.Struct, frozen=True, kw_only=True):
    """One UTC hour of a charger, by session."""

    start: datetime
    parts: tuple[HourPart, ...] = ()

    @property
    def energy_wh(self) -> int:
        """Wh of all sessions."""
        return sum(part.energy_wh for part in self.parts)

    def energy_of(self, plug_seq: int) -> int:
        """Wh of one session."""
        return sum(part.energy_wh for part in self.parts if part.plug_seq == plug_seq)

    def starts_of(self, plug_seq: int) -> int:
        """How often energy began to flow in one session."""
        return sum(part.starts for part in self.parts if part.plug_seq == plug_seq)


def sift(readings: Iterable[Reading]) -> tuple[list[Reading], list[Reading]]:
    """(usable, impossible) readings in order.

    Usable is the longest chain in which time and register only rise, no faster than a charger can; it is sought among
    all readings given, so one wild value is put aside wherever it stands. Of two chains of equal length the earlier is
    taken. Epochs are chains of their own.
    """
    usable: list[Reading] = []
    given = sorted(set(readings), key=lambda reading: reading.key)
    for epoch in sorted({reading.epoch for reading in given}):
        usable += _longest_chain([reading for reading in given if reading.epoch == epoch])
    chosen = set(usable)
    return usable, [reading for reading in given if reading not in chosen]


def hours_of(readings: Iterable[Reading], window: Stretch) -> dict[datetime, EnergyHour]:
    """Energy of every hour in `window` (on hour boundaries) that has any energy or start, from usable readings.

    `readings` must hold those inside the window and the nearest before and after it.
    """
    usable, _ = sift(readings)
    quarters: dict[tuple[datetime, int], list[int]] = {}
    for earlier, later in pairwise(usable):
        if earlier.epoch == later.epoch and later.register_wh > earlier.register_wh:
            _spread(earlier, later, window, quarters)
    starts = [reading for reading in usable if reading.starts_flow and reading.at in window]
    for reading in starts:
        quarters.setdefault((floor_to(reading.at, HOUR), reading.plug_seq), [0] * QUARTERS_PER_HOUR)
    found: dict[datetime, EnergyHour] = {}
    for (hour, plug_seq), wh in sorted(quarters.items()):
        began = sum(1 for r in starts if r.plug_seq == plug_seq and floor_to(r.at, HOUR) == hour)
        part = HourPart(plug_seq=plug_seq, quarters_wh=(wh[0], wh[1], wh[2], wh[3]), starts=began)
        before = found.get(hour, EnergyHour(start=hour))
        found[hour] = EnergyHour(start=hour, parts=(*before.parts, part))
    return found


def _spread(earlier: Reading, later: Reading, window: Stretch, quarters: dict[tuple[datetime, int], list[int]]) -> None:
    """Add what flowed between two neighbours to its quarters; it belongs to the session of the earlier one."""
    if later.at == earlier.at:
        _add(quarters, earlier, earlier.at, later.register_wh - earlier.register_wh, window)
        return
    flow = Stretch(max(earlier.at, window.start), min(later.at, window.end))
    for part in steps(flow, QUARTER):
        wh = _between(earlier, later, part.end) - _between(earlier, later, part.start)
        _add(quarters, earlier, part.start, wh, window)


def _add(
    quarters: dict[tuple[datetime, int], list[int]], owner: Reading, at: datetime, wh: int, window: Stretch
) -> None:
    if wh and at in window:
        hour = floor_to(at, HOUR)
        slot = quarters.setdefault((hour, owner.plug_seq), [0] * QUARTERS_PER_HOUR)
        slot[(at - hour) // QUARTER] += wh


def _between(earlier: Reading, later: Reading, instant: datetime) -> int:
    """The interpolated register in exact integers, rounded down."""
    span_us = (later.at - earlier.at) // timedelta(microseconds=1)
    gone_us = (instant - earlier.at) // timedelta(microseconds=1)
    return earlier.register_wh + (later.register_wh - earlier.register_wh) * gone_us // span_us


def _follows(earlier: Reading, later: Reading) -> bool:
    """Whether a charger can have made `later` after `earlier`."""
    seconds = (later.at - earlier.at).total_seconds()
    risen_wh = later.register_wh - earlier.register_wh
    return seconds >= 0 and 0 <= risen_wh <= MAX_POWER_W * seconds / 3600 + JUMP_ALLOWED_WH


def _longest_chain(readings: list[Reading]) -> list[Reading]:
    if all(_follows(earlier, later) for earlier, later in pairwise(readings)):
        return readings
    length, before = [1] * len(readings), [-1] * len(readings)
    for last, reading in enumerate(readings):
        for first in range(last):
            if length[first] + 1 > length[last] and _follows(readings[first], reading):
                length[last], before[last] = length[first] + 1, first
    index = length.index(max(length))
    chain = []
    while index >= 0:
        chain.append(readings[index])
        index = before[index]
    return chain[::-1]
