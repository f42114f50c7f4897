"""What every source of day-ahead prices offers, and how it fails.

PriceFeedError
 +- FeedDown        it does not answer, or not with an answer
 |   +- FeedRefused   it does not let us in: the token is missing or wrong
 +- FeedGarbage     it answers something that is not the prices that were asked for; the message says what is wrong
     +- WrongDay      the prices of another day, or of more than the day
     +- WrongZone     of another bidding zone
     +- WrongUnit     not per MWh or kWh, or not in a market time unit
     +- WrongCurrency
     +- WrongSlots    a gap, an overlap, something twice or out of order
     +- AbsurdPrice   not a number, or no price that this market can have
"""

from datetime import date, datetime
from typing import ClassVar, Protocol

from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import PriceDay


class PriceFeedError(Exception):
    """Base: no prices could be had, and old ones stay. `code` is counted and never changes."""

    code: ClassVar[str] = "feed_error"


class FeedDown(PriceFeedError):  # noqa: N818 - the names read as the fact they state
    """The source does not answer, or says that something is wrong with it."""

    code = "feed_down"


class FeedRefused(FeedDown):
    """The source does not let us in."""

    code = "feed_refused"


class FeedGarbage(PriceFeedError):  # noqa: N818
    """The answer is not a whole day of prices of this zone; nothing of it is used."""

    code = "feed_garbage"


class WrongDay(FeedGarbage):
    """The answer holds another day than the one asked for."""

    code = "feed_wrong_day"


class WrongZone(FeedGarbage):
    """The answer is about another bidding zone."""

    code = "feed_wrong_zone"


class WrongUnit(FeedGarbage):
    """The answer is in a unit of energy or time that we do not know."""

    code = "feed_wrong_unit"


class WrongCurrency(FeedGarbage):
    """The answer is in another currency, or contradicts its own exchange rate."""

    code = "feed_wrong_currency"


class WrongSlots(FeedGarbage):
    """The day has a gap, an overlap, a doubled or misplaced slot."""

    code = "feed_wrong_slots"


class AbsurdPrice(FeedGarbage):
    """A price is not a number or cannot be: most likely another unit."""

    code = "feed_absurd_price"


class PriceSource(Protocol):
    """Where day-ahead prices come from."""

    def fetch(self, zone: Zone, day: date, now: datetime) -> PriceDay | None:
        """The prices of a market day, None while they are not published; a PriceFeedError if it cannot be told."""
        ...
