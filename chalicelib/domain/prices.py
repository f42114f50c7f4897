"""Day-ahead prices of bidding zones: slots with exact prices, the hourly mean that Norway pays, value added tax.

Every value is keyed by UTC instants. A price is per kWh, without VAT unless a name says otherwise.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.calendar import DAY, HOUR, QUARTER, Stretch, day_stretch, floor_to, instant_of, steps
from chalicelib.domain.ids import Zone
from chalicelib.domain.sites import Country, country_of

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


class VatRate(msgspec.Struct, frozen=True):
    """Value added tax on electricity for households, from an instant on."""

    valid_from: datetime
    rate: Decimal


_LONG_AGO: Final = datetime(2010, 1, 1, tzinfo=UTC)
_FULL: Final = (VatRate(_LONG_AGO, Decimal("0.25")),)
_NONE: Final = (VatRate(_LONG_AGO, Decimal(0)),)
_FINLAND: Final = (
    VatRate(_LONG_AGO, Decimal("0.24")),
    VatRate(datetime(2024, 8, 31, 21, tzinfo=UTC), Decimal("0.255")),
)
_VAT_OF_COUNTRY: Final = {Country.NO: _FULL, Country.SE: _FULL, Country.DK: _FULL, Country.FI: _FINLAND}
_VAT_OF_ZONE: Final[dict[Zone, tuple[VatRate, ...]]] = {Zone("NO4"): _NONE}
"""Households in Nordland, Troms and Finnmark pay none (mval. 6-6); NO4 stands in until sites know their county."""


def vat_rate(zone: Zone, at: datetime) -> Decimal:
    """The share that is added to a price without VAT, such as 0.25; KeyError for an unknown zone."""
    rates = _VAT_OF_ZONE.get(zone) or _VAT_OF_COUNTRY[country_of(zone)]
    return [rate.rate for rate in rates if rate.valid_from <= at][-1]


def with_vat(slot: PriceSlot, zone: Zone) -> PriceSlot:
    """The slot as a household pays it."""
    return PriceSlot(slot.start, slot.end, slot.price * (1 + vat_rate(zone, slot.start)), slot.state)


def hourly(slots: Sequence[PriceSlot]) -> list[PriceSlot]:
    """The mean of each UTC hour: what Norwegian households pay. Hours that are not wholly priced are left out."""
    by_hour: dict[datetime, list[PriceSlot]] = {}
    for slot in slots:
        by_hour.setdefault(floor_to(slot.start, HOUR), []).append(slot)
    return [_mean(hour, parts) for hour, parts in sorted(by_hour.items()) if _covers(parts, hour)]


def paid_slots(slots: Sequence[PriceSlot], zone: Zone) -> list[PriceSlot]:
    """The slots by which a household in `zone` pays, with VAT: hours in Norway, market time units elsewhere."""
    billed = hourly(slots) if country_of(zone) is Country.NO else list(slots)
    return [with_vat(slot, zone) for slot in billed]


def price_at(slots: Iterable[PriceSlot], instant: datetime) -> PriceSlot | None:
    """The slot that holds `instant`, None when nobody has published it."""
    return next((slot for slot in slots if slot.start <= instant < slot.end), None)


def _covers(parts: Sequence[PriceSlot], hour: datetime) -> bool:
    edges = parts[0].start == hour and parts[-1].end == hour + HOUR
    return edges and all(earlier.end == later.start for earlier, later in pairwise(parts))


def _mean(hour: datetime, parts: Sequence[PriceSlot]) -> PriceSlot:
    """Weighted by time, though market time units of one hour are equally long."""
    weighted = sum(((slot.end - slot.start) // (HOUR / 60) * slot.price for slot in parts), Decimal(0))
    state = parts[0].state if len({slot.state for slot in parts}) == 1 else PriceState.PRELIMINARY
    return PriceSlot(hour, hour + HOUR, weighted / 60, state)
