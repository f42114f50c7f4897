"""What a car will need, and how long it stays, learned from the charger's own earlier sessions.

Nobody tells the charger a state of charge. The need of the next session is taken to be one of those before it, each
equally likely, or more than all of them: with N sessions sorted by energy the chance of a need beyond the i-th is
(N + 1 - i) / (N + 1). The quantile p lies at (N + 1) p, on the line between the two sessions about it: where needs are
rarer the larger they are, that much is enough with p or more. A charger without sessions needs what all homes do; the
first few of its own are joined by how all homes' sessions spread about a home's mean, which is taken to lie between
that of all homes and its own. Recent sessions weigh no more than others: docs/backtest.md has what that would gain.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.calendar import HOUR, QUARTER, Stretch, local_day, steps
from chalicelib.domain.planning.problem import PricedSlot

OWN_SESSIONS: Final = 60
"""How many of the latest sessions tell the need."""
ENOUGH_SESSIONS: Final = 10
"""With fewer, what is known of all homes is added."""
LEAST_WH: Final = 100
"""A session that took less did not charge a car."""
PROBABILITY: Final = 0.95
"""How likely a car is to be full by ready_by."""
WORTH_PRICES: Final = 2.0
"""What a kWh that is missing is worth to somebody who sometimes leaves early, in mean prices of the window: 2 NOK where
a kWh costs 1. That was the good setting of a study of 315 Norwegian homes (docs/backtest.md)."""
LEAVES_PER_HOUR: Final = 0.03
"""The chance that a car whose stays are not known leaves in a given hour: one night in four, of ten hours."""
ALL_HOMES_WH: Final = (
    *(1730, 2800, 3670, 4400, 5120, 5850, 6570, 7320, 8130, 9020),
    *(10210, 11510, 12930, 14420, 16200, 18530, 21850, 26390, 36150),
)
"""The 5, 10 .. 95 % quantiles of 22 750 sessions of 163 Norwegian homes, 2018 to 2021, computed from the data of
Sørensen et al., Data in Brief 2024, doi 10.1016/j.dib.2024.110883."""
MEAN_HOME_WH: Final = 16_500
"""The mean of those homes' mean sessions."""
MEAN_HOME_WEIGHT: Final = 2
"""How many sessions of a home's own the mean of all homes is worth; of 0.5 to 4 no other was better by a per cent."""
SPREAD: Final = (
    *(0.180, 0.301, 0.388, 0.468, 0.554, 0.623, 0.682, 0.742, 0.822, 0.902),
    *(0.962, 1.030, 1.098, 1.180, 1.256, 1.340, 1.472, 1.645, 2.037),
)
"""The 5, 10 .. 95 % quantiles of 1 464 sessions, each home's second to tenth, as parts of the mean expected before."""
SAME_HOUR: Final = timedelta(hours=2)
"""Plug-ins so far apart by the clock tell about each other's departures."""
_HALF_DAY: Final = timedelta(hours=12)
_ROUNDING: Final = 1e-9


class Stay(msgspec.Struct, frozen=True):
    """When a car came and went, aware UTC."""

    plugged_at: datetime
    left_at: datetime


class LearnedNeed(msgspec.Struct, frozen=True):
    """What a session may need: after `levels_wh` (ascending) more is needed with the chances `beyond` (falling)."""

    levels_wh: tuple[int, ...]
    beyond: tuple[float, ...]

    def chance_beyond(self, energy_wh: float) -> float:
        """The probability that more than `energy_wh` is needed."""
        below = bisect_right(self.levels_wh, energy_wh)
        return self.beyond[below - 1] if below else 1.0

    def chance_enough(self, energy_wh: float) -> float:
        """The probability that `energy_wh` is enough: on the line between the known needs about it."""
        below = bisect_right(self.levels_wh, energy_wh)
        if not below or below == len(self.levels_wh):
            return 1.0 - self.chance_beyond(energy_wh)
        low_wh, high_wh = self.levels_wh[below - 1 : below + 1]
        more, less = self.beyond[below - 1 : below + 1]
        return 1.0 - more + (more - less) * (energy_wh - low_wh) / (high_wh - low_wh)

    def quantile_wh(self, probability: float) -> int:
        """What is enough with this probability, up to a whole Wh; the largest known need if that is not enough."""
        missing = 1.0 - probability
        number = next((n for n, beyond in enumerate(self.beyond) if beyond <= missing + _ROUNDING), None)
        if not number:
            return self.levels_wh[-1 if number is None else 0]
        low_wh, high_wh = self.levels_wh[number - 1 : number + 1]
        more, less = self.beyond[number - 1 : number + 1]
        return ceil(low_wh + (high_wh - low_wh) * min(1.0, (more - missing) / (more - less)) - _ROUNDING)

    def expected_wh(self, low_wh: float, high_wh: float) -> float:
        """What is used on average of a session's energy between `low_wh` and `high_wh`: the area under the chance."""
        total, at_wh, number = 0.0, low_wh, bisect_right(self.levels_wh, low_wh)
        while at_wh < high_wh:
            level_wh = self.levels_wh[number] if number < len(self.levels_wh) else high_wh
            end_wh = min(level_wh, high_wh)
            total += (end_wh - at_wh) * (self.beyond[number - 1] if number else 1.0)
            at_wh, number = end_wh, number + 1
        return total


def learn_need(energies_wh: Sequence[int]) -> LearnedNeed:
    """The need after these sessions, oldest first; the last OWN_SESSIONS count, and all homes while there are few."""
    own = [energy_wh for energy_wh in energies_wh if energy_wh >= LEAST_WH][-OWN_SESSIONS:]
    if not own:
        return ALL_HOMES
    return need_of([*own, *_like_all_homes(own)] if len(own) < ENOUGH_SESSIONS else own)


def _like_all_homes(own: Sequence[int]) -> list[int]:
    """Sessions that spread as all homes' do about the mean expected of a home with these."""
    mean_wh = (MEAN_HOME_WEIGHT * MEAN_HOME_WH + sum(own)) / (MEAN_HOME_WEIGHT + len(own))
    return [round(part * mean_wh) for part in SPREAD]


def need_of(energies_wh: Iterable[int]) -> LearnedNeed:
    """The need when each of these (at least one) is as likely as the others, and as being more than all of them."""
    levels = sorted(energies_wh)
    count = len(levels) + 1
    return LearnedNeed(tuple(levels), tuple((count - number) / count for number in range(1, count)))


def value_of(prices: Sequence[float]) -> float:
    """What a missing kWh is worth where these are the prices, in their unit; nothing without any."""
    return WORTH_PRICES * sum(abs(price) for price in prices) / len(prices) if prices else 0.0


def weigh_departure(
    slots: Sequence[PricedSlot],
    stays: Sequence[Stay],
    plugged_at: datetime,
    tz: ZoneInfo,
    value: float | None = None,
) -> tuple[PricedSlot, ...]:
    """The slots in quarters, priced (price - value) x the chance that the car is still there in the middle of each.

    The one rule for cars that may leave early, whether their need is known or learned: a plan weighs what waiting saves
    against what a car that leaves lacks. Fewer than ENOUGH_SESSIONS stays that began at about the same time of day tell
    nothing: LEAVES_PER_HOUR of the cars then leave in each hour. `value` of a kWh, None: `value_of` these slots.
    """
    worth = value_of([slot.price for slot in slots]) if value is None else value
    offsets = sorted(_since_midnight(stay.plugged_at, stay.left_at, tz) for stay in _alike(stays, plugged_at, tz))
    found = []
    for slot in slots:
        for part in steps(Stretch(slot.start, slot.end), QUARTER):
            middle = part.start + part.duration / 2
            chance = _chance_present(offsets, _since_midnight(plugged_at, middle, tz)) if offsets else None
            usual = (1.0 - LEAVES_PER_HOUR) ** ((middle - plugged_at) / HOUR)
            found.append(PricedSlot(part.start, part.end, (slot.price - worth) * (usual if chance is None else chance)))
    return tuple(found)


def _alike(stays: Sequence[Stay], plugged_at: datetime, tz: ZoneInfo) -> list[Stay]:
    """The latest stays that began within SAME_HOUR of this one by the clock, none if they are too few."""
    mine = _since_midnight(plugged_at, plugged_at, tz)
    near = [stay for stay in stays if _is_near(_since_midnight(stay.plugged_at, stay.plugged_at, tz), mine)]
    return near[-OWN_SESSIONS:] if len(near) >= ENOUGH_SESSIONS else []


def _is_near(one: timedelta, other: timedelta) -> bool:
    apart = abs(one - other)
    return min(apart, 2 * _HALF_DAY - apart) <= SAME_HOUR


def _since_midnight(plugged_at: datetime, instant: datetime, tz: ZoneInfo) -> timedelta:
    """What the wall clock has gone at `instant` since the local midnight before plug-in."""
    wall = instant.astimezone(tz).replace(tzinfo=None)
    midnight = datetime.combine(local_day(plugged_at, tz), datetime.min.time())
    return wall - midnight


def _chance_present(offsets: Sequence[timedelta], offset: timedelta) -> float:
    left = bisect_right(offsets, offset)
    return (len(offsets) + 1 - left) / (len(offsets) + 1)


ALL_HOMES: Final = need_of(ALL_HOMES_WH)
"""What is thought of a charger that has no session yet."""
