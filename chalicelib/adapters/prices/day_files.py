"""Files of one day and zone, as hvakosterstrommen.no and elprisetjustnu.se serve them.

A list of `{NOK_per_kWh | SEK_per_kWh, EUR_per_kWh, EXR, time_start, time_end}` in order, times with their offset,
without VAT: an hour or a quarter each, so 23 to 25 or 92 to 100 of them.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from chalicelib.adapters.prices import web
from chalicelib.adapters.prices.quotes import MAX_BYTES, Quote, Quotes, number
from chalicelib.adapters.prices.source import FeedGarbage, WrongCurrency, WrongSlots
from chalicelib.domain.ids import Zone

_NEAR: Final = Decimal("0.02")
"""Prices are rounded to five decimals and rates to a few, so that euro times rate is only nearly the price."""


class _Row(msgspec.Struct, frozen=True):
    time_start: datetime
    time_end: datetime
    NOK_per_kWh: float | None = None  # a number: text in its place would be another format
    SEK_per_kWh: float | None = None
    EUR_per_kWh: float | None = None
    EXR: float | None = None


def fetch(origin: str, zone: Zone, day: date) -> bytes | None:
    """The file, None while there is none."""
    answer = web.get(origin, f"/api/v1/prices/{day:%Y/%m-%d}_{zone}.json")
    return None if answer.status in web.NOT_YET else answer.body


def read(raw: bytes, currency: str) -> Quotes:
    """The rows as they are; FeedGarbage for anything but a list of them, WrongCurrency for prices in another one."""
    if len(raw) > MAX_BYTES:
        raise FeedGarbage(f"more than {MAX_BYTES} bytes")
    try:
        rows = msgspec.json.decode(raw, type=list[_Row])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FeedGarbage(str(error)) from error
    if any(edge.tzinfo is None for row in rows for edge in (row.time_start, row.time_end)):
        raise WrongSlots("a time without offset")
    return Quotes(currency=currency, quotes=tuple(_quote(row, currency) for row in rows))


def _quote(row: _Row, currency: str) -> Quote:
    value: Any = getattr(row, f"{currency}_per_kWh")
    if value is None:
        raise WrongCurrency(f"no {currency}_per_kWh")
    price = number(value)
    if row.EUR_per_kWh is not None and row.EXR is not None:
        expected = number(row.EUR_per_kWh) * number(row.EXR)
        if abs(price - expected) > _NEAR * max(abs(expected), Decimal("0.01")):
            raise WrongCurrency("the price is not the euro price at the rate beside it")
    return Quote(row.time_start, row.time_end, price)
