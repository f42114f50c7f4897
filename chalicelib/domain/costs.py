"""What energy costs: by the hour, by the session, and what it would have cost to charge at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from chalicelib.domain.calendar import QUARTER, Stretch, steps
from chalicelib.domain.energy import EnergyHour, HourPart
from chalicelib.domain.money import Money, cost_of, total
from chalicelib.domain.prices import PriceSlot, PriceState, price_at


class Cost(msgspec.Struct, frozen=True):
    """What is known of a cost. `is_pending`: some of the energy has no price yet, so there is more to come."""

    known: Money
    is_pending: bool = False

    def __add__(self, other: "Cost") -> "Cost":
        """Both together; pending as soon as one is."""
        return Cost(self.known + other.known, self.is_pending or other.is_pending)

    @property
    def settled(self) -> Money | None:
        """The amount, None while it is pending: an unknown cost is never told as if it were one."""
        return None if self.is_pending else self.known


class PricedHour(msgspec.Struct, frozen=True, kw_only=True):
    """An hour and what each of its parts costs, in their order: energy, and with the grid's part where it is known."""

    hour: EnergyHour
    costs: tuple[Cost, ...]
    total_costs: tuple[Cost, ...] | None = None

    @property
    def start(self) -> datetime:
        """When it begins, UTC."""
        return self.hour.start

    def cost(self, currency: str, plug_seq: int | None = None) -> Cost:
        """What the hour costs, or one session's part of it."""
        parts = zip(self.hour.parts, self.costs, strict=True)
        return total_cost((cost for part, cost in parts if plug_seq in (None, part.plug_seq)), currency)

    def total_cost(self, currency: str, plug_seq: int | None = None) -> Cost | None:
        """What the hour, or one session's part of it, costs with the grid's part; None where that is not known."""
        if self.total_costs is None:
            return None
        parts = zip(self.hour.parts, self.total_costs, strict=True)
        return total_cost((cost for part, cost in parts if plug_seq in (None, part.plug_seq)), currency)


def grand_total(hours: Iterable[PricedHour], currency: str, plug_seq: int | None = None) -> Cost | None:
    """What hours cost with the grid's part; None where that is not known of one that has any energy."""
    used = (hour for hour in hours if (hour.hour.energy_wh if plug_seq is None else hour.hour.energy_of(plug_seq)))
    found = [hour.total_cost(currency, plug_seq) for hour in used]
    known = [cost for cost in found if cost is not None]
    return total_cost(known, currency) if known and len(known) == len(found) else None


def total_cost(costs: Iterable[Cost], currency: str) -> Cost:
    """All together; a settled zero when there are none."""
    parts = list(costs)
    return Cost(total((part.known for part in parts), currency), any(part.is_pending for part in parts))


def cost_at(energy_wh: int, at: datetime, slots: Sequence[PriceSlot], currency: str) -> Cost:
    """What `energy_wh` used in the slot that holds `at` costs; no energy costs nothing whatever the price.

    A forecast is no price: it leaves the cost pending.
    """
    slot = price_at(slots, at)
    if slot is None or slot.state is PriceState.FORECAST:
        return Cost(Money(Decimal(0), currency), is_pending=energy_wh != 0)
    return Cost(cost_of(energy_wh, slot.price, currency))


def price_hour(
    hour: EnergyHour, slots: Sequence[PriceSlot], currency: str, total_slots: Sequence[PriceSlot] | None = None
) -> PricedHour:
    """The hour with its costs, each part quarter by quarter; `total_slots` have the grid's part in their prices."""
    costs = _costs_of_parts(hour, slots, currency)
    totals = None if total_slots is None else _costs_of_parts(hour, total_slots, currency)
    return PricedHour(hour=hour, costs=costs, total_costs=totals)


def _costs_of_parts(hour: EnergyHour, slots: Sequence[PriceSlot], currency: str) -> tuple[Cost, ...]:
    return tuple(_cost_of_part(hour.start, part, slots, currency) for part in hour.parts)


def _cost_of_part(start: datetime, part: HourPart, slots: Sequence[PriceSlot], currency: str) -> Cost:
    quarters = ((start + number * QUARTER, wh) for number, wh in enumerate(part.quarters_wh))
    return total_cost((cost_at(wh, at, slots, currency) for at, wh in quarters), currency)


def cost_of_flow(energy_wh: int, stretch: Stretch, slots: Sequence[PriceSlot], currency: str) -> Cost:
    """What `energy_wh` costs when it flows evenly during `stretch`, in whole Wh per quarter hour."""
    parts, before = [], 0
    for step in steps(stretch, QUARTER):
        after = round(energy_wh * ((step.end - stretch.start) / stretch.duration))
        parts.append(cost_at(after - before, step.start, slots, currency))
        before = after
    return total_cost(parts, currency)


def cost_at_once(energy_wh: int, power_w: float, since: datetime, slots: Sequence[PriceSlot], currency: str) -> Cost:
    """What the same energy would have cost, charged at full power from plug-in until done."""
    done = since + timedelta(hours=energy_wh / power_w)
    return cost_of_flow(energy_wh, Stretch(since, done), slots, currency)
