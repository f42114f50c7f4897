"""Prices: hourly means, VAT, forecasts; days that fit their calendar."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.domain import prices
from chalicelib.domain.calendar import HOUR, QUARTER, day_stretch, steps
from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import MARKET_TZ, PriceDay, PriceSlot

DAY = date(2026, 2, 10)
NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)


def slots(first: datetime, step: timedelta, values: list[str]) -> list[PriceSlot]:
    """Slots of equal length, one after the other."""
    return [
        PriceSlot(first + step * number, first + step * (number + 1), Decimal(value))
        for number, value in enumerate(values)
    ]


def whole_day(day: date) -> tuple[PriceSlot, ...]:
    """An hourly day whose prices are their local hours."""
    hours = steps(day_stretch(day, MARKET_TZ), HOUR)
    return tuple(PriceSlot(hour.start, hour.end, Decimal(hour.start.astimezone(MARKET_TZ).hour)) for hour in hours)


def price_day(day: date, found: tuple[PriceSlot, ...]) -> PriceDay:
    """A day of NO5."""
    return PriceDay(zone=Zone("NO5"), day=day, currency="NOK", slots=found, source="test", fetched_at=NOON)


def test_norway_pays_the_mean_of_the_quarters() -> None:
    """Four quarters make one hour, exactly."""
    assert prices.hourly(slots(NOON, QUARTER, ["1", "2", "3", "4.01"])) == slots(NOON, HOUR, ["2.5025"])


def test_an_hour_with_a_missing_quarter_has_no_price() -> None:
    """A mean of three quarters would be a guess."""
    assert prices.hourly(slots(NOON, QUARTER, ["1", "2", "3"])) == []


@pytest.mark.parametrize("day", [DAY, date(2026, 3, 29), date(2026, 10, 25)], ids=["24 h", "23 h", "25 h"])
def test_a_day_that_fits_its_calendar_is_a_day(day: date) -> None:
    """Days of 23, 24 and 25 hours are whole."""
    assert price_day(day, whole_day(day)).day == day


def test_a_day_with_a_hole_is_none() -> None:
    """A missing hour is refused, not skipped."""
    whole = whole_day(DAY)
    with pytest.raises(ValueError, match="do not cover"):
        price_day(DAY, whole[:5] + whole[6:])
