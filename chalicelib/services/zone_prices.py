"""Prices as households pay them, for planning, for costs and for people to look at."""

from datetime import date, datetime, timedelta

from chalicelib.adapters.dynamo import prices
from chalicelib.domain.calendar import DAY, Stretch, days_of, local_day
from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import MARKET_TZ, PriceDay, PriceSlot, paid_slots

FORECAST_LOOK_BACK = timedelta(days=8)


def paid_in(zone: Zone | None, window: Stretch) -> tuple[PriceSlot, ...]:
    """The slots that are known for the market days of `window`, with VAT; none for a site whose zone is not known."""
    if zone is None:
        return ()
    days = days_of(window, MARKET_TZ)
    return tuple(paid_slots(prices.slots_of(prices.list_days(zone, days[0], days[-1])), zone))


def planning_slots(zone: Zone | None, since: datetime, now: datetime) -> tuple[PriceSlot, ...]:
    """Everything known from a week before `since` or `now` to the end of the prices: what forecasts are made from."""
    return paid_in(zone, Stretch(min(since, now) - FORECAST_LOOK_BACK, now + 3 * DAY))


def find_day(zone: Zone, day: date) -> PriceDay | None:
    """The market's own prices of a day, without VAT; None when they are not known."""
    return next(iter(prices.list_days(zone, day, day)), None)


def today(now: datetime) -> date:
    """The market's date."""
    return local_day(now, MARKET_TZ)
