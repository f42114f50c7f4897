"""A made-up home and made-up prices of which every figure can be worked out by hand."""
# ruff: noqa: DTZ001 - the times of the data have no zone

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from chalicelib.domain.calendar import DAY, HOUR
from chalicelib.domain.prices import PriceSlot
from cli.backtest.homes import OSLO

FIRST = datetime(2026, 1, 31, 23, tzinfo=UTC)
DAYS = 40
SESSIONS = 14
NIGHTS = "home", datetime(2022, 2, 7, 17), timedelta(hours=14.5), "7,36"
"""Fourteen nights from a Monday on: plugged in at 17:00, away at 07:30, 7.36 kWh. 4 x 364 days later it is 2026."""


def usual_price(hour: int) -> int:
    """EUR/MWh at a local hour: 400 from 16 to 22, 100 from 1 to 2 and from 4 to 5, else 200."""
    if 16 <= hour < 22:
        return 400
    return 100 if hour in {1, 4} else 200


def hourly_prices(price: Callable[[datetime], int] | None = None, days: int = DAYS) -> list[PriceSlot]:
    """Every hour from the 1st of February 2026 on."""
    told = price or (lambda start: usual_price(start.astimezone(OSLO).hour))
    starts = (FIRST + number * HOUR for number in range(days * 24))
    return [PriceSlot(start, start + HOUR, Decimal(told(start))) for start in starts]


def write_prices(file: Path, slots: list[PriceSlot], parts: int = 1) -> Path:
    """As a CSV, each hour in so many parts of one price."""
    lines = ["start_utc,eur_per_mwh"]
    edges = [(slot.start + part * HOUR / parts, slot.price) for slot in slots for part in range(parts)]
    lines += [f"{start:%Y-%m-%dT%H:%M:%SZ},{price}" for start, price in edges]
    file.write_text("\n".join(lines) + "\n")
    return file


def write_sessions(file: Path, extra: tuple[str, ...] = ()) -> Path:
    """As a CSV with semicolons, decimal commas and naive times."""
    user, first, stay, energy = NIGHTS
    lines = ['"location";"user_id";"session_id";"plugin_time";"plugout_time";"connection_time";"energy_session"']
    for night in range(SESSIONS):
        plugged = first + night * DAY
        lines.append(f'"X";"{user}";"X_{night}";{plugged};{plugged + stay};14,5;{energy}')
    file.write_text("\r\n".join([*lines, *extra]) + "\r\n")
    return file
