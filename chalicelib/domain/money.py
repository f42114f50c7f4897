"""Money: exact inside, rounded once when it is shown."""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import msgspec

_CENT: Final = Decimal("0.01")
WH_PER_KWH: Final = Decimal(1000)


class ShownMoney(msgspec.Struct, frozen=True):
    """An amount as the API tells it: two decimals as text, and an ISO 4217 currency."""

    amount: str
    currency: str


class Money(msgspec.Struct, frozen=True):
    """An exact amount of one currency; may be negative."""

    amount: Decimal
    currency: str

    def __add__(self, other: "Money") -> "Money":
        """The sum; ValueError for two currencies."""
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """The difference; ValueError for two currencies."""
        return Money(self.amount - self._same(other), self.currency)

    def plain(self) -> "Money":
        """The same amount without zeros at its end, so that equal sums are written alike however they were summed."""
        whole = int(self.amount)
        return Money(Decimal(whole) if self.amount == whole else self.amount.normalize(), self.currency)

    def shown(self) -> ShownMoney:
        """Rounded to hundredths, halves to even: the only place where anything is lost."""
        rounded = self.amount.quantize(_CENT, rounding=ROUND_HALF_EVEN)
        return ShownMoney(f"{rounded + 0:f}", self.currency)

    def _same(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return other.amount


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The exact sum; zero of `currency` when there is nothing to add."""
    return sum(amounts, start=Money(Decimal(0), currency))


def cost_of(energy_wh: int, price_per_kwh: Decimal, currency: str) -> Money:
    """What `energy_wh` costs at a price per kWh, exact."""
    return Money(energy_wh * price_per_kwh / WH_PER_KWH, currency)
