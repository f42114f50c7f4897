"""The prices that one run needs, each read once."""

from collections import defaultdict
from datetime import date, datetime
from typing import Final

from chalicelib.adapters.dynamo import prices
from chalicelib.adapters.dynamo.hours import price_day_of
from chalicelib.domain.calendar import HOUR, Stretch, days_of, floor_to, local_day, steps
from chalicelib.domain.ids import SiteId, Zone
from chalicelib.domain.prices import MARKET_TZ, PriceSlot
from chalicelib.domain.sites import Site
from chalicelib.domain.tariffs import PaidSlot, SiteTariff, paid_slots
from chalicelib.services.zone_prices import tariff

_NO_PRICES: Final[tuple[PriceSlot, ...]] = ()


class PriceBook:
    """What sites pay, hour by hour. Prices are those of the moment at which a zone's day was first asked for."""

    def __init__(self) -> None:
        self._days: set[tuple[Zone, date]] = set()
        self._market: dict[tuple[Zone, datetime], list[PriceSlot]] = defaultdict(list)
        self._tariffs: dict[tuple[SiteId, int], SiteTariff] = {}
        self._paid: dict[tuple[SiteId, int, datetime], list[PaidSlot]] = {}
        self._energy: dict[tuple[SiteId, int, datetime], list[PriceSlot]] = {}

    def prepare(self, site: Site, window: Stretch) -> None:
        """Read what `window` needs in one call, unless it is known."""
        if site.zone is None or not site.contract.needs_spot:
            return
        wanted = [day for day in days_of(window, MARKET_TZ) if (site.zone, day) not in self._days]
        if not wanted:
            return
        known = prices.slots_of(
            day for day in prices.list_days(site.zone, wanted[0], wanted[-1]) if (site.zone, day.day) not in self._days
        )
        for slot in known:
            self._market[site.zone, floor_to(slot.start, HOUR)].append(slot)
        self._days.update((site.zone, day) for day in days_of(Stretch(window.start, window.end), MARKET_TZ))

    def hour(self, site: Site, start: datetime) -> list[PaidSlot]:
        """What the site pays in the UTC hour from `start`, as far as it is known."""
        key = (site.site_id, site.version, start)
        found = self._paid.get(key)
        if found is None:
            hour = Stretch(start, start + HOUR)
            if (site.zone, start) not in self._market:
                self.prepare(site, hour)
            market = self._market.get((site.zone, start), _NO_PRICES) if site.zone else _NO_PRICES
            found = self._paid[key] = paid_slots(self.tariff(site), market, hour)
        return found

    def energy(self, site: Site, window: Stretch) -> list[PriceSlot]:
        """The prices of energy alone in the hours of `window`."""
        self.prepare(site, window)
        whole = Stretch(floor_to(window.start, HOUR), window.end)
        return [slot for hour in steps(whole, HOUR) for slot in self._energy_in(site, hour.start)]

    def _energy_in(self, site: Site, start: datetime) -> list[PriceSlot]:
        key = (site.site_id, site.version, start)
        if key not in self._energy:
            self._energy[key] = [slot.energy for slot in self.hour(site, start)]
        return self._energy[key]

    def tariff(self, site: Site) -> SiteTariff:
        """The site's tariff."""
        key = (site.site_id, site.version)
        if key not in self._tariffs:
            self._tariffs[key] = tariff(site)
        return self._tariffs[key]


def price_day(site: Site, start: datetime) -> str | None:
    """What an hour at the site is filed under, so that a corrected price finds it; None where no market is paid."""
    if site.zone is None or not site.contract.needs_spot:
        return None
    return price_day_of(site.zone, local_day(start, MARKET_TZ))
