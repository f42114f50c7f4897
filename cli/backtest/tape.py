"""Day-ahead prices of one zone as they were, and as they were known at any moment."""

import csv
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

from chalicelib.domain.calendar import DAY, HOUR, QUARTER, Stretch, instant_of, local_day
from chalicelib.domain.planning import PricedSlot
from chalicelib.domain.price_forecast import LOOK_BACK, with_forecast
from chalicelib.domain.prices import PriceSlot, hourly
from cli.backtest.homes import OSLO, InputError

Basis = Literal["spot", "all-in"]
Resolution = Literal["hours", "quarters"]
NOK_PER_EUR: Final = 11.5
VAT: Final = 1.25
GRID_DAY, GRID_NIGHT = 0.42, 0.30
"""NOK/kWh from 06 to 22 and at night: no grid company's tariff, but a stand-in about as large as theirs are."""
_DAY_HOURS: Final = range(6, 22)
PUBLISHED: Final = time(13)


class Tape:
    """Prices in NOK/kWh; `published` forgets everything that was not known yet."""

    def __init__(self, zone: str, resolution: Resolution, basis: Basis, market: Sequence[PriceSlot]) -> None:
        """`market` in EUR/MWh, in order of time."""
        self.zone, self.resolution, self.basis = zone, resolution, basis
        self._market = market
        self._starts = [slot.start for slot in market]
        self._paid = [_paid(slot, basis) for slot in market]
        self._gaps = [one.end for one, other in pairwise(market) if one.end != other.start]
        self._forecasts: dict[datetime, list[PricedSlot]] = {}

    @property
    def whole(self) -> Stretch:
        """From the first price to the last."""
        return Stretch(self._market[0].start, self._market[-1].end)

    def covers(self, start: datetime, end: datetime) -> bool:
        """Whether every price of [start, end) is there."""
        inside = self.whole.start <= start and end <= self.whole.end
        return inside and bisect_right(self._gaps, start) == bisect_left(self._gaps, end)

    def slots(self, start: datetime, end: datetime) -> list[PricedSlot]:
        """The prices of [start, end) as they came."""
        first = max(0, bisect_right(self._starts, start) - 1)
        return self._paid[first : bisect_left(self._starts, end)]

    def published(self, now: datetime, end: datetime) -> list[PricedSlot]:
        """The prices of [now, end) as they were known at `now`, a forecast for the rest."""
        until = known_until(now)
        if until >= end:
            return self.slots(now, end)
        return self.slots(now, until) + [slot for slot in self._forecast(until) if slot.start < end]

    def _forecast(self, until: datetime) -> list[PricedSlot]:
        """Three days from `until` on, by what was known up to then; kept for the next who asks."""
        if until not in self._forecasts:
            first, last = (bisect_left(self._starts, at) for at in (until - LOOK_BACK - DAY, until))
            found = with_forecast(self._market[first:last], Stretch(until, until + 3 * DAY), OSLO)
            self._forecasts[until] = [_paid(slot, self.basis) for slot in found]
        return self._forecasts[until]

    def cost(self, start: datetime, end: datetime, power_w: float) -> float:
        """What full `power_w` during [start, end) costs, NOK."""
        spans = ((min(end, slot.end) - max(start, slot.start), slot.price) for slot in self.slots(start, end))
        return sum(span / HOUR * price for span, price in spans) * power_w / 1000.0


def known_until(now: datetime) -> datetime:
    """Up to where prices are published at `now`: today's midnight, from 13:00 on tomorrow's."""
    day = local_day(now, OSLO)
    ahead = 2 if now >= instant_of(day, PUBLISHED, OSLO) else 1
    return instant_of(day + ahead * DAY, time(), OSLO)


def next_publication(now: datetime) -> datetime:
    """The first 13:00 after `now`."""
    day = local_day(now, OSLO)
    today = instant_of(day, PUBLISHED, OSLO)
    return today if today > now else instant_of(day + DAY, PUBLISHED, OSLO)


def read_prices(files: Iterable[Path]) -> dict[str, list[list[PriceSlot]]]:
    """By zone (the first word of a file's name, up to `_`) the slots of each of its files, EUR/MWh."""
    found: dict[str, list[list[PriceSlot]]] = {}
    for file in files:
        found.setdefault(file.stem.split("_")[0], []).append(_read(file))
    return found


def tapes_of(
    files: Sequence[Sequence[PriceSlot]], zone: str, resolutions: Sequence[Resolution], bases: Sequence[Basis]
) -> list[Tape]:
    """A tape for each resolution and cost: quarters from files that have them, hours from both kinds of file."""
    makers: dict[Resolution, Callable[[], list[PriceSlot]]] = {
        "hours": lambda: _merged([hourly(list(slots)) for slots in files]),
        "quarters": lambda: _merged([slots for slots in files if slots[0].end - slots[0].start == QUARTER]),
    }
    made = {resolution: makers[resolution]() for resolution in resolutions}
    return [Tape(zone, resolution, basis, slots) for resolution, slots in made.items() if slots for basis in bases]


def _merged(parts: Iterable[Sequence[PriceSlot]]) -> list[PriceSlot]:
    by_start = {slot.start: slot for part in parts for slot in part}
    return [by_start[start] for start in sorted(by_start)]


def _read(file: Path) -> list[PriceSlot]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            rows = [(_instant(row["start_utc"]), Decimal(row["eur_per_mwh"])) for row in csv.DictReader(lines)]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read") from error
    except (KeyError, ValueError, TypeError, InvalidOperation) as error:
        raise InputError(f"{file}: not start_utc,eur_per_mwh") from error
    rows.sort()
    step = min((later - earlier for (earlier, _), (later, _) in pairwise(rows)), default=timedelta())
    if step not in {QUARTER, HOUR}:
        raise InputError(f"{file}: neither hours nor quarters")
    return [PriceSlot(start, start + step, price) for start, price in rows]


def _instant(text: str) -> datetime:
    read = datetime.fromisoformat(text)
    return read.replace(tzinfo=read.tzinfo or UTC).astimezone(UTC)


def _paid(slot: PriceSlot, basis: Basis) -> PricedSlot:
    spot = float(slot.price) * NOK_PER_EUR / 1000.0
    if basis == "spot":
        return PricedSlot(slot.start, slot.end, spot)
    grid = GRID_DAY if slot.start.astimezone(OSLO).hour in _DAY_HOURS else GRID_NIGHT
    return PricedSlot(slot.start, slot.end, spot * VAT + grid)
