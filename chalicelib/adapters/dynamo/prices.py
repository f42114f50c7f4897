"""Table prices: one row for each zone and market day, written whole each time."""

from collections.abc import Iterable
from datetime import date

import msgspec
from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.adapters.dynamo.table import Table, calling
from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import PriceDay, PriceSlot

_Slots = tuple[PriceSlot, ...]


class PriceDayRow(Table):
    """One market day; `slots` is JSON, because the slots are only ever read together."""

    class Meta:
        """Told by the settings."""

    logical_name = "prices"
    zone = UnicodeAttribute(hash_key=True)
    day = UnicodeAttribute(range_key=True)
    currency = UnicodeAttribute()
    source = UnicodeAttribute()
    fetched_at = UTCDateTimeAttribute()
    slots = UnicodeAttribute()


def put(day: PriceDay) -> None:
    """Write a day in the place of what was known of it; its own repeat changes nothing."""
    row = PriceDayRow(
        zone=day.zone,
        day=day.day.isoformat(),
        currency=day.currency,
        source=day.source,
        fetched_at=day.fetched_at,
        slots=msgspec.json.encode(day.slots).decode(),
    )
    calling(row.save)


def list_days(zone: Zone, first: date, last: date) -> list[PriceDay]:
    """The days that are known from `first` to `last`, both included, in order."""
    span = PriceDayRow.day.between(first.isoformat(), last.isoformat())
    return [_to_domain(row) for row in calling(lambda: list(PriceDayRow.query(zone, span, consistent_read=True)))]


def slots_of(days: Iterable[PriceDay]) -> list[PriceSlot]:
    """All slots of the days, in order."""
    return sorted((slot for day in days for slot in day.slots), key=lambda slot: slot.start)


def _to_domain(row: PriceDayRow) -> PriceDay:
    return PriceDay(
        zone=Zone(row.zone),
        day=date.fromisoformat(row.day),
        currency=row.currency,
        slots=msgspec.json.decode(row.slots, type=_Slots),
        source=row.source,
        fetched_at=row.fetched_at,
    )
