"""What energy costs: by the hour, by the session, and what it would have cost to charge at once."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from chalicelib.domain.calendar import HOUR, QUARTER, Stretch, floor_to
from chalicelib.domain.energy import EnergyHour, HourPart
from chalicelib.domain.money import WH_PER_KWH, Money, cost_of
from chalicelib.domain.prices import PriceSlot, PriceState, price_at
from chalicelib.domain.tariffs import PaidSlot, PartName


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


class PartCost(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one session's part of an hour costs: the energy alone, and with the grid's part where that is known.

    `shares` names the parts of what is settled, support negative; they sum to the whole cost, or to that of the energy
    where the grid's part is not known. `version` names the prices that were used: the same prices, the same version.
    """

    energy: Cost
    total: Cost | None = None
    shares: dict[PartName, Decimal] = {}
    version: str = ""


PricedPart = tuple[HourPart, PartCost]


class HourPrices(msgspec.Struct, frozen=True, kw_only=True):
    """What a site pays in one hour, in the forms that costs are made of; `total` is None without the grid's part."""

    paid: tuple[PaidSlot, ...]
    energy: tuple[PriceSlot, ...]
    total: tuple[PriceSlot, ...] | None
    version: str


def hour_prices(paid: Iterable[PaidSlot], *, has_grid: bool) -> HourPrices:
    """These prices, made ready once for everybody who pays them."""
    slots = tuple(paid)
    return HourPrices(
        paid=slots,
        energy=tuple(slot.energy for slot in slots),
        total=tuple(slot.total for slot in slots) if has_grid else None,
        version=version_of(slots),
    )


class PricedHour(msgspec.Struct, frozen=True, kw_only=True):
    """An hour and what each of its parts costs, in their order."""

    hour: EnergyHour
    part_costs: tuple[PartCost, ...]

    @property
    def start(self) -> datetime:
        """When it begins, UTC."""
        return self.hour.start

    @property
    def energy_wh(self) -> int:
        """Wh of all its parts."""
        return self.hour.energy_wh

    @property
    def is_estimated(self) -> bool:
        """Whether how much of it flowed in this hour is a guess."""
        return any(part.is_estimated for part in self.hour.parts)

    @property
    def users(self) -> tuple[str | None, ...]:
        """Who used energy in it, as of Session.user."""
        return tuple(dict.fromkeys(part.user for part in self.hour.parts))

    def only(self, is_wanted: Callable[[HourPart], bool]) -> "PricedHour":
        """The hour with some of its parts alone."""
        kept = [(one, cost) for one, cost in zip(self.hour.parts, self.part_costs, strict=True) if is_wanted(one)]
        if len(kept) == len(self.part_costs):
            return self
        hour = EnergyHour(start=self.start, parts=tuple(part for part, _ in kept))
        return PricedHour(hour=hour, part_costs=tuple(cost for _, cost in kept))

    def of_session(self, plug_seq: int | None) -> "PricedHour":
        """The hour with the part of one session alone; the whole hour for None."""
        return self if plug_seq is None else self.only(lambda part: part.plug_seq == plug_seq)

    def cost(self, currency: str, plug_seq: int | None = None) -> Cost:
        """What the hour costs, or one session's part of it."""
        return total_cost((part.energy for part in self.of_session(plug_seq).part_costs), currency)

    def total_cost(self, currency: str, plug_seq: int | None = None) -> Cost | None:
        """What the hour, or one session's part of it, costs with the grid's part; None where that is not known."""
        parts = self.of_session(plug_seq).part_costs
        known = [part.total for part in parts if part.total is not None]
        return total_cost(known, currency) if parts and len(known) == len(parts) else None


def grand_total(hours: Iterable[PricedHour], currency: str, plug_seq: int | None = None) -> Cost | None:
    """What hours cost with the grid's part; None where that is not known of one that has any energy."""
    return grand_total_of(parts_of(hours, plug_seq), currency)


def parts_of(hours: Iterable[PricedHour], plug_seq: int | None = None) -> list[PricedPart]:
    """What sessions, or one of them, used in these hours."""
    return [
        (part, cost)
        for hour in hours
        for part, cost in zip(hour.hour.parts, hour.part_costs, strict=True)
        if plug_seq is None or part.plug_seq == plug_seq
    ]


def grand_total_of(parts: Iterable[PricedPart], currency: str) -> Cost | None:
    """What parts of hours cost with the grid's part; None where that is not known of one that has any energy."""
    known = [cost.total for part, cost in parts if part.energy_wh]
    found = [total for total in known if total is not None]
    return total_cost(found, currency) if known and len(found) == len(known) else None


def shares_of(hours: Iterable[PricedHour]) -> dict[PartName, Decimal]:
    """The named parts of what is settled of many hours, summed exactly, in the order in which they first come."""
    sums: dict[PartName, Decimal] = {}
    for part in (part for hour in hours for part in hour.part_costs):
        for name, amount in part.shares.items():
            sums[name] = sums.get(name, Decimal(0)) + amount
    return sums


def total_cost(costs: Iterable[Cost], currency: str) -> Cost:
    """All together; a settled zero when there are none."""
    known, is_pending = Decimal(0), False
    for cost in costs:
        if cost.known.currency != currency:
            raise ValueError(f"{cost.known.currency} and {currency} do not add up")
        known += cost.known.amount
        is_pending = is_pending or cost.is_pending
    return Cost(Money(known, currency).plain(), is_pending)


def cost_at(energy_wh: int, at: datetime, slots: Sequence[PriceSlot], currency: str) -> Cost:
    """What `energy_wh` used in the slot that holds `at` costs; no energy costs nothing whatever the price.

    A forecast is no price: it leaves the cost pending.
    """
    price = _billed_at(slots, at)
    if price is None:
        return Cost(Money(Decimal(0), currency), is_pending=energy_wh != 0)
    return Cost(cost_of(energy_wh, price, currency))


def _billed_at(slots: Sequence[PriceSlot], at: datetime) -> Decimal | None:
    slot = price_at(slots, at)
    return None if slot is None or slot.state is PriceState.FORECAST else slot.price


def price_hour(
    hour: EnergyHour, slots: Sequence[PriceSlot], currency: str, total_slots: Sequence[PriceSlot] | None = None
) -> PricedHour:
    """The hour with its costs, each part quarter by quarter; `total_slots` have the grid's part in their prices."""
    costs = (
        PartCost(
            energy=_cost_of_part(hour.start, part, slots, currency),
            total=None if total_slots is None else _cost_of_part(hour.start, part, total_slots, currency),
        )
        for part in hour.parts
    )
    return PricedHour(hour=hour, part_costs=tuple(costs))


def price_part(start: datetime, part: HourPart, prices: HourPrices, currency: str) -> PartCost:
    """What a session's part of the hour from `start` costs at the prices of its site, quarter by quarter.

    Energy without a price is pending and has no named parts.
    """
    if not any(part.quarters_wh):
        nothing = total_cost((), currency)
        return PartCost(energy=nothing, total=None if prices.total is None else nothing)
    return PartCost(
        energy=_cost_of_part(start, part, prices.energy, currency),
        total=None if prices.total is None else _cost_of_part(start, part, prices.total, currency),
        shares=_shares(start, part, prices.paid),
        version=prices.version,
    )


def version_of(paid: Sequence[PaidSlot]) -> str:
    """A name of these prices: another name as soon as a price, a part or how far it can be relied on is another."""
    told = msgspec.json.encode([(slot.start, slot.state, slot.parts) for slot in paid])
    return hashlib.blake2s(told, digest_size=6).hexdigest()


def _shares(start: datetime, part: HourPart, paid: Sequence[PaidSlot]) -> dict[PartName, Decimal]:
    by_slot: dict[datetime, int] = {}
    for number, wh in enumerate(part.quarters_wh):
        slot = price_at(paid, start + number * QUARTER) if wh else None
        if slot is not None and slot.state is not PriceState.FORECAST:
            by_slot[slot.start] = by_slot.get(slot.start, 0) + wh
    shares: dict[PartName, Decimal] = {}
    for slot in paid:
        wh = by_slot.get(slot.start, 0)
        for one in slot.parts if wh else ():
            shares[one.name] = shares.get(one.name, Decimal(0)) + one.price * wh / 1000
    return shares


def _cost_of_part(start: datetime, part: HourPart, slots: Sequence[PriceSlot], currency: str) -> Cost:
    if len(slots) == 1 and slots[0].start <= start and start + HOUR <= slots[0].end:
        return total_cost((cost_at(part.energy_wh, start, slots, currency),), currency)
    quarters = ((start + number * QUARTER, wh) for number, wh in enumerate(part.quarters_wh) if wh)
    return total_cost((cost_at(wh, at, slots, currency) for at, wh in quarters), currency)


def cost_of_flow(energy_wh: int, stretch: Stretch, slots: Sequence[PriceSlot], currency: str) -> Cost:
    """What `energy_wh` costs when it flows evenly during `stretch`, in whole Wh per quarter hour."""
    duration, start, edge = stretch.duration, stretch.start, floor_to(stretch.start, QUARTER)
    known, is_pending, before = Decimal(0), False, 0
    while start < stretch.end:
        edge += QUARTER
        end = min(edge, stretch.end)
        after = round(energy_wh * ((end - stretch.start) / duration))
        price = _billed_at(slots, start) if after != before else None
        known += (after - before) * price / WH_PER_KWH if price is not None else 0
        is_pending = is_pending or (price is None and after != before)
        start, before = end, after
    return Cost(Money(known, currency).plain(), is_pending)


def cost_at_once(energy_wh: int, power_w: float, since: datetime, slots: Sequence[PriceSlot], currency: str) -> Cost:
    """What the same energy would have cost, charged at full power from plug-in until done."""
    done = since + timedelta(hours=energy_wh / power_w)
    return cost_of_flow(energy_wh, Stretch(since, done), slots, currency)
