"""Bills of many hours, each with its parts, and the capacity component of their months."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from chalicelib.domain.bills import Bill, cost_of_hour, total_bill
from chalicelib.domain.calendar import HOUR, floor_to, local_day
from chalicelib.domain.capacity import measure_kw, step_price
from chalicelib.domain.prices import PriceSlot
from chalicelib.domain.rates import vat_rate
from chalicelib.domain.sites import CURRENCIES
from chalicelib.domain.tariffs import SiteTariff

QUARTERS = 4


class MonthPeak(msgspec.Struct, frozen=True, kw_only=True):
    """The capacity component of a month with VAT, if the hours told are all that the meter counted."""

    month: str
    measured_kw: Decimal
    cost: Decimal


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Every hour's bill and their sum."""

    currency: str
    hours: tuple[tuple[datetime, Bill], ...]
    whole: Bill
    capacity: tuple[MonthPeak, ...]


def make_report(tariff: SiteTariff, energy: Mapping[datetime, int], market: Iterable[PriceSlot]) -> Report:
    """The bills of the hours in `energy` (Wh by UTC hour); of each local month the limits of support and norgespris."""
    by_hour: dict[datetime, list[PriceSlot]] = {}
    for slot in market:
        by_hour.setdefault(floor_to(slot.start, HOUR), []).append(slot)
    used_wh: dict[str, int] = {}
    hours = []
    for start in sorted(energy):
        month = f"{local_day(start, tariff.tz):%Y-%m}"
        before_wh = used_wh.get(month, 0)
        hours.append((start, cost_of_hour(tariff, start, spread(energy[start]), by_hour.get(start, []), before_wh)))
        used_wh[month] = before_wh + energy[start]
    currency = CURRENCIES[tariff.country]
    whole = total_bill((bill for _, bill in hours), currency, has_grid=tariff.knows_grid)
    return Report(currency=currency, hours=tuple(hours), whole=whole, capacity=_capacity(tariff, energy))


def spread(energy_wh: int) -> tuple[int, int, int, int]:
    """An hour's energy over its quarters, as evenly as whole Wh go."""
    edges = [energy_wh * number // QUARTERS for number in range(QUARTERS + 1)]
    return (edges[1], edges[2] - edges[1], edges[3] - edges[2], edges[4] - edges[3])


def document(report: Report, *, with_hours: bool) -> dict[str, Any]:
    """The report as JSON shows it: exact amounts as text, costs with VAT, null for what is not known."""
    found: dict[str, Any] = {"currency": report.currency, "total": _told(report.whole)}
    found["capacity"] = [
        {"month": peak.month, "measured_kw": f"{peak.measured_kw:.3f}", "cost": f"{peak.cost:.2f}"}
        for peak in report.capacity
    ]
    if with_hours:
        found["hours"] = [{"start": start.isoformat(), **_told(bill)} for start, bill in report.hours]
    return found


def _told(bill: Bill) -> dict[str, Any]:
    total = bill.total_cost
    return {
        "energy_wh": bill.energy_wh,
        "pending": bill.energy_cost.is_pending or (total is not None and total.is_pending),
        "energy_cost": None if bill.energy_cost.is_pending else _text(bill.energy_cost.known.amount),
        "total_cost": None if total is None or total.is_pending else _text(total.known.amount),
        "parts": {part.name: _text(part.cost.amount) for part in bill.parts},
        "vat": _text(bill.vat.amount),
    }


def _text(amount: Decimal) -> str:
    return f"{amount.normalize() + 0:f}"


def _capacity(tariff: SiteTariff, energy: Mapping[datetime, int]) -> tuple[MonthPeak, ...]:
    if tariff.grid is None or not tariff.knows_grid:
        return ()
    peaks: dict[str, dict[date, Decimal]] = {}
    for start, energy_wh in energy.items():
        day = local_day(start, tariff.tz)
        of_month = peaks.setdefault(f"{day:%Y-%m}", {})
        of_month[day] = max(of_month.get(day, Decimal(0)), Decimal(energy_wh) / 1000)
    found = (_month_peak(tariff, month, of_month) for month, of_month in sorted(peaks.items()))
    return tuple(peak for peak in found if peak is not None)


def _month_peak(tariff: SiteTariff, month: str, peaks_kw: Mapping[date, Decimal]) -> MonthPeak | None:
    first = min(peaks_kw)
    listed = tariff.grid.find_tariff(first) if tariff.grid else None
    measured_kw = None if listed is None else measure_kw(listed.capacity, peaks_kw)
    if listed is None or measured_kw is None:
        return None
    vat, _ = vat_rate(tariff.rates, tariff.country, tariff.zone, tariff.contract.county, first)
    return MonthPeak(month=month, measured_kw=measured_kw, cost=step_price(listed.capacity, measured_kw) * (1 + vat))
