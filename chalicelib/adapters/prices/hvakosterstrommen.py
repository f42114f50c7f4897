"""Prices from hvakosterstrommen.no: NO1 to NO5, NOK per kWh without VAT, still hours (see day_files).

404 while the day is not published. Free to use, with a link to the site. NOK by the newest rate of Norges Bank.
"""

from datetime import date, datetime
from typing import Final

from chalicelib.adapters.prices import day_files
from chalicelib.adapters.prices.quotes import MAX_BYTES, Quotes, one_day
from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import PriceDay

SOURCE: Final = "hvakosterstrommen.no"
CURRENCY: Final = "NOK"
ORIGIN: Final = "https://www.hvakosterstrommen.no"
__all__ = ["CURRENCY", "MAX_BYTES", "ORIGIN", "SOURCE", "Hvakosterstrommen", "parse", "read"]


class Hvakosterstrommen:
    """The source itself; it keeps nothing between calls."""

    def fetch(self, zone: Zone, day: date, now: datetime) -> PriceDay | None:
        """The prices of a market day, None while they are not published."""
        raw = day_files.fetch(ORIGIN, zone, day)
        return None if raw is None else parse(raw, zone, day, now)


def read(raw: bytes, zone: Zone) -> Quotes:
    """What a file says; it does not name its zone."""
    del zone
    return day_files.read(raw, CURRENCY)


def parse(raw: bytes, zone: Zone, day: date, now: datetime) -> PriceDay:
    """The day in `raw`; FeedGarbage unless it is exactly the market day, in order, with sane prices."""
    return one_day(read(raw, zone), zone, day, now, SOURCE)
