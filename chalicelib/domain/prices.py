"""Day-ahead prices of bidding zones: slots with exact prices, and the hourly mean that Norway pays.

Every value is keyed by UTC instants. A price is per kWh, without VAT.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.calendar import HOUR, Stretch, day_stretch, floor_to, local_day
from chalicelib.domain.ids import Zone
from chalicelib.domain.sites import Country

MARKET_TZ: Final = ZoneInfo("Europe/Oslo")
"""The market's day, and that of every zone but Finland's, whose market day is the same hours."""
FORECAST_DAYS: Final = 7


class PriceState(StrEnum):
    """How far a price can be relied on."""

    FINAL = "final"
    PRELIMINARY = "preliminary"
    FORECAST = "forecast"


class PriceSlot(msgspec.Struct, frozen=True):
    """One price for [start, end), per kWh, in the currency its owner names."""

    start: datetime
    end: datetime
    price: Decimal
    state: PriceState = PriceState.FINAL


_Slot = TypeVar("_Slot", bound=PriceSlot)


class PriceDay(msgspec.Struct, frozen=True, kw_only=True):
    """All prices of one zone for one market day; the slots cover the day without gap or overlap."""

    zone: Zone
    day: date
    currency: str
    slots: tuple[PriceSlot, ...]
    source: str
    fetched_at: datetime

    def __post_init__(self) -> None:
        whole = day_stretch(self.day, MARKET_TZ)
        edges = [whole.start, *[edge for slot in self.slots for edge in (slot.start, slot.end)], whole.end]
        touching = all(earlier == later for earlier, later in zip(edges[::2], edges[1::2], strict=True))
        if not (self.slots and touching and all(slot.start < slot.end for slot in self.slots)):
            raise ValueError(f"slots do not cover {self.day} exactly")

    @property
    def is_final(self) -> bool:
        """Whether nothing will change any more."""
        return all(slot.state is PriceState.FINAL for slot in self.slots)


def hourly(slots: Sequence[PriceSlot]) -> list[PriceSlot]:
    """The mean of each UTC hour: what Norwegian households pay. Hours that are not wholly priced are left out."""
    by_hour: dict[datetime, list[PriceSlot]] = {}
    for slot in slots:
        by_hour.setdefault(floor_to(slot.start, HOUR), []).append(slot)
    return [_mean(hour, parts) for hour, parts in sorted(by_hour.items()) if _covers(parts, hour)]


def billed_slots(slots: Sequence[PriceSlot], country: Country) -> list[PriceSlot]:
    """The slots by which households pay: hours in Norway, market time units elsewhere."""
    return hourly(slots) if country is Country.NO else list(slots)


def price_at(slots: Iterable[_Slot], instant: datetime) -> _Slot | None:
    """The slot that holds `instant`, None when nobody has published it."""
    return next((slot for slot in slots if slot.start <= instant < slot.end), None)


def with_forecast(known: Sequence[PriceSlot], window: Stretch, tz: ZoneInfo = MARKET_TZ) -> list[PriceSlot]:
    """Slots for all of `window`: what is known, and for every hour that is not, the mean of its like in the last days.

    The like is the same local hour of the last seven local days that have it. Empty when nothing at all is known.
    """
    inside = [slot for slot in known if slot.start < window.end and window.start < slot.end]
    like = _means_by_local_hour(known, tz)
    if not like:
        return []
    found, start = list(inside), floor_to(window.start, HOUR)
    while start < window.end:
        if price_at(inside, start) is None:
            price = like.get(start.astimezone(tz).hour, sum(like.values(), Decimal(0)) / len(like))
            found.append(PriceSlot(start, start + HOUR, price, PriceState.FORECAST))
        start += HOUR
    return sorted(found, key=lambda slot: slot.start)


def _means_by_local_hour(known: Sequence[PriceSlot], tz: ZoneInfo) -> dict[int, Decimal]:
    days = sorted({local_day(slot.start, tz) for slot in known})[-FORECAST_DAYS:]
    seen: dict[int, list[Decimal]] = {}
    for slot in known:
        if local_day(slot.start, tz) in days:
            seen.setdefault(slot.start.astimezone(tz).hour, []).append(slot.price)
    return {hour: sum(prices, Decimal(0)) / len(prices) for hour, prices in seen.items()}


def _covers(parts: Sequence[PriceSlot], hour: datetime) -> bool:
    edges = parts[0].start == hour and parts[-1].end == hour + HOUR
    return edges and all(earlier.end == later.start for earlier, later in pairwise(parts))


def _mean(hour: datetime, parts: Sequence[PriceSlot]) -> PriceSlot:
    """Weighted by time, though market time units of one hour are equally long."""
    weighted = sum(((slot.end - slot.start) // (HOUR / 60) * slot.price for slot in parts), Decimal(0))
    state = parts[0].state if len({slot.state for slot in parts}) == 1 else PriceState.PRELIMINARY
    return PriceSlot(hour, hour + HOUR, weighted / 60, state)
