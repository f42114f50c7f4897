"""What prices that are not published yet will most likely be, from those of the last days.

The shape of a day is the mean of how the last two weeks' days ran around their own mean; near days weigh more, and days
of the same kind (working day or weekend) more than the others. Its level is between theirs and that of the newest day.
Where the published prices end, the forecast begins near them and comes back to the shape in half a day. The weights
were chosen on one half of the prices of eight zones; docs/prices.md has the errors. Nothing is ever paid by a forecast.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import exp
from statistics import fmean
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.calendar import DAY, HOUR, QUARTER, Stretch, days_of, floor_to, local_day, steps
from chalicelib.domain.prices import MARKET_TZ, PriceSlot, PriceState

LOOK_BACK: Final = 14 * DAY
AGEING_DAYS: Final = 7.0
"""A day that is so much older weighs 1/e of the younger one."""
OTHER_KIND: Final = 0.4
"""How much a weekend tells about a working day, and the other way round."""
NEWEST_LEVEL: Final = 0.4
JOIN: Final = 0.8
"""How much of the last hours' distance to the shape the next hour has."""
JOIN_HOURS: Final = 12.0
JOINED: Final = 3 * HOUR
WHOLE_DAY: Final = 20 * HOUR
"""A day with less than this says little about a day."""
_DECIMALS: Final = 5


class _Day(msgspec.Struct, frozen=True):
    """One local day that is known: the price at each position of the clock."""

    day: date
    prices: Mapping[int, float]

    @property
    def mean(self) -> float:
        """Over what is known of it."""
        return fmean(self.prices.values())


class _Known(msgspec.Struct, frozen=True):
    """What there is to go by: days, and the last prices with their end."""

    days: tuple[_Day, ...]
    last: tuple[PriceSlot, ...]
    step: timedelta
    tz: ZoneInfo

    @property
    def end(self) -> datetime:
        """Up to where prices are known."""
        return self.last[-1].end


def with_forecast(known: Sequence[PriceSlot], window: Stretch, tz: ZoneInfo = MARKET_TZ) -> list[PriceSlot]:
    """Slots for all of `window`: what is known, and for the rest what is most likely, in state FORECAST.

    A forecast comes in quarters where the newest prices do, else in hours. Forecasts among `known` stay and are not
    learned from. Empty when nothing at all is known.
    """
    inside = [slot for slot in known if slot.start < window.end and window.start < slot.end]
    history = sorted((slot for slot in known if slot.state is not PriceState.FORECAST), key=lambda slot: slot.start)
    if not history:
        return inside
    found = _known(history, tz)
    taken = {part.start for slot in inside for part in steps(Stretch(slot.start, slot.end), QUARTER)}
    open_ = [step for step in _whole_steps(window, found.step) if step.start not in taken]
    return sorted([*inside, *_forecast(found, open_)], key=lambda slot: slot.start)


def _whole_steps(window: Stretch, step: timedelta) -> list[Stretch]:
    return [Stretch(part.start, part.start + step) for part in steps(_from_boundary(window, step), step)]


def _from_boundary(window: Stretch, step: timedelta) -> Stretch:
    return Stretch(floor_to(window.start, step), window.end)


def _known(history: Sequence[PriceSlot], tz: ZoneInfo) -> _Known:
    end = history[-1].end
    step = min(slot.end - slot.start for slot in history if slot.end > end - DAY)
    recent = [slot for slot in history if slot.end > end - LOOK_BACK - DAY]
    by_day: dict[date, dict[int, list[float]]] = {}
    for slot in recent:
        prices = by_day.setdefault(local_day(slot.start, tz), {})
        for part in steps(Stretch(slot.start, slot.end), step):
            prices.setdefault(_position(part.start, step, tz), []).append(float(slot.price))
    days = [_Day(day, {at: fmean(one) for at, one in prices.items()}) for day, prices in sorted(by_day.items())]
    whole = [day for day in days if len(day.prices) * step >= WHOLE_DAY]
    last = tuple(slot for slot in recent if slot.end > end - JOINED)
    return _Known(tuple(whole or days), last, step, tz)


def _position(instant: datetime, step: timedelta, tz: ZoneInfo) -> int:
    wall = instant.astimezone(tz)
    return timedelta(hours=wall.hour, minutes=wall.minute) // step


def _forecast(known: _Known, open_: Sequence[Stretch]) -> Iterable[PriceSlot]:
    """A slot for each open step; the days that are needed are shaped once."""
    if not open_:
        return
    shapes = {day: _shape(known, day) for day in days_of(Stretch(open_[0].start, open_[-1].end), known.tz)}
    distance = _distance(known)
    for step in open_:
        shape = shapes[local_day(step.start, known.tz)]
        price = shape.get(_position(step.start, known.step, known.tz), fmean(shape.values()))
        after_h = (step.start - known.end) / HOUR
        joined = JOIN * distance * exp(-after_h / JOIN_HOURS) if after_h >= 0 else 0.0
        yield PriceSlot(step.start, step.end, Decimal(f"{price + joined:.{_DECIMALS}f}"), PriceState.FORECAST)


def _distance(known: _Known) -> float:
    """How far the last prices lie above the shape of the day that comes next."""
    shape = _shape(known, local_day(known.end, known.tz))
    usual = fmean(shape.values())
    positions = [_position(slot.start, known.step, known.tz) for slot in known.last]
    return fmean(float(slot.price) - shape.get(at, usual) for at, slot in zip(positions, known.last, strict=True))


def _shape(known: _Known, day: date) -> dict[int, float]:
    """The price at each position of the clock of `day`, from the other days that are known, or from itself alone."""
    others = [one for one in known.days if one.day != day] or known.days
    weights = [_weight(one.day, day) for one in others]
    level = sum(weight * one.mean for weight, one in zip(weights, others, strict=True)) / sum(weights)
    level += NEWEST_LEVEL * (known.days[-1].mean - level)
    sums: dict[int, tuple[float, float]] = {}
    for weight, one in zip(weights, others, strict=True):
        mean = one.mean
        for at, price in one.prices.items():
            total, weighed = sums.get(at, (0.0, 0.0))
            sums[at] = (total + weight * (price - mean), weighed + weight)
    return {at: level + total / weighed for at, (total, weighed) in sums.items()}


def _weight(seen: date, day: date) -> float:
    same_kind = (seen.weekday() >= 5) == (day.weekday() >= 5)  # noqa: PLR2004 - Saturday
    return exp(-abs((day - seen).days) / AGEING_DAYS) * (1.0 if same_kind else OTHER_KIND)
