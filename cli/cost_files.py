"""Hours of energy and prices from CSV or JSON files, strictly: a file that is not what it should be is an error.

CSV with a header, or a JSON list of objects, or an object with such a list under `hours`. Times are ISO 8601 with
offset.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import msgspec

from chalicelib.domain.calendar import HOUR, QUARTER, floor_to
from chalicelib.domain.prices import PriceSlot

START: Final = ("start", "start_local", "time_start")
KWH: Final = ("kwh",)
PRICE: Final = ("price", "spot_nok_kwh_eks_mva", "NOK_per_kWh", "SEK_per_kWh")
MOST_KWH: Final = Decimal(1000)
MOST_PRICE: Final = Decimal(100)
_WH_PER_KWH: Final = 1000


class FileError(Exception):
    """The file cannot be used; the message says why."""


def read_energy(path: Path) -> dict[datetime, int]:
    """Wh of each UTC hour."""
    found: dict[datetime, int] = {}
    for number, row in enumerate(_rows(path), start=1):
        start = _instant(row, number)
        if start != floor_to(start, HOUR) or start in found:
            raise FileError(f"row {number}: not one row for each full hour")
        kwh = _number(row, KWH, number, MOST_KWH)
        if kwh < 0:
            raise FileError(f"row {number}: negative energy")
        found[start] = round(kwh * _WH_PER_KWH)
    return found


def read_prices(path: Path) -> list[PriceSlot]:
    """Prices per kWh without VAT, by hour or quarter as the rows stand apart."""
    rows = [
        (_instant(row, number), _number(row, PRICE, number, MOST_PRICE))
        for number, row in enumerate(_rows(path), start=1)
    ]
    starts = sorted(start for start, _ in rows)
    apart = {later - earlier for earlier, later in pairwise(starts)}
    if timedelta(0) in apart:
        raise FileError("two prices for one time")
    step = QUARTER if QUARTER in apart else HOUR
    if any(start != floor_to(start, step) for start in starts):
        raise FileError("prices are by hour or by quarter of an hour")
    return [PriceSlot(start, start + step, price) for start, price in sorted(rows)]


def has_prices(path: Path) -> bool:
    """Whether the rows have a price too."""
    return any(name in _rows(path)[0] for name in PRICE)


def _rows(path: Path) -> Sequence[Mapping[str, Any]]:
    try:
        text = path.read_text()
        rows = _json(text) if text.lstrip()[:1] in {"{", "["} else list(csv.DictReader(io.StringIO(text)))
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, csv.Error) as error:
        raise FileError(f"{path}: {error}") from error
    if not rows:
        raise FileError(f"{path}: no rows")
    return rows


def _json(text: str) -> list[dict[str, Any]]:
    found = msgspec.json.decode(text)
    rows = found.get("hours") if isinstance(found, dict) else found
    return msgspec.convert(rows, list[dict[str, Any]])


def _instant(row: Mapping[str, Any], number: int) -> datetime:
    text = _field(row, START, number)
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise FileError(f"row {number}: {text!r} is no time") from error
    if instant.tzinfo is None:
        raise FileError(f"row {number}: a time without offset")
    return instant.astimezone(UTC)


def _number(row: Mapping[str, Any], names: Sequence[str], number: int, most: Decimal) -> Decimal:
    text = _field(row, names, number)
    try:
        found = Decimal(str(text))
    except InvalidOperation as error:
        raise FileError(f"row {number}: {text!r} is no number") from error
    if not found.is_finite() or abs(found) > most:
        raise FileError(f"row {number}: {text} is out of range")
    return found


def _field(row: Mapping[str, Any], names: Sequence[str], number: int) -> Any:
    found = next((row[name] for name in names if name in row), None)
    if found is None:
        raise FileError(f"row {number}: no {names[0]}")
    return found
