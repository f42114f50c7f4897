"""The cost of an hour, and of many, with every part named: what a bill would say, without the capacity component."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from chalicelib.domain.calendar import HOUR, QUARTER, Stretch, local_day, steps
from chalicelib.domain.costs import Cost, cost_at, total_cost
from chalicelib.domain.money import Money, cost_of
from chalicelib.domain.prices import PriceSlot, PriceState, price_at
from chalicelib.domain.rates import find_dated
from chalicelib.domain.sites import CURRENCIES
from chalicelib.domain.tariffs import PaidSlot, PartName, SiteTariff, paid_slots


class BillPart(msgspec.Struct, frozen=True, kw_only=True):
    """What one part comes to, with the VAT inside it."""

    name: PartName
    cost: Money
    vat: Money


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """What some energy costs. `total_cost` is None where the grid company is not known; parts are of what is priced."""

    energy_wh: int
    energy_cost: Cost
    total_cost: Cost | None
    parts: tuple[BillPart, ...]

    def cost(self, *names: PartName) -> Money:
        """Some parts together, with VAT."""
        zero = Money(Decimal(0), self.energy_cost.known.currency)
        return sum((part.cost for part in self.parts if part.name in names), start=zero)

    @property
    def vat(self) -> Money:
        """The VAT inside all parts."""
        return sum((part.vat for part in self.parts), start=Money(Decimal(0), self.energy_cost.known.currency))


def cost_of_hour(
    tariff: SiteTariff,
    hour: datetime,
    quarters_wh: Sequence[int],
    market: Sequence[PriceSlot],
    month_before_wh: int = 0,
) -> Bill:
    """What the energy of a UTC hour costs, by quarters or, in Norway, by the mean of the hour.

    `month_before_wh` is what the meter counted in the month before this hour; energy beyond the limit of support or
    norgespris costs spot. An hour without a price is pending; no energy costs nothing whatever the price.
    """
    window, limit_wh = Stretch(hour, hour + HOUR), _limit_wh(tariff, hour)
    usual, beyond = paid_slots(tariff, market, window), paid_slots(tariff.beyond_limit, market, window)
    bills, used_wh = [], month_before_wh
    for quarter, energy_wh in zip(steps(window, QUARTER), quarters_wh, strict=True):
        within_wh = energy_wh if limit_wh is None else min(energy_wh, max(0, limit_wh - used_wh))
        bills += [_bill(tariff, within_wh, quarter.start, usual)]
        if energy_wh > within_wh:
            bills += [_bill(tariff, energy_wh - within_wh, quarter.start, beyond)]
        used_wh += energy_wh
    return total_bill(bills, CURRENCIES[tariff.country], has_grid=tariff.knows_grid)


def total_bill(bills: Iterable[Bill], currency: str, *, has_grid: bool) -> Bill:
    """All together."""
    found = list(bills)
    sums: dict[PartName, BillPart] = {}
    for part in (part for bill in found for part in bill.parts):
        before = sums.get(part.name)
        sums[part.name] = part if before is None else _both(before, part)
    totals = [bill.total_cost for bill in found if bill.total_cost is not None]
    return Bill(
        energy_wh=sum(bill.energy_wh for bill in found),
        energy_cost=total_cost((bill.energy_cost for bill in found), currency),
        total_cost=total_cost(totals, currency) if has_grid else None,
        parts=tuple(sums.values()),
    )


def _bill(tariff: SiteTariff, energy_wh: int, at: datetime, slots: Sequence[PaidSlot]) -> Bill:
    currency = CURRENCIES[tariff.country]
    slot = price_at(slots, at)
    parts = () if slot is None or slot.state is PriceState.FORECAST else slot.parts
    return Bill(
        energy_wh=energy_wh,
        energy_cost=cost_at(energy_wh, at, [one.energy for one in slots], currency),
        total_cost=cost_at(energy_wh, at, [one.total for one in slots], currency) if tariff.knows_grid else None,
        parts=tuple(
            BillPart(
                name=part.name,
                cost=cost_of(energy_wh, part.price, currency),
                vat=cost_of(energy_wh, part.vat, currency),
            )
            for part in parts
        ),
    )


def _both(one: BillPart, other: BillPart) -> BillPart:
    return BillPart(name=one.name, cost=one.cost + other.cost, vat=one.vat + other.vat)


def _limit_wh(tariff: SiteTariff, hour: datetime) -> int | None:
    """How much of a month the contract's scheme is for."""
    day = local_day(hour, tariff.tz)
    if tariff.contract.kind == "spot_support":
        return find_dated(tariff.rates.support, day)[0].limit_wh
    if tariff.contract.kind == "norgespris":
        return find_dated(tariff.rates.norgespris, day)[0].limit_wh
    return None
