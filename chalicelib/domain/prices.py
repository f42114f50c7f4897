"""Day-ahead prices of bidding zones: slots with exact prices, and the hourly mean that Norway pays.

Every value is keyed by UTC instants. A price is per kWh, without VAT.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.calendar import DAY, HOUR, QUARTER, Stretch, day_stretch, floor_to, instant_of, steps
from chalicelib.domain.ids import Zone
from chalicelib.domain.sites import Country

MARKET_TZ: Final = ZoneInfo("Europe/Oslo")
"""The market's day, and that of every zone but Finland's, whose market day is the same hours."""
SETTLED_AT: Final = time(18)
"""From then on, by the market's clock, tomorrow's prices stay as they are."""


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

    def in_state(self, state: PriceState) -> "PriceDay":
        """The same prices, to be relied on as far as `state` says."""
        slots = tuple(PriceSlot(slot.start, slot.end, slot.price, state) for slot in self.slots)
        return msgspec.structs.replace(self, slots=slots)

    def has_prices_of(self, other: "PriceDay") -> bool:
        """Whether the same is to be paid at every time, however it is cut or far it can be relied on."""
        return self.currency == other.currency and _quarters(self.slots) == _quarters(other.slots)


def _quarters(slots: Iterable[PriceSlot]) -> dict[datetime, Decimal]:
    return {part.start: slot.price for slot in slots for part in steps(Stretch(slot.start, slot.end), QUARTER)}


def state_at(day: date, now: datetime) -> PriceState:
    """How far a market's own prices of `day` can be relied on when they are read at `now`.

    They are published about 13:00 on the day before and may be put right in the hours after it.
    """
    settled = instant_of(day - DAY, SETTLED_AT, MARKET_TZ)
    return PriceState.FINAL if now >= settled else PriceState.PRELIMINARY


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
    for slot in slots:
        if slot.start <= instant < slot.end:
            return slot
    return None


def _covers(parts: Sequence[PriceSlot], hour: datetime) -> bool:
    edges = parts[0].start == hour and parts[-1].end == hour + HOUR
    return edges and all(earlier.end == later.start for earlier, later in pairwise(parts))


def _mean(hour: datetime, parts: Sequence[PriceSlot]) -> PriceSlot:
    """Weighted by time, though market time units of one hour are equally long."""
    weighted = sum(((slot.end - slot.start) // (HOUR / 60) * slot.price for slot in parts), Decimal(0))
    state = parts[0].state if len({slot.state for slot in parts}) == 1 else PriceState.PRELIMINARY
    return PriceSlot(hour, hour + HOUR, weighted / 60, state)
