"""What every source of day-ahead prices offers, and how it fails.

PriceFeedError
 +- FeedDown      it does not answer, or not with an answer
 +- FeedGarbage   it answers something that is not the prices that were asked for; the message says what is wrong
"""

from datetime import date, datetime
from typing import Protocol

from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import PriceDay


class PriceFeedError(Exception):
    """Base: no prices could be had, and old ones stay."""


class FeedDown(PriceFeedError):  # noqa: N818 - the names read as the fact they state
    """The source does not answer, or says that something is wrong with it."""


class FeedGarbage(PriceFeedError):  # noqa: N818
    """The answer is not a whole day of prices of this zone; nothing of it is used."""


class PriceSource(Protocol):
    """Where day-ahead prices come from."""

    def fetch(self, zone: Zone, day: date, now: datetime) -> PriceDay | None:
        """The prices of a market day, None while they are not published; a PriceFeedError if it cannot be told."""
        ...
