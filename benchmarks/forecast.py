"""`./dev bench forecast [CSV...]`: how far price forecasts are from what came, and what that costs plans.

A CSV has the columns `start_utc,eur_per_mwh`, hours or quarters; the first word of its name, up to `_`, is the zone.
Without one the recording of NO5 that the simulator replays is used. At noon, before tomorrow's prices are published, a
car is plugged in that needs four hours' charging by 07:00: regret is what the four hours cost that look cheapest, less
the four cheapest ones.
"""

import argparse
import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import pairwise
from math import inf
from pathlib import Path
from statistics import fmean

import msgspec
from rich.console import Console
from rich.table import Table

from chalicelib.domain.calendar import DAY, HOUR, Stretch, day_stretch, floor_to, instant_of, local_day
from chalicelib.domain.price_forecast import LOOK_BACK, with_forecast
from chalicelib.domain.prices import MARKET_TZ, PriceSlot, hourly
from simulator.price_feed import read_recording

NEED_H = 4
PLUG_IN, READY_BY = time(12), time(7)
Prices = dict[datetime, float]
Method = Callable[[Sequence[PriceSlot], Stretch], Prices]


class Error(msgspec.Struct, frozen=True, kw_only=True):
    """One method in one zone: mean absolute error and mean regret, EUR/MWh, over so many days."""

    zone: str
    method: str
    days: int
    mae: float
    regret: float


def main(options: list[str]) -> None:
    """Print a table, or with --json one line."""
    parser = argparse.ArgumentParser(prog="./dev bench forecast", description="Errors of price forecasts.")
    parser.add_argument("csv", nargs="*", type=Path, help="prices of a zone: start_utc,eur_per_mwh")
    parser.add_argument("--since", type=date.fromisoformat, default=date.min, help="the first day that is forecast")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    given = parser.parse_args(options)
    errors = [error for zone, slots in _sources(given.csv) for error in measure(zone, slots, given.since)]
    print(msgspec.json.encode(errors).decode()) if given.json else Console().print(_table(errors))


def read_csv(file: Path) -> list[PriceSlot]:
    """The slots of a file, hourly means of what is finer."""
    with file.open(newline="") as lines:
        read = list(csv.DictReader(lines))
    rows = [(datetime.fromisoformat(row["start_utc"]), Decimal(row["eur_per_mwh"])) for row in read]
    starts = [start.astimezone(UTC) for start, _ in rows]
    step = min((later - earlier for earlier, later in pairwise(starts)), default=HOUR)
    return hourly([PriceSlot(start, start + step, price) for start, (_, price) in zip(starts, rows, strict=True)])


def measure(zone: str, slots: Sequence[PriceSlot], since: date = date.min) -> list[Error]:
    """Each method's errors over all days that have two whole weeks before them."""
    known = {slot.start: slot for slot in slots}
    days = [day for day in _days(known) if day >= since]
    return [_error(zone, name, method, days, known) for name, method in METHODS.items()]


def _sources(files: Sequence[Path]) -> Iterator[tuple[str, list[PriceSlot]]]:
    if not files:
        recorded = read_recording().prices
        yield "NO5", [PriceSlot(start, start + HOUR, price) for start, price in sorted(recorded.items())]
    for file in files:
        yield file.name.split("_")[0], read_csv(file)
        print(f"read {file.name}", file=sys.stderr)


def _days(known: dict[datetime, PriceSlot]) -> list[date]:
    """The days that are whole, as are the fourteen before them."""
    first, last = (local_day(edge(known), MARKET_TZ) for edge in (min, max))
    days = [first + DAY * number for number in range((last - first).days + 1)]
    whole = {day for day in days if _is_whole(day, known)}
    back = range(1, LOOK_BACK // DAY + 1)
    return sorted(day for day in whole if all(day - DAY * number in whole for number in back))


def _is_whole(day: date, known: dict[datetime, PriceSlot]) -> bool:
    return all(start in known for start in _hours(day_stretch(day, MARKET_TZ)))


def _hours(window: Stretch) -> list[datetime]:
    return [window.start + HOUR * number for number in range(round(window.duration / HOUR))]


def _error(zone: str, name: str, method: Method, days: Sequence[date], known: dict[datetime, PriceSlot]) -> Error:
    errors, regrets = [], []
    for day in days:
        whole = day_stretch(day, MARKET_TZ)
        past = [known[start] for start in _hours(Stretch(whole.start - LOOK_BACK, whole.start)) if start in known]
        guessed = method(past, whole)
        errors += [abs(guessed[start] - float(known[start].price)) for start in _hours(whole)]
        regrets.append(_regret(day, guessed, known))
    return Error(zone=zone, method=name, days=len(days), mae=fmean(errors), regret=fmean(regrets))


def _regret(day: date, guessed: Prices, known: dict[datetime, PriceSlot]) -> float:
    window = Stretch(instant_of(day - DAY, PLUG_IN, MARKET_TZ), instant_of(day, READY_BY, MARKET_TZ))
    true = {start: float(known[start].price) for start in _hours(window)}
    chosen = sorted(true, key=lambda start: guessed.get(start, true[start]))[:NEED_H]
    return fmean(true[start] for start in chosen) - fmean(sorted(true.values())[:NEED_H])


def _ours(past: Sequence[PriceSlot], window: Stretch) -> Prices:
    return {slot.start: float(slot.price) for slot in with_forecast(past, window)}


def _like_days_before(count: int) -> Method:
    """The price at the same time by the clock so many days before."""

    def method(past: Sequence[PriceSlot], window: Stretch) -> Prices:
        known = {slot.start: float(slot.price) for slot in past}
        return {start: known[_before(start, count)] for start in _hours(window)}

    return method


def _before(start: datetime, days: int) -> datetime:
    wall = start.astimezone(MARKET_TZ)
    return floor_to(instant_of(wall.date() - DAY * days, wall.time(), MARKET_TZ), HOUR)


def _mean_of_week(past: Sequence[PriceSlot], window: Stretch) -> Prices:
    known = {slot.start: float(slot.price) for slot in past}
    return {start: fmean(known[_before(start, days)] for days in range(1, 8)) for start in _hours(window)}


METHODS: dict[str, Method] = {
    "ours": _ours,
    "yesterday": _like_days_before(1),
    "a week ago": _like_days_before(7),
    "mean of the week": _mean_of_week,
}


def _table(errors: Sequence[Error]) -> Table:
    made = Table("zone", "method", "days", "error", "regret", title="EUR/MWh; error: mean absolute; regret: see --help")
    best = {error.zone: min((one.regret for one in errors if one.zone == error.zone), default=inf) for error in errors}
    for error in errors:
        mark = " *" if error.regret == best[error.zone] else ""
        made.add_row(error.zone, error.method, str(error.days), f"{error.mae:.2f}", f"{error.regret:.2f}{mark}")
    return made
