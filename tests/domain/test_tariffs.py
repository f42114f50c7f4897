"""What a kilowatt-hour really costs: against an oracle in fractions that shares no code with the product."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.calendar import HOUR, QUARTER, Stretch, day_stretch
from chalicelib.domain.counties import County
from chalicelib.domain.prices import PriceSlot, PriceState
from chalicelib.domain.sites import Country
from chalicelib.domain.tariffs import SiteTariff, marginal_price, paid_prices, paid_slots
from tests.tariffs import a_tariff, an_hour

NIGHT = datetime(2026, 2, 10, 2, tzinfo=UTC)
NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)
OSLO = ZoneInfo("Europe/Oslo")
RED_DAYS = {date(2026, month, day) for month, day in ((1, 1), (4, 2), (4, 3), (4, 6), (5, 1), (5, 14), (5, 25))}
QUIET_DAYS = RED_DAYS | {date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 31)}


def in_bergen(spot: Fraction, at: datetime, kind: str, surcharge: Fraction) -> tuple[Fraction, Fraction]:
    """(energy, everything) per kWh in 2026, by hand: all sums first, VAT last, in ore."""
    ore, local = spot * 100, at.astimezone(OSLO)
    is_high = local.weekday() < 5 and local.date() not in QUIET_DAYS and 6 <= local.hour < 22
    grid = (Fraction("28.77") if is_high else Fraction("10.5")) + Fraction("7.13") + 1
    if kind == "norgespris":
        energy = Fraction(50)
    else:
        energy = ore * Fraction(5, 4)
        if kind == "spot_support" and energy > Fraction("96.25"):
            energy -= (energy - Fraction("96.25")) * 9 / 10
    energy += surcharge * 100
    return energy / 100, (energy + grid * Fraction(5, 4)) / 100


@settings(max_examples=200, deadline=None)
@given(
    spot=st.decimals(min_value=-1, max_value=10, places=5),
    hour=st.integers(min_value=0, max_value=365 * 24 - 2),
    kind=st.sampled_from(["spot", "spot_support", "norgespris"]),
    surcharge=st.decimals(min_value=0, max_value=1, places=4),
)
def test_any_hour_of_2026_in_bergen_costs_what_the_rules_say(
    spot: Decimal, hour: int, kind: str, surcharge: Decimal
) -> None:
    """Support, norgespris, grid, taxes and VAT, exactly; negative prices too."""
    at = datetime(2025, 12, 31, 23, tzinfo=UTC) + hour * HOUR
    found = marginal_price(a_tariff(kind=kind, surcharge=surcharge, grid_company="bkk"), an_hour(at, spot))
    expected = in_bergen(Fraction(spot), at, kind, Fraction(surcharge))
    assert (Fraction(found.energy.price), Fraction(found.total.price)) == expected


@settings(max_examples=100, deadline=None)
@given(spot=st.decimals(min_value=-1, max_value=10, places=5), county=st.sampled_from([None, *County]))
def test_the_parts_are_the_price_and_the_vat_is_in_them(spot: Decimal, county: County | None) -> None:
    """No part is lost or told twice; the VAT is a quarter of what is without it, or nothing."""
    zone = "NO4" if county in {County.NORDLAND, County.TROMS, County.TROMS_ACTION_ZONE, County.FINNMARK} else "NO5"
    tariff = a_tariff(zone, kind="spot_support", grid_company="lede", county=county)
    found = marginal_price(tariff, an_hour(NOON, spot))
    net, vat = (sum(getattr(part, name) for part in found.parts) for name in ("without_vat", "vat"))
    assert sum(part.price for part in found.parts) == found.price == net + vat
    assert vat == net * (Decimal(0) if zone == "NO4" else Decimal("0.25"))


def test_every_part_has_its_name() -> None:
    """A dear noon with everything."""
    tariff = a_tariff(kind="spot_support", surcharge=Decimal("0.05"), grid_company="bkk")
    parts = {part.name: part.price for part in marginal_price(tariff, an_hour(NOON, "2.77")).parts}
    assert parts == {
        "spot": Decimal("3.4625"),
        "surcharge": Decimal("0.05"),
        "support": Decimal("-2.25"),
        "grid_energy": Decimal("0.359625"),
        "electricity_tax": Decimal("0.089125"),
        "enova_levy": Decimal("0.0125"),
    }


def test_support_begins_above_its_threshold_and_keeps_the_order_of_hours() -> None:
    """At 77 ore nothing is paid back; above it ten percent of a difference is left."""
    tariff = a_tariff(kind="spot_support")
    prices = [marginal_price(tariff, an_hour(NOON, spot)).price for spot in ("0.76", "0.77", "0.78", "1.77")]
    assert prices == [Decimal("0.95"), Decimal("0.9625"), Decimal("0.96375"), Decimal("1.0875")]


def test_a_negative_price_is_paid_out_with_vat_and_without_support() -> None:
    """Minus eight ore is minus ten."""
    assert marginal_price(a_tariff(kind="spot_support"), an_hour(NOON, "-0.08")).price == Decimal("-0.1")


@pytest.mark.parametrize(
    ("zone", "county", "price"),
    [("NO5", None, "0.5"), ("NO4", County.NORDLAND, "0.4"), ("NO4", County.TRONDELAG, "0.5")],
    ids=["south", "north", "Lierne"],
)
def test_norgespris_is_fifty_ore_and_forty_where_there_is_no_vat(zone: str, county: County | None, price: str) -> None:
    """Whatever the market says."""
    tariff = a_tariff(zone, kind="norgespris", county=county)
    assert {marginal_price(tariff, an_hour(NOON, spot)).price for spot in ("-1", "9")} == {Decimal(price)}


def test_norgespris_beyond_what_is_decided_is_a_forecast() -> None:
    """The price of 2027 is not known: plans use fifty ore, bills wait."""
    last, first = (
        marginal_price(a_tariff(kind="norgespris"), an_hour(datetime(2026, 12, 31, hour, tzinfo=UTC), 0))
        for hour in (22, 23)
    )
    assert [slot.state for slot in (last, first)] == [PriceState.FINAL, PriceState.FORECAST]
    assert (last.price, first.price) == (Decimal("0.5"), Decimal("0.5"))


def test_a_fixed_price_is_what_was_entered() -> None:
    """It has its VAT already; the grid comes on top."""
    fixed = a_tariff(kind="fixed", fixed_price=Decimal("0.849"), grid_company="bkk")
    found = marginal_price(fixed, an_hour(NIGHT, 0))
    assert (found.energy.price, found.price) == (Decimal("0.849"), Decimal("0.849") + Decimal("18.63") * 5 / 400)


def test_without_a_grid_company_there_is_only_the_price_of_energy() -> None:
    """No total is told, rather than one that lacks a part."""
    prices = paid_prices(a_tariff(), [an_hour(NOON, 1)], Stretch(NOON, NOON + HOUR))
    assert ([slot.price for slot in prices.energy], prices.total) == ([Decimal("1.25")], None)


def test_in_the_north_there_is_no_total_until_the_county_is_told() -> None:
    """The electricity tax may be nothing or all."""
    unsure, sure = a_tariff("NO4", grid_company="arva"), a_tariff("NO4", grid_company="arva", county=County.NORDLAND)
    assert [tariff.knows_grid for tariff in (unsure, sure)] == [False, True]
    assert marginal_price(unsure, an_hour(NOON, 1)).price == Decimal(1)
    assert marginal_price(sure, an_hour(NOON, 1)).price == Decimal(1) + Decimal("0.231") + Decimal("0.0813")


def test_before_the_first_known_grid_tariff_the_total_waits_and_the_energy_does_not() -> None:
    """A day of 2024 before BKK's first list."""
    at = datetime(2024, 2, 10, 12, tzinfo=UTC)
    prices = paid_prices(a_tariff(grid_company="bkk"), [an_hour(at, 1)], Stretch(at, at + HOUR))
    assert prices.total is not None
    assert [prices.energy[0].state, prices.total[0].state] == [PriceState.FINAL, PriceState.FORECAST]


def test_norway_pays_the_mean_of_the_quarters_and_sweden_each() -> None:
    """The same market."""
    market = [
        PriceSlot(NOON + QUARTER * number, NOON + QUARTER * (number + 1), Decimal(price))
        for number, price in enumerate((1, 1, 1, 5))
    ]
    window = Stretch(NOON, NOON + HOUR)
    prices = [[slot.price for slot in paid_slots(a_tariff(zone), market, window)] for zone in ("NO5", "SE3")]
    assert prices == [[Decimal("2.5")], [Decimal("1.25"), Decimal("1.25"), Decimal("1.25"), Decimal("6.25")]]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-02-10", 24)])
def test_a_price_that_needs_no_market_is_there_for_every_hour_of_a_day(day: str, hours: int) -> None:
    """Also when the clock changes, and without any feed."""
    whole = day_stretch(date.fromisoformat(day), OSLO)
    slots = paid_slots(a_tariff(kind="norgespris", grid_company="bkk"), (), whole)
    assert len(slots) == hours
    assert (slots[0].start, slots[-1].end) == (whole.start, whole.end)
    assert all(one.end == other.start for one, other in pairwise(slots))


def test_a_forecast_of_the_market_stays_a_forecast() -> None:
    """Adding what is certain makes nothing certain."""
    guess = PriceSlot(NOON, NOON + HOUR, Decimal(1), PriceState.FORECAST)
    found = marginal_price(a_tariff(grid_company="bkk"), guess)
    assert (found.energy.state, found.total.state) == (PriceState.FORECAST, PriceState.FORECAST)


def test_a_house_whose_zone_is_not_known_has_no_certain_norgespris() -> None:
    """It may be forty ore or fifty."""
    somewhere: SiteTariff = msgspec.structs.replace(a_tariff(kind="norgespris"), zone=None, country=Country.NO)
    assert marginal_price(somewhere, an_hour(NOON, 0)).state is PriceState.FORECAST


def test_finland_pays_its_own_vat_by_the_quarter() -> None:
    """25.5 %; its electricity tax and grids are not known, so they are not told."""
    found = marginal_price(a_tariff("FI"), PriceSlot(NOON, NOON + timedelta(minutes=15), Decimal("0.2")))
    assert ([part.name for part in found.parts], found.price) == (["spot"], Decimal("0.251"))
