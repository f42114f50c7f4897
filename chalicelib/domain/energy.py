"""Energy per hour from a cumulative register.

Readings are facts: (epoch, seq) names one for ever. Everything else is derived from whatever readings there are, so it
does not matter in which order or how often they came. The register is interpolated between readings of one epoch and
*the register* is rounded at each quarter-hour boundary; the quarters of a session, and so its hours, sum to what the
register rose, to the Wh. A new epoch is a register that began again: nothing is known to have flowed between the two.
A register that is full begins again from zero within its epoch. Where readings are far apart the sum is exact and the
split into hours is a guess, which is marked.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import msgspec

from chalicelib.domain.calendar import HOUR, QUARTER, Stretch, ceil_to, floor_to

MAX_POWER_W: Final = 60_000
"""No charger of ours can deliver more; a register that rises faster is wrong."""
JUMP_ALLOWED_WH: Final = 100
"""Clocks have whole seconds and registers whole Wh, so a little more may show between two readings close together."""
QUARTERS_PER_HOUR: Final = 4
REGISTER_WH: Final = 2**32
"""A register of 32 bits is full here and begins again."""
NEARLY_FULL: Final = 0.05
"""A fall is taken for that only from the last twentieth of the register to the first."""
_MICROSECOND: Final = timedelta(microseconds=1)
LONG_GAP: Final = timedelta(hours=2)
"""Readings come each quarter while energy flows; what flowed between two that are further apart is split by a guess."""


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


class HourPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one session used in one hour: Wh of each quarter, and how often energy began to flow.

    `user` is whose session it is, as of Session.user. `is_estimated`: readings were far apart, so the split is a guess.
    """

    plug_seq: int
    quarters_wh: tuple[int, int, int, int]
    starts: int = 0
    user: str | None = None
    is_estimated: bool = False

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
    given = sorted(readings)
    given = [one for number, one in enumerate(given) if not number or one != given[number - 1]]
    if _is_chain(given):
        return given, []
    for epoch in sorted({reading.epoch for reading in given}):
        usable += _longest_chain([reading for reading in given if reading.epoch == epoch])
    chosen = set(usable)
    return usable, [reading for reading in given if reading not in chosen]


def sift_more(readings: Sequence[Reading], usable: Sequence[Reading], new: Sequence[Reading]) -> list[Reading]:
    """What is usable of `readings` and `new` together, `usable` being that of `readings` alone."""
    behind = sorted(new)
    is_behind = not usable or not behind or usable[-1].key < behind[0].key
    if is_behind and len(usable) == len(readings) and _is_chain([*usable[-1:], *behind]):
        return [*usable, *behind]
    return sift([*readings, *new])[0]


def hours_of(readings: Iterable[Reading], window: Stretch) -> dict[datetime, EnergyHour]:
    """Energy of every hour in `window` (on hour boundaries) that has any energy or start, from usable readings.

    `readings` must hold those inside the window and the nearest before and after it.
    """
    usable, _ = sift(readings)
    return hours_of_usable(usable, window)


def hours_of_usable(usable: Sequence[Reading], window: Stretch) -> dict[datetime, EnergyHour]:
    """As `hours_of`, from readings that were sifted already."""
    slots: dict[tuple[datetime, int], _Slot] = {}
    for earlier, later in pairwise(usable):
        is_outside = later.at < window.start or earlier.at >= window.end
        if not is_outside and earlier.epoch == later.epoch and later.register_wh != earlier.register_wh:
            _spread(earlier, later, window, slots)
    for reading in usable:
        if reading.starts_flow and reading.at in window:
            _slot(slots, reading, floor_to(reading.at, HOUR)).starts += 1
    found: dict[datetime, list[HourPart]] = {}
    for (hour, plug_seq), slot in sorted(slots.items()):
        found.setdefault(hour, []).append(slot.part(plug_seq))
    return {hour: EnergyHour(start=hour, parts=tuple(parts)) for hour, parts in found.items()}


def changed_window(before: Sequence[Reading], after: Sequence[Reading]) -> Stretch | None:
    """The hours that may differ between two chains of usable readings; None when none does."""
    alike = _common_length(before, after)
    before, after = before[max(alike - 1, 0) :], after[max(alike - 1, 0) :]
    pairs = set(pairwise(before)) ^ set(pairwise(after))
    flows = [(one, two) for one, two in pairs if one.epoch == two.epoch and one.register_wh != two.register_wh]
    starts = {one for one in before if one.starts_flow} ^ {one for one in after if one.starts_flow}
    points = [one.at for one in starts] + [one.at for one, two in flows if one.at == two.at]
    first = min([*points, *(one.at for one, _ in flows)], default=None)
    if first is None:
        return None
    ends = [floor_to(at, HOUR) + HOUR for at in points] + [ceil_to(two.at, HOUR) for _, two in flows]
    return Stretch(floor_to(first, HOUR), max(ends))


def _common_length(before: Sequence[Reading], after: Sequence[Reading]) -> int:
    if before == after[: len(before)]:
        return len(before)
    return next((place for place, (one, two) in enumerate(zip(before, after, strict=False)) if one != two), len(after))


class _Slot:
    """What one session used in one hour, while it is summed."""

    def __init__(self) -> None:
        self.wh = [0] * QUARTERS_PER_HOUR
        self.starts, self.is_estimated = 0, False

    def part(self, plug_seq: int) -> HourPart:
        """Its result."""
        first, second, third, fourth = self.wh
        quarters = (first, second, third, fourth)
        return HourPart(
            plug_seq=plug_seq,
            quarters_wh=quarters,
            starts=self.starts,
            is_estimated=self.is_estimated and any(quarters),
        )


def _slot(slots: dict[tuple[datetime, int], _Slot], owner: Reading, hour: datetime) -> _Slot:
    key = (hour, owner.plug_seq)
    found = slots.get(key)
    if found is None:
        found = slots[key] = _Slot()
    return found


def _spread(earlier: Reading, later: Reading, window: Stretch, slots: dict[tuple[datetime, int], _Slot]) -> None:
    """Add what flowed between two neighbours to its quarters; it belongs to the session of the earlier one.

    The register at each boundary is interpolated in exact integers and rounded down; it counts on past its end.
    """
    rise, span_us = risen_wh(earlier, later), (later.at - earlier.at) // _MICROSECOND
    if not span_us:
        if earlier.at in window:
            hour = floor_to(earlier.at, HOUR)
            _slot(slots, earlier, hour).wh[(earlier.at - hour) // QUARTER] += rise
        return
    is_estimated = later.at - earlier.at > LONG_GAP
    start, end = max(earlier.at, window.start), min(later.at, window.end)
    before = rise * ((start - earlier.at) // _MICROSECOND) // span_us
    hour = floor_to(start, HOUR)
    quarter = (start - hour) // QUARTER
    edge = hour + quarter * QUARTER
    while edge < end:
        edge += QUARTER
        after = rise * ((min(edge, end) - earlier.at) // _MICROSECOND) // span_us
        if after != before:
            slot = _slot(slots, earlier, hour)
            slot.wh[quarter] += after - before
            slot.is_estimated |= is_estimated
        before, quarter = after, quarter + 1
        if quarter == QUARTERS_PER_HOUR:
            hour, quarter = edge, 0


def risen_wh(earlier: Reading, later: Reading) -> int:
    """What the register rose from one to the other, over its end if it was nearly full; negative if it fell."""
    risen = later.register_wh - earlier.register_wh
    is_full = earlier.register_wh >= REGISTER_WH * (1 - NEARLY_FULL) and earlier.register_wh < REGISTER_WH
    return risen + REGISTER_WH if risen < 0 and is_full and later.register_wh <= REGISTER_WH * NEARLY_FULL else risen


def _follows(earlier: Reading, later: Reading) -> bool:
    """Whether a charger can have made `later` after `earlier`."""
    risen = later.register_wh - earlier.register_wh
    if risen < 0:
        risen = risen_wh(earlier, later)
    if risen < 0 or later.at < earlier.at:
        return False
    seconds = (later.at - earlier.at).total_seconds() if risen > JUMP_ALLOWED_WH else 0.0
    return risen <= MAX_POWER_W * seconds / 3600 + JUMP_ALLOWED_WH


def _is_chain(ordered: Sequence[Reading]) -> bool:
    """Whether a charger can have made each of `ordered` after the one before it, all of one epoch."""
    for earlier, later in pairwise(ordered):
        is_pause = earlier.register_wh == later.register_wh and earlier.at <= later.at
        if earlier.epoch != later.epoch or not (is_pause or _follows(earlier, later)):
            return False
    return True


def _longest_chain(readings: list[Reading]) -> list[Reading]:
    if _is_chain(readings):
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
