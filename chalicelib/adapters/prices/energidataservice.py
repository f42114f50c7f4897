"""Prices from Energi Data Service (Energinet): DK1 and DK2, DKK per MWh without VAT, quarters since 1 October 2025.

`GET /dataset/DayAheadPrices?start=..&end=..&filter={"PriceArea":["DK1"]}` (start and end by the Danish clock) answers
`{total, dataset, records: [{TimeUTC, TimeDK, PriceArea, DayAheadPriceEUR, DayAheadPriceDKK}]}`; times have no offset.
No records while the day is not published. Open data, with attribution.
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final

import msgspec

from chalicelib.adapters.prices import web
from chalicelib.adapters.prices.quotes import MAX_BYTES, Quote, Quotes, number, one_day
from chalicelib.adapters.prices.source import FeedGarbage, WrongCurrency, WrongSlots, WrongZone
from chalicelib.domain.calendar import DAY, HOUR, QUARTER
from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import PriceDay

SOURCE: Final = "energidataservice.dk"
CURRENCY: Final = "DKK"
ORIGIN: Final = "https://api.energidataservice.dk"
DATASET: Final = "DayAheadPrices"


class _Record(msgspec.Struct, frozen=True):
    TimeUTC: datetime
    PriceArea: str
    DayAheadPriceDKK: float | None = None


class _Answer(msgspec.Struct, frozen=True):
    dataset: str
    records: list[_Record]


class EnergiDataService:
    """The source itself; it keeps nothing between calls."""

    def fetch(self, zone: Zone, day: date, now: datetime) -> PriceDay | None:
        """The prices of a market day, None while they are not published."""
        fields = {
            "start": f"{day}T00:00",
            "end": f"{day + DAY}T00:00",
            "filter": json.dumps({"PriceArea": [zone]}, separators=(",", ":")),
            "sort": "TimeUTC",
            "limit": "0",
        }
        answer = web.get(ORIGIN, f"/dataset/{DATASET}", fields)
        found = None if answer.status in web.NOT_YET else read(answer.body, zone)
        return one_day(found, zone, day, now, SOURCE) if found and found.quotes else None


def read(raw: bytes, zone: Zone) -> Quotes:
    """What an answer says, by time; empty when it has no records. FeedGarbage for anything else."""
    if len(raw) > MAX_BYTES:
        raise FeedGarbage(f"more than {MAX_BYTES} bytes")
    try:
        answer = msgspec.json.decode(raw, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FeedGarbage(str(error)) from error
    if answer.dataset != DATASET:
        raise FeedGarbage("another dataset")
    if any(record.PriceArea != zone for record in answer.records):
        raise WrongZone(f"records of another zone than {zone}")
    if any(record.TimeUTC.tzinfo is not None for record in answer.records):
        raise WrongSlots("a time with an offset, where UTC without one was")
    records = sorted(answer.records, key=lambda record: record.TimeUTC)
    return Quotes(currency=CURRENCY, quotes=_quotes(records))


def _quotes(records: list[_Record]) -> tuple[Quote, ...]:
    """The length of a slot is not told: it is the least distance of two, the same for all of an answer."""
    starts = [record.TimeUTC.replace(tzinfo=UTC) for record in records]
    least = min((later - earlier for earlier, later in pairwise(starts) if later > earlier), default=HOUR)
    step = QUARTER if least <= QUARTER else HOUR
    return tuple(Quote(start, start + step, _price(record)) for start, record in zip(starts, records, strict=True))


def _price(record: _Record) -> Decimal:
    if record.DayAheadPriceDKK is None:
        raise WrongCurrency("no price in DKK yet")
    return number(record.DayAheadPriceDKK) / 1000
