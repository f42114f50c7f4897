"""Day-ahead prices: fetched when they are due, kept when a feed fails, told to whoever plans by them.

Each zone has its sources in an order. A day from the first of them is final from the evening before it on; what another
source tells stands in until the first one answers. What is final, and a day that is over, is never changed by a feed.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from chalicelib.adapters.dynamo import prices
from chalicelib.adapters.prices.order import PROVIDERS, of_zone
from chalicelib.adapters.prices.source import FeedDown, FeedGarbage, PriceFeedError, PriceSource
from chalicelib.domain.calendar import DAY, instant_of, local_day
from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import MARKET_TZ, PriceDay, PriceState
from chalicelib.domain.sites import ZONES
from chalicelib.observability import count, log
from chalicelib.services import plan_rounds, repricing

PUBLISHED_AT: Final = time(13)
"""When tomorrow's prices are to be there, by the market's clock."""
MISSED_AT: Final = time(15)
"""When somebody must be told that they are not."""
FAILURES_BORNE: Final = 2
LOOK_AGAIN_AFTER: Final = timedelta(minutes=50)
"""What is known and may still be put right is asked for about once an hour."""
FETCHED_ZONES: Final = tuple(zone for zones in ZONES.values() for zone in zones)
"""All of them, whether or not a site is there yet: small calls, and the first site of a zone finds prices and the days
before them."""


def fetch(
    now: datetime,
    zones: Iterable[Zone] = FETCHED_ZONES,
    source: PriceSource | None = None,
    failures_borne: int = FAILURES_BORNE,
) -> list[Zone]:
    """Fetch what is due and not final yet, from `source` or each zone's own; the zones whose prices changed.

    Their sessions are planned anew. A failure of a feed, or of one zone, costs nothing but itself: it is
    counted, and what is known stays.
    """
    sources = _Sources(source, failures_borne)
    changed = [zone for zone in zones if _refresh(zone, now, sources)]
    tell(changed, now)
    return changed


def tell(changed: Iterable[Zone], now: datetime) -> None:
    """Have every active session of these zones planned anew; `now` is when their prices changed.

    What was used by other prices is asked to be priced anew before they are written (repricing.py).
    """
    plan_rounds.begin(changed, "prices", now.astimezone(UTC).isoformat())


def days_due(now: datetime) -> list[date]:
    """The market days whose prices can be known at `now`: today, and tomorrow from 13:00 on."""
    today = local_day(now, MARKET_TZ)
    return [today, today + DAY] if now >= instant_of(today, PUBLISHED_AT, MARKET_TZ) else [today]


class _GivingUp:
    """A source that is not asked any more after it was down so often in a row: each wait uses up the call's time."""

    def __init__(self, source: PriceSource, failures_borne: int) -> None:
        self._source, self._borne = source, failures_borne
        self._failures = 0

    def fetch(self, zone: Zone, day: date, now: datetime) -> PriceDay | None:
        """What the source says."""
        if self._failures >= self._borne:
            raise FeedDown("not asked, the source is down")
        try:
            found = self._source.fetch(zone, day, now)
        except FeedDown:
            self._failures += 1
            raise
        self._failures = 0
        return found


class _Sources:
    """The sources of one call, each made when it is first needed."""

    def __init__(self, only: PriceSource | None, failures_borne: int) -> None:
        self._borne = failures_borne
        self._made = {"": _GivingUp(only, failures_borne)} if only else {}
        self._is_given = only is not None

    def names(self, zone: Zone, known: PriceDay | None) -> tuple[str, ...]:
        """Who is to be asked, the preferred one first; nobody who ranks below the one that what is known is from."""
        if self._is_given:
            return ("",)
        names = of_zone(zone)
        ranks = [rank for rank, name in enumerate(names) if known and PROVIDERS[name].source == known.source]
        return names[: ranks[0] + 1] if ranks else names

    def get(self, name: str) -> _GivingUp:
        """The source itself."""
        if name not in self._made:
            self._made[name] = _GivingUp(PROVIDERS[name].make(), self._borne)
        return self._made[name]


def _refresh(zone: Zone, now: datetime, sources: _Sources) -> bool:
    """Whether any price of the zone changed."""
    due = days_due(now)
    known = {day.day: day for day in prices.list_days(zone, due[0], due[-1])}
    wanted = [day for day in due if _is_wanted(known.get(day), now)]
    changed = [_refresh_day(zone, day, known.get(day), now, sources) for day in wanted]
    if any(changed):
        known = {day.day: day for day in prices.list_days(zone, due[0], due[-1])}
    _count_missing(zone, due, known, now)
    return any(changed)


def _is_wanted(known: PriceDay | None, now: datetime) -> bool:
    return known is None or (not known.is_final and now - known.fetched_at >= LOOK_AGAIN_AFTER)


def _refresh_day(zone: Zone, day: date, known: PriceDay | None, now: datetime, sources: _Sources) -> bool:
    found = _first_answer(zone, day, known, now, sources)
    if found is None:
        return False
    repricing.ask_before_change(known, found, now)
    prices.put(found)
    is_news = known is None or not known.has_prices_of(found)
    log.info("prices_stored", zone=zone, day=str(day), source=found.source, slots=len(found.slots), is_news=is_news)
    if is_news and known is not None:
        count("PricesCorrected")
    return is_news


def _first_answer(zone: Zone, day: date, known: PriceDay | None, now: datetime, sources: _Sources) -> PriceDay | None:
    for rank, name in enumerate(sources.names(zone, known)):
        found = _ask(sources.get(name), name, zone, day, now)
        if found is not None:
            return found if rank == 0 else found.in_state(PriceState.PRELIMINARY)
    return None


def _ask(source: PriceSource, name: str, zone: Zone, day: date, now: datetime) -> PriceDay | None:
    """What the source says; None too when it fails, which is counted."""
    try:
        return source.fetch(zone, day, now)
    except PriceFeedError as error:
        log.warning("price_feed_failed", zone=zone, day=str(day), source=name, code=error.code, detail=str(error))
        count("PriceFeedFailed")
        count("PriceFeedFailed", error.code)
        if isinstance(error, FeedGarbage):
            count("PriceFeedGarbage")
        return None


def _count_missing(zone: Zone, due: Iterable[date], known: Mapping[date, PriceDay], now: datetime) -> None:
    """Prices that nobody has told although it is late: plans then go by forecasts."""
    today = local_day(now, MARKET_TZ)
    is_late = now >= instant_of(today, MISSED_AT, MARKET_TZ)
    missing = [day for day in due if day not in known and (day == today or is_late)]
    if missing:
        log.warning("prices_missing", zone=zone, days=[str(day) for day in missing])
        count("PricesMissing")
