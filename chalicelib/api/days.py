"""Days and months in queries."""

from datetime import date

from chalicelib.domain.errors import InvalidInput

FIRST_YEAR, LAST_YEAR = 2000, 2200


def parse_day(text: str, field: str) -> date:
    """The day that `text` (YYYY-MM-DD) names; InvalidInput if there is none or it is out of all reason."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("there is no such day", field=field) from error
    if not FIRST_YEAR <= day.year < LAST_YEAR:
        raise InvalidInput("the year is out of range", field=field)
    return day


def parse_month(text: str, field: str) -> tuple[int, int]:
    """Year and month that `text` (YYYY-MM) names; InvalidInput if there is none or it is out of all reason."""
    first = parse_day(f"{text}-01", field)
    return first.year, first.month
