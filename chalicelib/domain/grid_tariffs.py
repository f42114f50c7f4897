"""Tariffs of Norwegian grid companies: the energy component by local hour and day, the steps of the capacity component.

Prices are without VAT, taxes and levies: the energy component per kWh, a capacity step per year.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.holidays import is_holiday
from chalicelib.domain.ids import GridCompanyId, Zone
from chalicelib.domain.rates import Dated

GRID_TZ: Final = ZoneInfo("Europe/Oslo")
DayKind = Literal[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "weekday",
    "weekend",
    "holiday",
    "day_off",
    "working_day",
    "every_day",
]
"""weekday: Monday to Friday, holidays too; day_off: weekend or holiday; working_day: every other day."""
CapacityMethod = Literal["three_days_of_month", "month_peak", "five_weeks_of_year", "fuse", "unknown"]
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SATURDAY: Final = 5


class PriceException(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A price for when all of its conditions hold; an empty one always does. `hours`: first and last, both included."""

    price: Decimal
    hours: tuple[int, int] | None = None
    days: tuple[DayKind, ...] = ()
    months: tuple[int, ...] = ()

    def holds(self, local: datetime, *, is_low_day: bool) -> bool:
        """Whether it holds at a local time; on the company's own low days no condition on days is met."""
        if not self._has_hour(local.hour) or (self.months and local.month not in self.months):
            return False
        kinds = {"every_day"} if is_low_day else kinds_of(local.date())
        return not self.days or not kinds.isdisjoint(self.days)

    def _has_hour(self, hour: int) -> bool:
        """Whether `hour` of the clock lies within `hours`, which may go past midnight."""
        if self.hours is None:
            return True
        first, last = self.hours
        return (hour - first) % 24 <= (last - first) % 24


class CapacityStep(msgspec.Struct, frozen=True, array_like=True):
    """From `above_kw` on the capacity component is `price` a year; amperes of the fuse where the method is `fuse`."""

    above_kw: Decimal
    price: Decimal


class CapacityComponent(msgspec.Struct, frozen=True, kw_only=True):
    """How power is charged for; with `is_inclusive` a measure that equals a step's limit has reached the step."""

    method: CapacityMethod
    is_inclusive: bool
    steps: tuple[CapacityStep, ...]


class GridTariff(Dated, frozen=True, kw_only=True, omit_defaults=True):
    """What households pay from one date on."""

    base_price: Decimal
    exceptions: tuple[PriceException, ...] = ()
    capacity: CapacityComponent


class GridCompany(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A grid company. `zones` is empty where nobody has listed them; `low_days` (MM-DD) are charged as days off."""

    company_id: GridCompanyId
    name: str
    zones: tuple[Zone, ...] = ()
    low_days: tuple[str, ...] = ()
    tariffs: tuple[GridTariff, ...]

    def serves(self, zone: Zone | None) -> bool:
        """Whether it may have customers in `zone`."""
        return zone is None or not self.zones or zone in self.zones

    def find_tariff(self, day: date) -> GridTariff | None:
        """The tariff of a local day, None for a day nobody has listed one for."""
        return next((tariff for tariff in self.tariffs if tariff.holds(day)), None)


def energy_component(company: GridCompany, start: datetime) -> tuple[Decimal, bool] | None:
    """The price per kWh in the hour of `start`, and whether it is certain; None without any tariff yet.

    Where two exceptions with different prices hold at once, the base price is taken as a guess, as the source advises.
    """
    local = start.astimezone(GRID_TZ)
    tariff, is_certain = _tariff_for(company.tariffs, local.date())
    if tariff is None:
        return None
    is_low_day = f"{local:%m-%d}" in company.low_days
    prices = {one.price for one in tariff.exceptions if one.holds(local, is_low_day=is_low_day)}
    if len(prices) > 1:
        return tariff.base_price, False
    return next(iter(prices), tariff.base_price), is_certain


def kinds_of(day: date) -> frozenset[DayKind]:
    """Every name that a tariff may have for `day`."""
    weekday, is_day_off = day.weekday(), day.weekday() >= _SATURDAY or is_holiday(day)
    kinds: set[DayKind] = {"every_day", _WEEKDAYS[weekday]}
    kinds.add("weekend" if weekday >= _SATURDAY else "weekday")
    kinds.add("day_off" if is_day_off else "working_day")
    return frozenset(kinds | ({"holiday"} if is_holiday(day) else set()))


def _tariff_for(tariffs: Sequence[GridTariff], day: date) -> tuple[GridTariff | None, bool]:
    certain = [tariff for tariff in tariffs if tariff.holds(day)]
    if certain:
        return certain[-1], True
    ended = [tariff for tariff in tariffs if tariff.valid_from <= day]
    return (ended[-1] if ended else None), False
