"""Recorded day-ahead prices of NO5, served in the format and with the manners of hvakosterstrommen.no.

`GET /api/v1/prices/YYYY/MM-DD_NO5.json` answers an array of hours, EUR and NOK per kWh without VAT; 404 until 13:00
Europe/Oslo on the day before (by the clock of the simulated world), and for days and zones that are not recorded. A
replay makes up other days and the other zones, too (see made_zones).
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from simulator.clock import Clock
from simulator.made_zones import Hour, MadeZones

DATA: Final = Path(__file__).parent / "data"
OSLO: Final = ZoneInfo("Europe/Oslo")
ZONE: Final = "NO5"
PUBLISHED_AT: Final = time(13)
REPLAY_WEEK: Final = date(2026, 2, 9)
"""The Monday of the week that a replay begins with: the spiky one of 10 February 2026."""
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(weeks=1)
_DAY_FILE: Final = re.compile(r"(\d\d)-(\d\d)_([A-Z0-9]{1,8})\.json", re.ASCII)


class _Hour(msgspec.Struct, frozen=True):
    start_local: datetime
    eur_mwh: Decimal


class _Prices(msgspec.Struct, frozen=True):
    hourly: tuple[_Hour, ...]


class _Rate(msgspec.Struct, frozen=True):
    date: date
    rate: Decimal


class _Rates(msgspec.Struct, frozen=True):
    daily: tuple[_Rate, ...]


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """Prices by UTC hour, EUR/MWh without VAT, and the EUR/NOK rates by day."""

    prices: Mapping[datetime, Decimal]
    rates: Mapping[date, Decimal]

    def rate_on(self, day: date) -> Decimal:
        """The newest rate dated on or before `day`; the first one for days before it."""
        known = [dated for dated in self.rates if dated <= day]
        return self.rates[max(known) if known else min(self.rates)]

    def has(self, day: date) -> bool:
        """True if every hour of the local day is recorded."""
        return all(hour in self.prices for hour in hours_of(day))

    def price_at(self, day: date, wall: int) -> Decimal:
        """The price of `day` at wall-clock hour `wall`; of an hour that the clocks skip, that of the hour before."""
        by_wall = {hour.astimezone(OSLO).hour: self.prices[hour] for hour in reversed(hours_of(day))}
        return by_wall[wall] if wall in by_wall else by_wall[wall - 1]

    def weeks(self) -> list[date]:
        """The Mondays of the weeks that are recorded whole."""
        mondays = {hour.astimezone(OSLO).date() for hour in self.prices if hour.astimezone(OSLO).weekday() == 0}
        return sorted(monday for monday in mondays if all(self.has(monday + n * DAY) for n in range(7)))


def hours_of(day: date) -> list[datetime]:
    """The hours of a local day, aware UTC: 23, 24 or 25."""
    start = datetime.combine(day, time(), OSLO).astimezone(UTC)
    end = datetime.combine(day + DAY, time(), OSLO).astimezone(UTC)
    return [start + timedelta(hours=n) for n in range(round((end - start).total_seconds() / 3600))]


def read_recording(folder: Path = DATA) -> Recording:
    """The recorded prices and rates (see data/SOURCES.md)."""
    prices = msgspec.json.decode((folder / "hvakosterstrommen_NO5_2026.json").read_bytes(), type=_Prices, strict=False)
    rates = msgspec.json.decode((folder / "norges-bank_EURNOK_2026.json").read_bytes(), type=_Rates, strict=False)
    return Recording(
        prices={hour.start_local.astimezone(UTC): hour.eur_mwh for hour in prices.hourly},
        rates={rate.date: rate.rate for rate in rates.daily},
    )


class PriceFeed:
    """Answers for days by the clock; with `replay` every day outside the recording is answered with a recorded one.

    The recorded day lies a whole number of weeks away, so that weekdays stay weekdays: the week in which the feed is
    made gets the week of 10 February 2026, the others those around it, in a circle through the recording.
    """

    def __init__(self, recording: Recording, clock: Clock, *, replay: bool = False) -> None:
        self.recording, self.clock, self.replay = recording, clock, replay
        today = clock.now().astimezone(OSLO).date()
        self._first_monday = today - today.weekday() * DAY
        self._weeks = recording.weeks() if replay else []

    def is_published(self, day: date) -> bool:
        """True from 13:00 Europe/Oslo on the day before."""
        return self.clock.now() >= datetime.combine(day - DAY, PUBLISHED_AT, OSLO)

    def recorded_day(self, day: date) -> date | None:
        """The recorded day that answers for `day`; None if there is none."""
        if self.recording.has(day):
            return day
        if not self.replay:
            return None
        monday = day - day.weekday() * DAY
        index = self._weeks.index(REPLAY_WEEK) + (monday - self._first_monday) // WEEK
        return self._weeks[index % len(self._weeks)] + day.weekday() * DAY

    def answer(self, day: date) -> list[dict[str, Any]] | None:
        """The hours of `day` in the feed's format; None if they are not published or not recorded."""
        recorded = self.recorded_day(day) if self.is_published(day) else None
        if recorded is None:
            return None
        rate = self.recording.rate_on(recorded)
        return [_row(hour, self.recording.price_at(recorded, _wall(hour)), rate) for hour in hours_of(day)]

    def hours(self, day: date) -> list[Hour] | None:
        """The recorded hours that other zones are made from; only a replay makes anything up."""
        recorded = self.recorded_day(day) if self.replay and self.is_published(day) else None
        if recorded is None:
            return None
        rate = self.recording.rate_on(recorded)
        return [Hour(hour, self.recording.price_at(recorded, _wall(hour)), rate) for hour in hours_of(day)]

    async def handle(self, request: web.Request) -> web.Response:
        """One day's prices: 200 with an array, or 404."""
        file = _file_of(request.match_info["year"], request.match_info["file"])
        rows = None if file is None else self._rows(*file)
        if rows is None:
            return web.json_response({"error": "not found"}, status=404)
        return web.json_response(rows, dumps=_dumps, headers={"Cache-Control": "no-store"})

    def _rows(self, zone: str, day: date) -> list[dict[str, Any]] | None:
        return self.answer(day) if zone == ZONE else MadeZones(self.hours).day_file(zone, day)

    def application(self) -> web.Application:
        """A sub-application with the feed's route, and those of the providers of other zones."""
        app = web.Application()
        app.router.add_routes(list(MadeZones(self.hours).routes()))
        app.router.add_get("/api/v1/prices/{year:20\\d\\d}/{file}", self.handle)
        return app


def _file_of(year: str, file: str) -> tuple[str, date] | None:
    """The zone and the day that a path names; None if it names no day."""
    match = _DAY_FILE.fullmatch(file)
    if not match:
        return None
    try:
        return match[3], date(int(year), int(match[1]), int(match[2]))
    except ValueError:
        return None


def _wall(hour: datetime) -> int:
    return hour.astimezone(OSLO).hour


def _row(hour: datetime, eur_mwh: Decimal, rate: Decimal) -> dict[str, Any]:
    return {
        "NOK_per_kWh": float(round(eur_mwh * rate / 1000, 5)),
        "EUR_per_kWh": float(round(eur_mwh / 1000, 5)),
        "EXR": float(rate),
        "time_start": hour.astimezone(OSLO).isoformat(),
        "time_end": (hour + timedelta(hours=1)).astimezone(OSLO).isoformat(),
    }


def _dumps(rows: Sequence[Any]) -> str:
    return json.dumps(rows, separators=(",", ":"))
