"""The public holidays of Norway, on which grid companies charge as on Sundays.

Source: the laws of 24 February 1995 no. 12 (holy days) and 26 April 1947 no. 1 (1 and 17 May).
"""

import functools
from datetime import date, timedelta
from typing import Final

_FIXED: Final = ((1, 1), (5, 1), (5, 17), (12, 25), (12, 26))
_FROM_EASTER: Final = (-3, -2, 0, 1, 39, 49, 50)
"""Maundy Thursday, Good Friday, Easter Sunday and Monday, Ascension, Whit Sunday and Monday."""


def easter(year: int) -> date:
    """Easter Sunday of a year of the Gregorian calendar (Meeus, Jones and Butcher's method)."""
    century, in_century = divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    moon_shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * (year % 19) + century - leap_centuries - moon_shift + 15) % 30
    leap_years, year_rest = divmod(in_century, 4)
    weekday = (32 + 2 * century_rest + 2 * leap_years - epact - year_rest) % 7
    correction = (year % 19 + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * correction + 114, 31)
    return date(year, month, day + 1)


@functools.cache
def holidays(year: int) -> frozenset[date]:
    """The public holidays of a year; two may fall on one day."""
    sunday = easter(year)
    moving = {sunday + timedelta(days=days) for days in _FROM_EASTER}
    return frozenset(moving | {date(year, month, day) for month, day in _FIXED})


def is_holiday(day: date) -> bool:
    """Whether `day` is a public holiday; an ordinary Sunday is not one."""
    return day in holidays(day.year)
