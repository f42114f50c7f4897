"""Exchange rates of Norges Bank: krone per euro, and by way of the Norwegian one those of Sweden and Denmark.

`GET /api/data/EXR/B.EUR+SEK+DKK.NOK.SP?format=csv&startPeriod=..&endPeriod=..` answers lines with semicolons, a heading
first; BASE_CUR, QUOTE_CUR, UNIT_MULT (2: per hundred), TIME_PERIOD and OBS_VALUE are read. Bank days only. A rate is
set in the afternoon, after the day-ahead prices: so the one that was known when a day's prices were published is
the newest from two days before the day or earlier, whenever it is asked for. Open data, with attribution.
"""

import csv
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from chalicelib.adapters.prices import web
from chalicelib.adapters.prices.quotes import MAX_BYTES
from chalicelib.adapters.prices.source import AbsurdPrice, FeedDown, FeedGarbage, WrongCurrency

ORIGIN: Final = "https://data.norges-bank.no"
PATH: Final = "/api/data/EXR/B.EUR+SEK+DKK.NOK.SP"
KNOWN_BEFORE: Final = timedelta(days=2)
LOOK_BACK: Final = timedelta(days=14)
"""Longer than any row of holidays."""
_SANE: Final = {
    "EUR": (Decimal(7), Decimal(16)),
    "SEK": (Decimal("0.7"), Decimal("1.5")),
    "DKK": (Decimal(1), Decimal("2.2")),
}
"""NOK for one; beyond it is another unit or nothing to trust."""
_HEADINGS: Final = frozenset({"BASE_CUR", "QUOTE_CUR", "UNIT_MULT", "TIME_PERIOD", "OBS_VALUE"})
Rates = dict[tuple[str, date], Decimal]
"""NOK for one unit of a currency on a bank day."""


class NorgesBank:
    """The bank; it remembers what it has said about a day."""

    def __init__(self) -> None:
        self._known: dict[date, Rates] = {}

    def per_euro(self, currency: str, day: date) -> Decimal:
        """How much of `currency` a euro was when the prices of `day` were published; a PriceFeedError if unknown."""
        if currency == "EUR":
            return Decimal(1)
        newest = day - KNOWN_BEFORE
        if day not in self._known:
            self._known[day] = _fetch(newest)
        return per_euro(self._known[day], currency, newest)


def per_euro(rates: Rates, currency: str, newest: date) -> Decimal:
    """By the newest bank day up to `newest` that has both rates; WrongCurrency if there is none."""
    wanted = {"EUR", currency} - {"NOK"}
    days = [day for _, day in rates if day <= newest and all((one, day) in rates for one in wanted)]
    if not days:
        raise WrongCurrency(f"no rate of {currency} between {newest - LOOK_BACK} and {newest}")
    euro = rates["EUR", max(days)]
    return euro if currency == "NOK" else euro / rates[currency, max(days)]


def parse(raw: bytes) -> Rates:
    """The rates in an answer; FeedGarbage unless every line is one."""
    if len(raw) > MAX_BYTES:
        raise FeedGarbage(f"more than {MAX_BYTES} bytes")
    try:
        lines = list(csv.DictReader(raw.decode("utf-8-sig").splitlines(), delimiter=";", strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise FeedGarbage(f"no table: {error}") from error
    if not lines or not set(lines[0]) >= _HEADINGS:
        raise FeedGarbage("not the columns of exchange rates")
    rates = dict(_rate(line) for line in lines)
    if len(rates) != len(lines):
        raise FeedGarbage("a rate that stands there twice")
    return rates


def _fetch(newest: date) -> Rates:
    span = {"startPeriod": str(newest - LOOK_BACK), "endPeriod": str(newest)}
    answer = web.get(ORIGIN, PATH, {"format": "csv", "locale": "en"} | span)
    if answer.status in web.NOT_YET:
        raise FeedDown("no exchange rates")
    return parse(answer.body)


def _rate(line: dict[str, str]) -> tuple[tuple[str, date], Decimal]:
    base = line["BASE_CUR"]
    if line["QUOTE_CUR"] != "NOK" or base not in _SANE:
        raise WrongCurrency("a rate of another pair")
    try:
        value = Decimal(line["OBS_VALUE"]) / 10 ** int(line["UNIT_MULT"])
        day = date.fromisoformat(line["TIME_PERIOD"])
    except (InvalidOperation, ValueError, TypeError) as error:
        raise FeedGarbage("a rate that cannot be read") from error
    lowest, highest = _SANE[base]
    if not (value.is_finite() and lowest <= value <= highest):
        raise AbsurdPrice("a rate out of range")
    return (base, day), value
