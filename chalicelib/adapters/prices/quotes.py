"""What all parsers end in: prices per kWh by instant, and the tests that make whole market days of them.

A day is taken as a whole or not at all: exactly its 23, 24 or 25 hours in slots of an hour or a quarter, each once
and in order, at prices that the market can have.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Final

import msgspec

from chalicelib.adapters.prices.source import AbsurdPrice, FeedGarbage, WrongDay, WrongSlots, WrongUnit
from chalicelib.domain.calendar import HOUR, QUARTER, day_stretch, local_day
from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import MARKET_TZ, PriceDay, PriceSlot, PriceState, state_at

MAX_BYTES: Final = 1024 * 1024
LOWEST_EUR: Final = Decimal("-0.6")
"""EUR per kWh. The market's harmonised limits are -500 and 4 000 EUR/MWh; a little more leaves room for new ones."""
HIGHEST_EUR: Final = Decimal(5)
HIGHEST_MEAN_EUR: Final = Decimal("1.5")
"""No Nordic day has come near it; a whole day above is another unit."""
_ABOUT: Final = {"EUR": 1, "NOK": 15, "SEK": 15, "DKK": 8}
"""At most so much is a euro."""


class Quote(msgspec.Struct, frozen=True):
    """A price per kWh without VAT for [start, end)."""

    start: datetime
    end: datetime
    price: Decimal

    def at_rate(self, rate: Decimal) -> "Quote":
        """In another currency, `rate` of which are one of ours, to six decimals."""
        return Quote(self.start, self.end, round(self.price * rate, 6))


class Quotes(msgspec.Struct, frozen=True, kw_only=True):
    """All that one answer says, in its own currency, in its order."""

    currency: str
    quotes: tuple[Quote, ...]

    def at_rate(self, rate: Decimal, currency: str) -> "Quotes":
        """All of it in another currency."""
        return Quotes(currency=currency, quotes=tuple(quote.at_rate(rate) for quote in self.quotes))


def number(value: object) -> Decimal:
    """The exact number that a document shows; AbsurdPrice for what is none, as NaN or text."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise AbsurdPrice(f"{type(value).__name__} in the place of a price")
    try:
        found = value if isinstance(value, Decimal) else Decimal(repr(value))
    except InvalidOperation as error:  # pragma: no cover - repr of a number always is one
        raise AbsurdPrice("a price that is no number") from error
    if not found.is_finite():
        raise AbsurdPrice("a price that is no number")
    return found


def one_day(found: Quotes, zone: Zone, day: date, now: datetime, source: str) -> PriceDay:
    """The market day `day`, which must be all that was found; a FeedGarbage that says what is wrong otherwise."""
    where = f"{zone} {day}"
    whole = day_stretch(day, MARKET_TZ)
    if not any(whole.start <= quote.start < whole.end for quote in found.quotes):
        raise WrongDay(f"{where}: nothing of the day")
    if any(quote.start < whole.start or quote.end > whole.end for quote in found.quotes):
        raise WrongDay(f"{where}: prices of other days too")
    _require_slots(found.quotes, where)
    if found.quotes[0].start != whole.start or found.quotes[-1].end != whole.end:
        raise WrongSlots(f"{where}: a gap at the edge of the day")
    _require_sane(found, where)
    return _price_day(found, found.quotes, zone, day, (now, state_at(day, now), source))


def within(found: Quotes, day: date) -> Quotes:
    """What lies in the market day, for sources that answer with more."""
    whole = day_stretch(day, MARKET_TZ)
    inside = tuple(quote for quote in found.quotes if whole.start <= quote.start < whole.end)
    return Quotes(currency=found.currency, quotes=inside)


def whole_days(found: Quotes, zone: Zone, now: datetime, source: str) -> list[PriceDay]:
    """Every market day of a document, all of them final: for prices that somebody vouches for."""
    days = sorted({local_day(quote.start, MARKET_TZ) for quote in found.quotes})
    if not days:
        raise WrongSlots(f"{zone}: no prices")
    made = [one_day(within(found, day), zone, day, now, source) for day in days]
    return [day.in_state(PriceState.FINAL) for day in made]


def _require_slots(quotes: Sequence[Quote], where: str) -> None:
    if not {quote.end - quote.start for quote in quotes} <= {QUARTER, HOUR}:
        raise WrongUnit(f"{where}: a slot that is neither an hour nor a quarter")
    if any(not _is_aligned(quote) for quote in quotes):
        raise WrongSlots(f"{where}: a slot that begins at an odd time")
    for earlier, later in pairwise(quotes):
        if later.start != earlier.end:
            what = "a gap" if later.start > earlier.end else "something twice or out of order"
            raise WrongSlots(f"{where}: {what} at {later.start:%H:%M} UTC")


def _is_aligned(quote: Quote) -> bool:
    return not (quote.start.timestamp() % (quote.end - quote.start).total_seconds())


def _require_sane(found: Quotes, where: str) -> None:
    euro = _ABOUT.get(found.currency)
    if euro is None:
        raise FeedGarbage(f"{where}: {found.currency} is no currency of ours")
    prices = [quote.price for quote in found.quotes]
    if not all(LOWEST_EUR * euro <= price <= HIGHEST_EUR * euro for price in prices):
        raise AbsurdPrice(f"{where}: a price out of range")
    length = sum((quote.end - quote.start for quote in found.quotes), timedelta())
    mean = sum(quote.price * ((quote.end - quote.start) // QUARTER) for quote in found.quotes) / (length // QUARTER)
    if mean > HIGHEST_MEAN_EUR * euro:
        raise AbsurdPrice(f"{where}: a whole day out of range")


def _price_day(
    found: Quotes, quotes: Sequence[Quote], zone: Zone, day: date, told: tuple[datetime, PriceState, str]
) -> PriceDay:
    now, state, source = told
    slots = tuple(
        PriceSlot(quote.start.astimezone(UTC), quote.end.astimezone(UTC), quote.price, state) for quote in quotes
    )
    return PriceDay(zone=zone, day=day, currency=found.currency, slots=slots, source=source, fetched_at=now)
