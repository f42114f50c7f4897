"""Energy components by hour, weekday, season and holiday; figures from the companies' price lists of 2026."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.adapters import tariff_data
from chalicelib.domain.calendar import HOUR
from chalicelib.domain.grid_tariffs import GRID_TZ, GridCompany, PriceException, energy_component
from chalicelib.domain.ids import GridCompanyId, Zone

LOW, HIGH = Decimal("0.105"), Decimal("0.2877")


def company(name: str) -> GridCompany:
    """A grid company by its id."""
    return tariff_data.grid_companies()[GridCompanyId(name)]


def price(name: str, local: str) -> tuple[Decimal, bool] | None:
    """The energy component of a company at a time of the Norwegian clock."""
    return energy_component(company(name), datetime.fromisoformat(local).replace(tzinfo=GRID_TZ).astimezone(UTC))


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-02-10T05:00", LOW),
        ("2026-02-10T06:00", HIGH),
        ("2026-02-10T21:00", HIGH),
        ("2026-02-10T22:00", LOW),
        ("2026-02-14T12:00", LOW),
        ("2026-02-15T12:00", LOW),
        ("2026-04-02T12:00", LOW),
        ("2026-04-03T12:00", LOW),
        ("2026-04-06T12:00", LOW),
        ("2026-04-07T12:00", HIGH),
        ("2026-05-01T12:00", LOW),
        ("2026-05-14T12:00", LOW),
        ("2026-05-25T12:00", LOW),
        ("2026-12-23T12:00", HIGH),
        ("2026-12-24T12:00", LOW),
        ("2026-12-31T12:00", LOW),
    ],
    ids=lambda value: value if isinstance(value, str) else ("low" if value == LOW else "high"),
)
def test_bergen_pays_the_high_price_in_working_hours_of_working_days(local: str, expected: Decimal) -> None:
    """06:00 to 22:00, but not on weekends, holidays, and the two eves of December."""
    assert price("bkk", local) == (expected, True)


@pytest.mark.parametrize(
    ("name", "local", "ore"),
    [
        ("elvia", "2026-10-05T12:00", "28.99"),
        ("elvia", "2026-10-04T12:00", "16.99"),
        ("glitre", "2026-10-04T12:00", "25.6"),
        ("glitre", "2026-10-04T23:00", "13.6"),
        ("tensio-ts", "2026-10-04T12:00", "22.102"),
        ("arva", "2026-10-04T12:00", "23.1"),
        ("lede", "2026-10-05T12:00", "11.41"),
    ],
)
def test_other_companies_charge_what_their_price_lists_of_autumn_2026_say(name: str, local: str, ore: str) -> None:
    """Flat, by day and night, or by working day."""
    assert price(name, local) == (Decimal(ore) / 100, True)


def test_a_tariff_ends_on_the_day_the_next_begins() -> None:
    """Bergen's low price fell on New Year's Day 2026, by the Norwegian clock."""
    before = datetime(2025, 12, 31, 22, 59, tzinfo=UTC)
    found = [energy_component(company("bkk"), before), energy_component(company("bkk"), before + timedelta(minutes=1))]
    assert found == [(Decimal("0.1899"), True), (LOW, True)]


def test_before_the_first_tariff_nothing_is_known() -> None:
    """Not even a guess."""
    assert price("bkk", "2020-01-01T12:00") is None


@pytest.mark.parametrize(
    ("day", "high_hours"), [("2026-03-30", 16), ("2026-10-26", 16), ("2026-03-29", 0)], ids=["Mon", "Mon", "DST Sunday"]
)
def test_the_clock_decides_also_around_its_changes(day: str, high_hours: int) -> None:
    """Sixteen high hours on the Monday after; none on the Sunday itself."""
    start = datetime.fromisoformat(day).replace(tzinfo=GRID_TZ)
    end = (start + timedelta(days=1)).astimezone(UTC)
    hours, at = [], start.astimezone(UTC)
    while at < end:
        hours.append(energy_component(company("bkk"), at))
        at += HOUR
    assert sum(found == (HIGH, True) for found in hours) == high_hours


def test_hours_may_go_past_midnight() -> None:
    """22-5 is 22:00 to 05:59."""
    night = PriceException(price=Decimal(1), hours=(22, 5))
    held = [hour for hour in range(24) if night.holds(datetime(2026, 2, 10, hour, tzinfo=GRID_TZ), is_low_day=False)]
    assert held == [0, 1, 2, 3, 4, 5, 22, 23]


def test_a_season_needs_its_months_as_well_as_its_hours() -> None:
    """Area Lega: a winter day is dear, a summer night cheap, the rest between."""
    times = ("2026-01-10T12:00", "2026-07-10T23:00", "2026-07-10T12:00", "2026-01-10T23:00")
    assert [price("area-lega", local) for local in times] == [
        (Decimal(ore), True) for ore in ("0.269", "0.219", "0.239", "0.239")
    ]


def test_where_two_exceptions_disagree_the_base_price_is_a_guess() -> None:
    """The source leaves it open, so no bill is made of it."""
    clash = tuple(PriceException(price=Decimal(ore)) for ore in (1, 2))
    bkk = company("bkk")
    tariff = bkk.tariffs[-1]
    both = GridCompany(
        company_id=bkk.company_id,
        name="",
        tariffs=(
            type(tariff)(valid_from=tariff.valid_from, base_price=LOW, exceptions=clash, capacity=tariff.capacity),
        ),
    )
    assert energy_component(both, datetime(2026, 2, 10, tzinfo=UTC)) == (LOW, False)


@pytest.mark.parametrize(
    ("name", "zone", "serves"), [("bkk", "NO5", True), ("bkk", "NO1", False), ("elvia", "NO1", True)]
)
def test_a_company_serves_the_zones_of_its_grid_areas(name: str, zone: str, serves: bool) -> None:  # noqa: FBT001
    """BKK's grid lies in NO2, NO3 and NO5."""
    assert company(name).serves(Zone(zone)) is serves
