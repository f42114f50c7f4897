"""The prices that a run needs, each read once, and those of many runs read once in a while."""

import functools
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from chalicelib.adapters.dynamo import prices
from chalicelib.adapters.dynamo.hours import price_day_of
from chalicelib.domain.calendar import HOUR, Stretch, days_of, floor_to, local_day
from chalicelib.domain.contracts import PriceContract
from chalicelib.domain.costs import HourPrices, hour_prices
from chalicelib.domain.ids import SiteId, Zone
from chalicelib.domain.prices import MARKET_TZ, PriceSlot
from chalicelib.domain.sites import Country, Site
from chalicelib.domain.tariffs import SiteTariff, paid_slots
from chalicelib.services.zone_prices import tariff

KEPT_S: Final = 20
"""A book is thrown away after so many seconds: with the time that a function may run it is less than the delay after
which corrected prices are used to price anew (pricing_queue.SETTLES_AFTER_S), so nothing of an old book is missed."""
_NO_PRICES: Final = tuple[PriceSlot, ...]()
_Terms = tuple[Country, Zone | None, PriceContract]


class PriceBook:
    """What sites pay, hour by hour. Prices are those of the moment at which a zone's day was first asked for.

    What is not published is asked for again by the next run.
    """

    def __init__(self) -> None:
        self._known: set[tuple[Zone, date]] = set()
        self._missing: set[tuple[Zone, date]] = set()
        self._market: dict[tuple[Zone, datetime], list[PriceSlot]] = defaultdict(list)
        self._pages: dict[_Terms, _Page] = {}
        self._by_site: dict[tuple[SiteId, int, int], _Page] = {}

    def begin(self) -> "PriceBook":
        """The book for another run."""
        self._missing.clear()
        return self

    def prepare(self, site: Site, window: Stretch) -> None:
        """Read what `window` needs in one call, unless it is known."""
        for place in range(site.terms_at(window.start), site.terms_at(window.end) + 1):
            self._prepare(site.paying_by(place), window)

    def _prepare(self, site: Site, window: Stretch) -> None:
        zone = site.zone
        if zone is None or not site.contract.needs_spot:
            return
        days = [(zone, day) for day in days_of(window, MARKET_TZ)]
        wanted = [one for one in days if one not in self._known and one not in self._missing]
        if not wanted:
            return
        found = [day for day in prices.list_days(zone, wanted[0][1], wanted[-1][1]) if (zone, day.day) in wanted]
        for slot in prices.slots_of(found):
            self._market[zone, floor_to(slot.start, HOUR)].append(slot)
        self._known.update((zone, day.day) for day in found)
        self._missing.update(one for one in wanted if one not in self._known)

    def hour(self, site: Site, start: datetime) -> HourPrices:
        """What the site pays, or paid then, in the UTC hour from `start`, as far as it is known."""
        page = self._page(site, site.terms_at(start))
        found = page.hours.get(start)
        if found is None:
            found = self._read(site, page, Stretch(start, start + HOUR), start)
        return found

    def energy(self, site: Site, window: Stretch) -> list[PriceSlot]:
        """The prices of energy alone in the hours of `window`."""
        start, found = floor_to(window.start, HOUR), list[PriceSlot]()
        while start < window.end:
            page = self._page(site, site.terms_at(start))
            found += (page.hours.get(start) or self._read(site, page, window, start)).energy
            start += HOUR
        return found

    def _read(self, site: Site, page: "_Page", window: Stretch, start: datetime) -> HourPrices:
        """The prices of an hour, which is not the only one of `window` that is wanted."""
        self.prepare(site, window)
        zone, contract = page.terms.zone, page.terms.contract
        market = self._market.get((zone, start), _NO_PRICES) if zone else _NO_PRICES
        found = page.prices(market, Stretch(start, start + HOUR))
        if market or not contract.needs_spot:
            page.hours[start] = found
        return found

    def _page(self, site: Site, place: int) -> "_Page":
        key = (site.site_id, site.version, place)
        page = self._by_site.get(key)
        if page is None:
            then = site.paying_by(place)
            terms = (then.country, then.zone, then.contract)
            page = self._by_site[key] = self._pages.setdefault(terms, _Page(tariff(then)))
        return page


class _Page:
    """What all sites with the same terms pay."""

    def __init__(self, terms: SiteTariff) -> None:
        self.terms, self.hours = terms, dict[datetime, HourPrices]()

    def prices(self, market: Iterable[PriceSlot], hour: Stretch) -> HourPrices:
        return hour_prices(paid_slots(self.terms, list(market), hour), has_grid=self.terms.knows_grid)


@functools.lru_cache(maxsize=1)
def _book_of(number: int) -> PriceBook:  # noqa: ARG001 - the cache's key
    return PriceBook()


def recent(real_now: datetime) -> PriceBook:
    """A book that is at most 20 seconds old at the real time `real_now`, shared by the runs of one environment."""
    return _book_of(int(real_now.timestamp()) // KEPT_S).begin()


forget: Final = _book_of.cache_clear


def price_day(site: Site, start: datetime) -> str | None:
    """What an hour at the site is filed under, so that a corrected price finds it; None where no market is paid."""
    then = site.paying_by(site.terms_at(start))
    if then.zone is None or not then.contract.needs_spot:
        return None
    return price_day_of(then.zone, local_day(start, MARKET_TZ))
