"""Costs: by the slot, never zero for want of a price."""

from datetime import UTC, datetime
from decimal import Decimal

from chalicelib.domain.calendar import HOUR
from chalicelib.domain.costs import cost_at_once, price_hour
from chalicelib.domain.energy import EnergyHour, HourPart
from chalicelib.domain.money import Money
from chalicelib.domain.prices import PriceSlot, PriceState

NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)
SLOTS = [PriceSlot(NOON, NOON + HOUR, Decimal("1.00")), PriceSlot(NOON + HOUR, NOON + 2 * HOUR, Decimal("3.00"))]
HOUR_OF_TWO = EnergyHour(
    start=NOON,
    parts=(
        HourPart(plug_seq=1, quarters_wh=(1000, 0, 0, 0)),
        HourPart(plug_seq=2, quarters_wh=(0, 0, 500, 500)),
    ),
)


def nok(amount: str) -> Money:
    """An amount in NOK."""
    return Money(Decimal(amount), "NOK")


def test_an_hour_costs_its_energy_at_its_price() -> None:
    """2 kWh at 1.00 are 2.00."""
    assert price_hour(HOUR_OF_TWO, SLOTS, "NOK").cost("NOK").settled == nok("2")


def test_a_session_pays_its_own_part_of_an_hour() -> None:
    """Session 2 used 1 kWh of the 2."""
    assert price_hour(HOUR_OF_TWO, SLOTS, "NOK").cost("NOK", plug_seq=2).settled == nok("1")


def test_an_hour_without_a_price_is_pending_not_free() -> None:
    """No price: no amount."""
    found = price_hour(HOUR_OF_TWO, [], "NOK").cost("NOK")
    assert (found.is_pending, found.settled) == (True, None)


def test_a_forecast_is_no_price() -> None:
    """What was guessed is not billed."""
    guess = [PriceSlot(NOON, NOON + HOUR, Decimal("1.00"), PriceState.FORECAST)]
    assert price_hour(HOUR_OF_TWO, guess, "NOK").cost("NOK").is_pending


def test_an_hour_without_energy_costs_nothing_even_without_a_price() -> None:
    """Nothing times unknown is nothing."""
    assert price_hour(EnergyHour(start=NOON), [], "NOK").cost("NOK").settled == nok("0")


def test_charging_at_once_goes_on_into_the_next_price() -> None:
    """9 kWh at 6 kW from noon: 6 kWh at 1.00 and 3 kWh at 3.00."""
    assert cost_at_once(9000, 6000, NOON, SLOTS, "NOK").settled == nok("15")


def test_charging_at_once_into_unknown_hours_is_pending() -> None:
    """15 kWh at 6 kW end after the last known price."""
    assert cost_at_once(15_000, 6000, NOON, SLOTS, "NOK").is_pending


def test_no_energy_costs_nothing_at_once() -> None:
    """A session that took nothing saved nothing."""
    assert cost_at_once(0, 6000, NOON, SLOTS, "NOK").settled == nok("0")
