"""The capacity component: what a month's highest hours cost, and what one more high hour would add.

Most grid companies take the mean of the three highest hours on three different days of the month. Prices are without
VAT.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

import msgspec

from chalicelib.domain.grid_tariffs import CapacityComponent

DAYS_COUNTED: Final = {"three_days_of_month": 3, "month_peak": 1}
_MONTHS: Final = 12


class StepChange(msgspec.Struct, frozen=True, kw_only=True):
    """What one more hour does to a month: the measure before and after, and what the month costs more, without VAT."""

    before_kw: Decimal
    after_kw: Decimal
    extra_cost: Decimal


def measure_kw(component: CapacityComponent, peaks_kw: Mapping[date, Decimal]) -> Decimal | None:
    """The power that a month is charged for, from the highest hour of each local day; None if it is not by hours.

    With fewer days than are counted the mean is of those there are: that is what the month would cost if it ended now.
    """
    counted = DAYS_COUNTED.get(component.method)
    if counted is None:
        return None
    highest = sorted(peaks_kw.values(), reverse=True)[:counted]
    return sum(highest, Decimal(0)) / len(highest) if highest else Decimal(0)


def step_price(component: CapacityComponent, measured_kw: Decimal) -> Decimal:
    """What a month with this measure costs; the lowest step's price for less than any step."""
    reached = [
        step.price
        for step in component.steps
        if measured_kw > step.above_kw or (component.is_inclusive and measured_kw == step.above_kw)
    ]
    return (reached[-1] if reached else component.steps[0].price) / _MONTHS


def month_cost(component: CapacityComponent, peaks_kw: Mapping[date, Decimal]) -> Decimal | None:
    """The capacity component of a month, None where it does not depend on the month's hours."""
    measured_kw = measure_kw(component, peaks_kw)
    return None if measured_kw is None else step_price(component, measured_kw)


def cost_of_peak(
    component: CapacityComponent, peaks_kw: Mapping[date, Decimal], day: date, hour_kw: Decimal
) -> StepChange | None:
    """What an hour of `hour_kw` on `day` adds to the month with these peaks; None where it does not depend on hours."""
    higher = {**peaks_kw, day: max(hour_kw, peaks_kw.get(day, Decimal(0)))}
    before_kw, after_kw = measure_kw(component, peaks_kw), measure_kw(component, higher)
    if before_kw is None or after_kw is None:
        return None
    extra_cost = step_price(component, after_kw) - step_price(component, before_kw)
    return StepChange(before_kw=before_kw, after_kw=after_kw, extra_cost=extra_cost)


def free_kw(component: CapacityComponent, peaks_kw: Mapping[date, Decimal], day: date) -> Decimal | None:
    """How high an hour of `day` may be without reaching the next step; None on the highest step or if not by hours.

    At exactly this power the next step is reached where its limit is inclusive.
    """
    measured_kw = measure_kw(component, peaks_kw)
    if measured_kw is None:
        return None
    price = step_price(component, measured_kw)
    limits = [step.above_kw for step in component.steps if step.price / _MONTHS > price]
    if not limits:
        return None
    counted = DAYS_COUNTED[component.method]
    others = sorted((kw for when, kw in peaks_kw.items() if when != day), reverse=True)[: counted - 1]
    days = len(others) + 1
    return limits[0] * days - sum(others, Decimal(0))
