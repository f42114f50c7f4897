"""Prices of the market, and as a site pays them: for planning, for costs and for people to look at."""

from datetime import date, datetime, timedelta

from chalicelib.adapters import tariff_data
from chalicelib.adapters.dynamo import prices
from chalicelib.domain.calendar import DAY, Stretch, days_of, local_day
from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import MARKET_TZ, PriceDay, PriceSlot
from chalicelib.domain.rates import vat_of_zone
from chalicelib.domain.sites import Site
from chalicelib.domain.tariffs import PaidPrices, SiteTariff, paid_prices, tariff_of

FORECAST_LOOK_BACK = timedelta(days=8)


def tariff(site: Site) -> SiteTariff:
    """What the site's contract, grid company and taxes make of the market's prices."""
    company = site.contract.grid_company
    return tariff_of(site, tariff_data.rates(), tariff_data.grid_companies().get(company) if company else None)


def paid_in(site: Site, window: Stretch) -> PaidPrices:
    """What the site pays for energy in `window`, as far as it is known; a site without a zone has no spot price."""
    found = tariff(site)
    market = market_in(site.zone, window) if found.contract.needs_spot else ()
    return paid_prices(found, market, window)


def market_in(zone: Zone | None, window: Stretch) -> tuple[PriceSlot, ...]:
    """The market's slots that are known for the market days of `window`; none without a zone."""
    if zone is None:
        return ()
    days = days_of(window, MARKET_TZ)
    return tuple(prices.slots_of(prices.list_days(zone, days[0], days[-1])))


def planning_slots(zone: Zone | None, since: datetime, now: datetime) -> tuple[PriceSlot, ...]:
    """Everything known from a week before `since` or `now` to the end of the prices: what forecasts are made from."""
    return market_in(zone, Stretch(min(since, now) - FORECAST_LOOK_BACK, now + 3 * DAY))


def with_vat(slot: PriceSlot, zone: Zone) -> PriceSlot:
    """The slot with the VAT of most households in its zone."""
    rate = vat_of_zone(tariff_data.rates(), zone, local_day(slot.start, MARKET_TZ))
    return PriceSlot(slot.start, slot.end, slot.price * (1 + rate), slot.state)


def find_day(zone: Zone, day: date) -> PriceDay | None:
    """The market's own prices of a day, without VAT; None when they are not known."""
    return next(iter(prices.list_days(zone, day, day)), None)


def today(now: datetime) -> date:
    """The market's date."""
    return local_day(now, MARKET_TZ)
