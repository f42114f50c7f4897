"""Prices as households pay them, for planning, for costs and for people to look at."""

from datetime import date, datetime
from typing import Final

from chalicelib.adapters.dynamo import prices
from chalicelib.domain.calendar import DAY, HOUR, Stretch, day_stretch, days_of, floor_to, local_day
from chalicelib.domain.ids import Zone
from chalicelib.domain.price_forecast import LOOK_BACK, with_forecast
from chalicelib.domain.prices import MARKET_TZ, PriceDay, PriceSlot, paid_slots
from chalicelib.domain.sites import CURRENCIES, country_of

AHEAD: Final = 3 * DAY
"""As far as plans reach: a goal within 48 hours and half a day after it."""
FORECAST: Final = "forecast"
"""The source of a day that nobody has published."""


def paid_in(zone: Zone | None, window: Stretch) -> tuple[PriceSlot, ...]:
    """The slots that are known for the market days of `window`, with VAT; none for a site whose zone is not known."""
    if zone is None:
        return ()
    return tuple(paid_slots(_known(zone, window), zone))


def planning_slots(zone: Zone | None, since: datetime, now: datetime) -> tuple[PriceSlot, ...]:
    """What is paid from `since` (or `now`, if that is earlier) to as far as plans reach: known, else in state FORECAST.

    None when nothing at all is known of the zone.
    """
    if zone is None:
        return ()
    window = Stretch(floor_to(min(since, now), HOUR), floor_to(now, HOUR) + AHEAD)
    known = _known(zone, Stretch(window.start - LOOK_BACK, window.end))
    return tuple(paid_slots(with_forecast(known, window), zone))


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
