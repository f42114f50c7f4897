"""Money as the API shows it; null for what is not known."""

import msgspec

from chalicelib.domain.costs import Cost
from chalicelib.domain.money import Money, ShownMoney
from chalicelib.domain.tariffs import PartName


class CostPart(msgspec.Struct, frozen=True, kw_only=True):
    """What one part of the price comes to, with VAT; support is negative."""

    name: PartName
    cost: ShownMoney


def show(amount: Money | None) -> ShownMoney | None:
    """The amount rounded for display."""
    return None if amount is None else amount.shown()


def show_cost(cost: Cost | None) -> ShownMoney | None:
    """The cost, null while a part of it has no price."""
    return None if cost is None else show(cost.settled)


def show_saved(at_once: Money | None, paid: Money | None) -> ShownMoney | None:
    """What was saved against charging at once, from the exact amounts."""
    return None if at_once is None or paid is None else (at_once - paid).shown()
