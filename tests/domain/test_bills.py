"""The cost of an hour with its parts; limits of a month; what has no price."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.bills import Bill, cost_of_hour
from chalicelib.domain.calendar import HOUR, QUARTER, Stretch
from chalicelib.domain.costs import price_hour
from chalicelib.domain.energy import EnergyHour, HourPart
from chalicelib.domain.money import Money
from chalicelib.domain.prices import PriceSlot, PriceState
from chalicelib.domain.tariffs import SiteTariff, paid_prices
from tests.tariffs import a_tariff, an_hour

NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)
KWH = (250, 250, 250, 250)


def bill(tariff: SiteTariff, price: str = "1", energy: Sequence[int] = KWH, before_wh: int = 0) -> Bill:
    """An hour at noon."""
    return cost_of_hour(tariff, NOON, energy, [an_hour(NOON, price)], before_wh)


def amounts(found: Bill) -> tuple[Decimal, Decimal | None]:
    """Energy and total."""
    total = found.total_cost
    return found.energy_cost.known.amount, None if total is None else total.known.amount


def test_a_kilowatt_hour_in_bergen_with_support_costs_this_at_noon() -> None:
    """1.25 less 90 % of what is above 0.9625, and (28.77 + 7.13 + 1) ore with VAT."""
    found = bill(a_tariff(kind="spot_support", grid_company="bkk"))
    assert amounts(found) == (Decimal("0.99125"), Decimal("0.99125") + Decimal("0.46125"))
    assert {part.name: part.cost.amount for part in found.parts} == {
        "spot": Decimal("1.25"),
        "support": Decimal("-0.25875"),
        "grid_energy": Decimal("0.359625"),
        "electricity_tax": Decimal("0.089125"),
        "enova_levy": Decimal("0.0125"),
    }


def test_beyond_five_thousand_kilowatt_hours_of_a_month_norgespris_is_over() -> None:
    """Of an hour that crosses the limit after half its energy, half costs 50 ore and half the spot price."""
    found = bill(a_tariff(kind="norgespris"), "2", before_wh=4_999_500)
    assert amounts(found)[0] == Decimal("0.25") + Decimal("1.25")
    assert {part.name: part.cost.amount for part in found.parts} == {
        "norgespris": Decimal("0.25"),
        "spot": Decimal("1.25"),
    }


def test_beyond_the_limit_there_is_no_support_either() -> None:
    """The whole hour at spot."""
    found = bill(a_tariff(kind="spot_support"), "2", before_wh=5_000_000)
    assert amounts(found)[0] == Decimal("2.5")


def test_an_hour_without_a_price_is_pending_and_has_no_parts() -> None:
    """Energy and total wait; neither is nothing."""
    found = cost_of_hour(a_tariff(grid_company="bkk"), NOON, KWH, [])
    assert found.total_cost is not None
    assert (found.energy_cost.is_pending, found.total_cost.is_pending, found.parts) == (True, True, ())


def test_a_forecast_is_no_bill() -> None:
    """Nobody pays a guess."""
    guess = PriceSlot(NOON, NOON + HOUR, Decimal(1), PriceState.FORECAST)
    assert cost_of_hour(a_tariff(), NOON, KWH, [guess]).energy_cost.is_pending


def test_no_energy_costs_nothing_even_without_a_price() -> None:
    """Nothing times unknown is nothing."""
    found = cost_of_hour(a_tariff(), NOON, (0, 0, 0, 0), [])
    assert found.energy_cost.settled == Money(Decimal(0), "NOK")


def test_where_the_total_is_not_known_it_is_not_told() -> None:
    """No grid company, no total."""
    assert bill(a_tariff()).total_cost is None


def test_sweden_pays_each_quarter_at_its_own_price() -> None:
    """A kWh in the dear quarter."""
    market = [
        PriceSlot(NOON + QUARTER * number, NOON + QUARTER * (number + 1), Decimal(price))
        for number, price in enumerate((1, 1, 1, 5))
    ]
    found = [cost_of_hour(a_tariff(zone), NOON, (0, 0, 0, 1000), market) for zone in ("SE3", "NO5")]
    assert [one.energy_cost.known.amount for one in found] == [Decimal("6.25"), Decimal("2.5")]


@settings(max_examples=100, deadline=None)
@given(
    price=st.decimals(min_value=-1, max_value=10, places=5),
    energy=st.lists(st.integers(min_value=0, max_value=20_000), min_size=4, max_size=4),
    kind=st.sampled_from(["spot", "spot_support", "norgespris"]),
    before_wh=st.integers(min_value=0, max_value=6_000_000),
)
def test_the_parts_of_an_hour_are_its_cost(price: Decimal, energy: list[int], kind: str, before_wh: int) -> None:
    """To the last digit, on both sides of the limit; the VAT is a fifth of it."""
    found = bill(a_tariff(kind=kind, grid_company="bkk"), str(price), energy, before_wh)
    total = sum((part.cost.amount for part in found.parts), Decimal(0))
    assert found.total_cost is not None
    assert total == found.total_cost.known.amount
    assert Fraction(found.vat.amount) == Fraction(total) / 5


@settings(max_examples=50, deadline=None)
@given(
    price=st.decimals(min_value=-1, max_value=10, places=5),
    energy=st.lists(st.integers(min_value=0, max_value=20_000), min_size=4, max_size=4),
)
def test_history_and_bill_tell_the_same(price: Decimal, energy: list[int]) -> None:
    """What is stored for an hour is what its bill says."""
    tariff, market = a_tariff(kind="spot_support", grid_company="bkk"), [an_hour(NOON, price)]
    part = HourPart(plug_seq=1, quarters_wh=(energy[0], energy[1], energy[2], energy[3]))
    prices = paid_prices(tariff, market, Stretch(NOON, NOON + HOUR))
    stored = price_hour(EnergyHour(start=NOON, parts=(part,)), prices.energy, "NOK", prices.total)
    found = cost_of_hour(tariff, NOON, energy, market)
    assert (stored.cost("NOK"), stored.total_cost("NOK")) == (found.energy_cost, found.total_cost)
