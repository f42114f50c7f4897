"""Money is exact until it is shown."""

from decimal import Decimal

import pytest

from chalicelib.domain.money import Money, ShownMoney, cost_of, total


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("0.125", "0.12"), ("0.135", "0.14"), ("-0.001", "0.00"), ("12", "12.00"), ("-3.456", "-3.46")],
    ids=["half to even 0.12", "half to even 0.14", "no minus zero", "always two decimals", "negative"],
)
def test_an_amount_is_rounded_when_it_is_shown(amount: str, shown: str) -> None:
    """Two decimals, halves to even."""
    assert Money(Decimal(amount), "NOK").shown() == ShownMoney(shown, "NOK")


def test_a_total_is_rounded_from_the_exact_sum() -> None:
    """Three hours of 0.004 are 0.01 together, though each is shown as 0.00."""
    assert total([Money(Decimal("0.004"), "NOK")] * 3, "NOK").shown().amount == "0.01"


def test_a_watt_hour_costs_a_thousandth_of_a_price() -> None:
    """Wh times price per kWh, exactly."""
    assert cost_of(1, Decimal("1.2345678"), "NOK") == Money(Decimal("0.0012345678"), "NOK")


def test_two_currencies_do_not_add_up() -> None:
    """NOK and SEK are not summed by accident."""
    with pytest.raises(ValueError, match="do not add up"):
        Money(Decimal(1), "NOK") + Money(Decimal(1), "SEK")
