"""Prices of the market, and as a site pays them: for planning, for costs and for people to look at."""

from datetime import date, datetime
from typing import Final

from chalicelib.adapters import tariff_data
from chalicelib.adapters.dynamo import prices
from chalicelib.domain.calendar import DAY, HOUR, Stretch, day_stretch, days_of, floor_to, local_day
from chalicelib.domain.ids import Zone
from chalicelib.domain.price_forecast import LOOK_BACK, with_forecast
from chalicelib.domain.prices import MARKET_TZ, PriceDay, PriceSlot
from chalicelib.domain.rates import vat_of_zone
from chalicelib.domain.sites import CURRENCIES, Site, country_of
from chalicelib.domain.tariffs import PaidPrices, SiteTariff, paid_prices, tariff_of

AHEAD: Final = 3 * DAY
"""As far as plans reach: a goal within 48 hours and half a day after it."""
FORECAST: Final = "forecast"
"""The source of a day that nobody has published."""


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
    return tuple(_known(zone, window))


def planning_slots(zone: Zone | None, since: datetime, now: datetime) -> tuple[PriceSlot, ...]:
    """The market's slots from `since` (or `now`, if that is earlier) to as far as plans reach: known, else forecast.

    None when nothing at all is known of the zone.
    """
    if zone is None:
        return ()
    window = Stretch(floor_to(min(since, now), HOUR), floor_to(now, HOUR) + AHEAD)
    known = _known(zone, Stretch(window.start - LOOK_BACK, window.end))
    return tuple(with_forecast(known, window))


class Market:
    """The market's prices for planning several sites at one moment: each zone is read once for a day of plug-ins."""

    def __init__(self) -> None:
        self._found: dict[tuple[Zone, date], tuple[PriceSlot, ...]] = {}

    def planning_slots(self, zone: Zone | None, since: datetime, now: datetime) -> tuple[PriceSlot, ...]:
        """As the function of this name."""
        if zone is None:
            return ()
        start = floor_to(min(since, now), HOUR)
        day = local_day(start, MARKET_TZ)
        if (zone, day) not in self._found:
            self._found[zone, day] = planning_slots(zone, day_stretch(day, MARKET_TZ).start, now)
        return tuple(slot for slot in self._found[zone, day] if slot.end > start)


def with_vat(slot: PriceSlot, zone: Zone) -> PriceSlot:
    """The slot with the VAT of most households in its zone."""
    rate = vat_of_zone(tariff_data.rates(), zone, local_day(slot.start, MARKET_TZ))
    return PriceSlot(slot.start, slot.end, slot.price * (1 + rate), slot.state)


def find_day(zone: Zone, day: date, now: datetime) -> PriceDay | None:
    """The market's own prices of a day, without VAT; a forecast for the days ahead that are not published.

    None when they are not known and cannot be forecast.
    """
    whole = day_stretch(day, MARKET_TZ)
    if whole.end <= now or whole.start > now + AHEAD:
        return next(iter(prices.list_days(zone, day, day)), None)
    found = prices.list_days(zone, today(now) - LOOK_BACK, day)
    published = next((one for one in found if one.day == day), None)
    slots = tuple(with_forecast(prices.slots_of(found), whole))
    if published is not None or not slots:
        return published
    currency = CURRENCIES[country_of(zone)]
    return PriceDay(zone=zone, day=day, currency=currency, slots=slots, source=FORECAST, fetched_at=now)


def today(now: datetime) -> date:
    """The market's date."""
    return local_day(now, MARKET_TZ)


def _known(zone: Zone, window: Stretch) -> list[PriceSlot]:
    days = days_of(window, MARKET_TZ)
    return prices.slots_of(prices.list_days(zone, days[0], days[-1]))
