"""Taxes and schemes by county and date."""

from datetime import date
from decimal import Decimal

import pytest

from chalicelib.adapters import tariff_data
from chalicelib.domain.counties import County, is_possible, must_ask
from chalicelib.domain.ids import Zone
from chalicelib.domain.rates import electricity_tax, find_dated, vat_of_zone, vat_rate
from chalicelib.domain.sites import Country

RATES = tariff_data.rates()
DAY = date(2026, 2, 10)


@pytest.mark.parametrize(("zone", "rate"), [("NO5", "0.25"), ("NO4", "0"), ("SE3", "0.25"), ("FI", "0.255")], ids=str)
def test_vat_shown_for_a_zone_is_that_of_most_of_its_households(zone: str, rate: str) -> None:
    """Northern Norway pays none, Finland 25.5 % since September 2024."""
    assert vat_of_zone(RATES, Zone(zone), DAY) == Decimal(rate)


def test_a_rate_holds_from_its_day_on() -> None:
    """In Finland it was 24 % until the last day of August 2024."""
    days = (date(2024, 8, 31), date(2024, 9, 1))
    assert [vat_of_zone(RATES, Zone("FI"), day) for day in days] == [Decimal("0.24"), Decimal("0.255")]


@pytest.mark.parametrize(
    ("zone", "county", "vat", "tax"),
    [
        ("NO4", County.TRONDELAG, "0.25", "0.0713"),  # Royrvik and Lierne
        ("NO3", County.TRONDELAG, "0.25", "0.0713"),
        ("NO4", County.NORDLAND, "0", "0.0713"),
        ("NO4", County.TROMS, "0", "0.0713"),
        ("NO4", County.TROMS_ACTION_ZONE, "0", "0"),
        ("NO4", County.FINNMARK, "0", "0"),
        ("NO1", None, "0.25", "0.0713"),
    ],
    ids=str,
)
def test_taxes_follow_the_county_and_not_the_zone(zone: str, county: County | None, vat: str, tax: str) -> None:
    """VAT is free in three counties, the electricity tax in the action zone."""
    found = vat_rate(RATES, Country.NO, Zone(zone), county, DAY)[0], electricity_tax(RATES, county, DAY)[0]
    assert found == (Decimal(vat), Decimal(tax))


@pytest.mark.parametrize(
    ("day", "rate", "is_certain"),
    [
        ("2023-12-31", "0.0951", False),
        ("2024-01-01", "0.0951", True),
        ("2024-03-31", "0.0951", True),
        ("2024-04-01", "0.1644", True),
        ("2025-09-30", "0.1693", True),
        ("2025-10-01", "0.1253", True),
        ("2026-12-31", "0.0713", True),
        ("2027-01-01", "0.0713", False),
    ],
)
def test_a_rate_that_nobody_has_decided_is_a_guess_and_says_so(day: str, rate: str, is_certain: bool) -> None:  # noqa: FBT001
    """The last one serves plans until the next is known."""
    assert electricity_tax(RATES, None, date.fromisoformat(day)) == (Decimal(rate), is_certain)


def test_the_threshold_of_support_is_that_of_the_year() -> None:
    """73, 75 and 77 ore without VAT."""
    found = [find_dated(RATES.support, date(year, 6, 1))[0].threshold for year in (2024, 2025, 2026)]
    assert found == [Decimal("0.73"), Decimal("0.75"), Decimal("0.77")]


@pytest.mark.parametrize(("zone", "asked"), [("NO5", False), ("NO3", False), ("NO4", True), (None, True)])
def test_the_county_is_asked_for_where_taxes_depend_on_it(zone: str | None, asked: bool) -> None:  # noqa: FBT001
    """In NO4, and where not even the zone is known."""
    assert must_ask(Zone(zone) if zone else None) is asked


@pytest.mark.parametrize(
    ("county", "zone", "possible"),
    [("nordland", "NO4", True), ("nordland", "NO5", False), ("trondelag", "NO4", True), ("oslo", "NO4", False)],
)
def test_a_county_must_lie_in_the_zone(county: str, zone: str, possible: bool) -> None:  # noqa: FBT001
    """Nobody escapes VAT by a slip of the finger."""
    assert is_possible(County(county), Zone(zone)) is possible
