"""Day-ahead prices: fetched when they are due, kept when the feed fails, told to whoever plans by them."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Final

from chalicelib.adapters import planning_queue
from chalicelib.adapters.dynamo import prices, sessions
from chalicelib.adapters.prices.hvakosterstrommen import Hvakosterstrommen
from chalicelib.adapters.prices.source import FeedDown, PriceFeedError, PriceSource
from chalicelib.domain.calendar import DAY, instant_of, local_day
from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import MARKET_TZ, PriceDay
from chalicelib.domain.sites import ZONES, Country
from chalicelib.observability import count, log

NEW_PRICES: Final = "prices"
"""Why sessions are planned anew; their hours are priced anew too."""
PUBLISHED_AT: Final = time(13)
"""When tomorrow's prices are to be there, by the market's clock."""
FAILURES_BORNE: Final = 2
FETCHED_ZONES: Final = ZONES[Country.NO]
"""The zones of our one source, whether or not a site is there yet: five small calls, and the first site of a zone finds
prices and the days before them. Zones of other countries come with their sources."""


def fetch(now: datetime, zones: Iterable[Zone] = FETCHED_ZONES, source: PriceSource | None = None) -> list[Zone]:
    """Fetch what is due and not final yet; the zones that got new prices, whose sessions are planned anew.

    A failure of the feed, or of one zone, costs nothing but itself: it is counted, and what is known stays.
    """
    feed = _GivingUp(source or Hvakosterstrommen())
    changed = [zone for zone in zones if _refresh(zone, now, feed)]
    for zone in changed:
        for charger_id in sessions.list_active(zone):
            planning_queue.ask(charger_id, NEW_PRICES)
    return changed


class _GivingUp:
    """A source that is not asked any more after it was down twice in a row: each wait uses up the function's time."""

    def __init__(self, source: PriceSource) -> None:
        self._source = source
        self._failures = 0

    def fetch(self, zone: Zone, day: date, now: datetime) -> PriceDay | None:
        """What the source says."""
        if self._failures >= FAILURES_BORNE:
            raise FeedDown(f"{zone} {day}: not asked, the source is down")
        try:
            found = self._source.fetch(zone, day, now)
        except FeedDown:
            self._failures += 1
            raise
        self._failures = 0
        return found


def days_due(now: datetime) -> list[date]:
    """The market days whose prices can be known at `now`: today, and tomorrow from 13:00 on."""
    today = local_day(now, MARKET_TZ)
    return [today, today + DAY] if now >= instant_of(today, PUBLISHED_AT, MARKET_TZ) else [today]


def _refresh(zone: Zone, now: datetime, source: PriceSource) -> bool:
    """Whether anything new was stored."""
    due = days_due(now)
    known = {day.day: day for day in prices.list_days(zone, due[0], due[-1])}
    wanted = [day for day in due if day not in known or not known[day].is_final]
    stored = [_fetch_day(zone, day, known.get(day), now, source) for day in wanted]
    return any(stored)


def _fetch_day(zone: Zone, day: date, known: PriceDay | None, now: datetime, source: PriceSource) -> bool:
    try:
        found = source.fetch(zone, day, now)
    except PriceFeedError as error:
        log.warning("price_feed_failed", zone=zone, day=day.isoformat(), kind=type(error).__name__, detail=str(error))
        count("PriceFeedFailed")
        return False
    if found is None or (known is not None and known.slots == found.slots):
        return False
    prices.put(found)
    log.info("prices_stored", zone=zone, day=day.isoformat(), slots=len(found.slots))
    return True
