"""Public holidays of Norway."""

from datetime import date

import pytest
from dateutil.easter import easter as other_easter  # type: ignore[import-untyped]  # it has no stubs

from chalicelib.domain.holidays import easter, holidays, is_holiday

YEAR_2026 = """01-01 04-02 04-03 04-05 04-06 05-01 05-14 05-17 05-24 05-25 12-25 12-26"""
YEAR_2024 = """01-01 03-28 03-29 03-31 04-01 05-01 05-09 05-17 05-19 05-20 12-25 12-26"""


def test_easter_is_what_another_method_finds() -> None:
    """Every year from 1900 to 2299."""
    assert [easter(year) for year in range(1900, 2300)] == [other_easter(year) for year in range(1900, 2300)]


@pytest.mark.parametrize(("year", "days"), [(2026, YEAR_2026), (2024, YEAR_2024)], ids=["2026", "2024"])
def test_the_holidays_of_a_year_are_those_of_the_calendar(year: int, days: str) -> None:
    """Twelve days that the printed calendar shows in red, besides Sundays."""
    assert sorted(holidays(year)) == [date.fromisoformat(f"{year}-{day}") for day in days.split()]


def test_two_holidays_on_one_day_are_one() -> None:
    """In 2008 Ascension was the first of May."""
    assert (len(holidays(2008)), is_holiday(date(2008, 5, 1))) == (11, True)


@pytest.mark.parametrize("day", ["2026-12-24", "2026-12-31", "2026-04-04", "2026-04-12"])
def test_eves_and_ordinary_sundays_are_no_holidays(day: str) -> None:
    """Shops may close early; tariffs do not ask."""
    assert not is_holiday(date.fromisoformat(day))
