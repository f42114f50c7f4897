"""Prices from hvakosterstrommen.no: NO1 to NO5, hours, NOK per kWh without VAT.

`GET /api/v1/prices/YYYY/MM-DD_NO5.json` answers a list of `{NOK_per_kWh, EUR_per_kWh, EXR, time_start, time_end}`, or
404 while the day is not published. A market day has 23, 24 or 25 hours. Free to use, with a link to the site.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Final

import msgspec
import urllib3
from urllib3.exceptions import HTTPError

from chalicelib.adapters.prices.source import FeedDown, FeedGarbage
from chalicelib.domain.calendar import HOUR, day_stretch, steps
from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import MARKET_TZ, PriceDay, PriceSlot
from chalicelib.settings import settings

SOURCE: Final = "hvakosterstrommen.no"
MAX_BYTES: Final = 64 * 1024
MAX_PRICE: Final = Decimal(100)
"""NOK per kWh either way; the market's own limits are below this, so anything beyond is another unit."""
_OK, _NOT_YET = 200, 404
_PATIENCE: Final = urllib3.Timeout(connect=3, read=5)


class _Row(msgspec.Struct, frozen=True):
    NOK_per_kWh: float  # a number: text in its place would be another format
    time_start: datetime
    time_end: datetime


class Hvakosterstrommen:
    """The source itself; it keeps nothing between calls."""

    def fetch(self, zone: Zone, day: date, now: datetime) -> PriceDay | None:
        """The prices of a market day, None while they are not published."""
        url = f"{settings().price_feed_base}/api/v1/prices/{day:%Y/%m-%d}_{zone}.json"
        try:
            answer = urllib3.request("GET", url, timeout=_PATIENCE, retries=False, preload_content=False)
            raw = answer.read(MAX_BYTES + 1)
            answer.release_conn()
        except HTTPError as error:
            raise FeedDown(f"{zone} {day}: {type(error).__name__}") from error
        if answer.status == _NOT_YET:
            return None
        if answer.status != _OK:
            raise FeedDown(f"{zone} {day}: HTTP {answer.status}")
        return parse(raw, zone, day, now)


def parse(raw: bytes, zone: Zone, day: date, now: datetime) -> PriceDay:
    """The day in `raw`; FeedGarbage unless it holds exactly the hours of the market day, in order, with sane prices."""
    if len(raw) > MAX_BYTES:
        raise FeedGarbage(f"{zone} {day}: more than {MAX_BYTES} bytes")
    try:
        rows = msgspec.json.decode(raw, type=list[_Row])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FeedGarbage(f"{zone} {day}: {error}") from error
    expected = [(hour.start, hour.end) for hour in steps(day_stretch(day, MARKET_TZ), HOUR)]
    if any(edge.tzinfo is None for row in rows for edge in (row.time_start, row.time_end)):
        raise FeedGarbage(f"{zone} {day}: a time without offset")
    if [(row.time_start, row.time_end) for row in rows] != expected:
        raise FeedGarbage(f"{zone} {day}: not the {len(expected)} hours of the day in order")
    prices = [Decimal(repr(row.NOK_per_kWh)) for row in rows]
    if not all(price.is_finite() and abs(price) <= MAX_PRICE for price in prices):
        raise FeedGarbage(f"{zone} {day}: a price out of range")
    slots = tuple(PriceSlot(start, end, price) for (start, end), price in zip(expected, prices, strict=True))
    return PriceDay(zone=zone, day=day, currency="NOK", slots=slots, source=SOURCE, fetched_at=now)
