"""The sessions of real homes: read, and each with what was known when its car was plugged in."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.calendar import DAY, HOUR, next_ready_by
from chalicelib.domain.learned_need import LEAST_WH, OWN_SESSIONS, Stay

OSLO: Final = ZoneInfo("Europe/Oslo")
COLUMNS: Final = ("user_id", "plugin_time", "plugout_time", "energy_session")
USUAL_READY_BY: Final = time(7)
"""Of a user with fewer than ENOUGH_NIGHTS."""
ENOUGH_NIGHTS: Final = 10
READY_BY_SHARE: Final = 0.2
"""A user's ready_by is the time before which he left on this share of his nights."""
FULL_POWER_SHARE: Final = 0.98
WEEKS: Final = timedelta(days=364)
_EVENING, _NIGHT_END, _MORNING_END = time(12), time(3), time(14)


class ChargerSize(msgspec.Struct, frozen=True):
    """What a home's charger and car take at most."""

    phases: int
    max_a: int

    @property
    def power_w(self) -> float:
        """At 230 V on each phase."""
        return 230.0 * self.phases * self.max_a


SIZES: Final = (ChargerSize(1, 16), ChargerSize(1, 22), ChargerSize(1, 32), ChargerSize(3, 16), ChargerSize(3, 32))


class InputError(Exception):
    """A file cannot be used; the text says which and why."""


class RealSession(msgspec.Struct, frozen=True, order=True):
    """One session, wall clock of Oslo without a zone."""

    plugged: datetime
    left: datetime
    user: str
    energy_wh: int


class PastSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session with all that could be known at plug-in: its home's size, its ready_by, and the sessions before it."""

    session: RealSession
    size: ChargerSize
    ready_by: time
    earlier_wh: tuple[int, ...]
    earlier: tuple[RealSession, ...]

    def moved(self, by: timedelta) -> "Placed":
        """The session as if it had been that much later, by the clock on the wall."""
        plugged_at, left_at = instant(self.session.plugged + by), instant(self.session.left + by)
        ready_by = next_ready_by(plugged_at, self.ready_by, OSLO)
        earlier = tuple(Stay(instant(one.plugged + by), instant(one.left + by)) for one in self.earlier)
        return Placed(past=self, plugged_at=plugged_at, left_at=left_at, ready_by=ready_by, earlier=earlier)


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A session moved onto the prices, aware UTC."""

    past: PastSession
    plugged_at: datetime
    left_at: datetime
    ready_by: datetime
    earlier: tuple[Stay, ...] = ()

    @property
    def energy_wh(self) -> int:
        """What the car needed."""
        return self.past.session.energy_wh

    @property
    def power_w(self) -> float:
        """The home's observed maximum."""
        return self.past.size.power_w

    @property
    def could_be_full(self) -> bool:
        """Whether charging at once would have filled the car before it left."""
        return self.energy_wh <= self.power_w * ((self.left_at - self.plugged_at) / HOUR)

    @property
    def is_yardstick(self) -> bool:
        """Whether the car was there until ready_by and could be full by then: here costs can be compared."""
        in_time = self.energy_wh <= self.power_w * ((self.ready_by - self.plugged_at) / HOUR)
        return self.left_at >= self.ready_by and in_time


def instant(wall: datetime) -> datetime:
    """The instant of a wall-clock time in Oslo; the first of two, and by winter time where there is none."""
    return wall.replace(tzinfo=OSLO).astimezone(UTC)


def read_sessions(file: Path) -> tuple[list[RealSession], int]:
    """The usable sessions of a CSV in order of time, and how many rows were not; InputError if it has other columns.

    Columns: user_id, plugin_time, plugout_time, energy_session (kWh); separated by semicolons or commas, decimals with
    comma or point. Times without an offset are Europe/Oslo.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read") from error
    first = text.split("\n", 1)[0]
    rows = csv.DictReader(text.splitlines(), delimiter=";" if ";" in first else ",")
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise InputError(f"{file}: no column {', '.join(missing)}")
    parsed = [_parse(row) for row in rows]
    found = sorted(session for session in parsed if session is not None)
    return found, len(parsed) - len(found)


def _parse(row: dict[str, str]) -> RealSession | None:
    """The session of a row, None when it lacks a time, ends before it begins, or took next to nothing."""
    try:
        plugged, left = (_wall(row[name]) for name in COLUMNS[1:3])
        energy_wh = round(float(row["energy_session"].replace(",", ".")) * 1000)
    except (ValueError, AttributeError, TypeError):
        return None
    if instant(left) <= instant(plugged) or energy_wh < LEAST_WH:
        return None
    return RealSession(plugged, left, row["user_id"], energy_wh)


def _wall(text: str) -> datetime:
    read = datetime.fromisoformat(text)
    return read if read.tzinfo is None else read.astimezone(OSLO).replace(tzinfo=None)


def with_past(sessions: Iterable[RealSession]) -> Iterator[PastSession]:
    """Every session with what its home had seen before; one that begins before the one before it ended is left out."""
    by_user: dict[str, list[RealSession]] = {}
    for session in sorted(sessions):
        mine = by_user.setdefault(session.user, [])
        if not mine or mine[-1].left <= session.plugged:
            mine.append(session)
    for mine in by_user.values():
        size = size_of(mine)
        for number, session in enumerate(mine):
            earlier = mine[:number]
            yield PastSession(
                session=session,
                size=size,
                ready_by=usual_ready_by(earlier),
                earlier_wh=tuple(one.energy_wh for one in earlier[-OWN_SESSIONS:]),
                earlier=tuple(earlier[-2 * OWN_SESSIONS :]),
            )


def size_of(sessions: Sequence[RealSession]) -> ChargerSize:
    """The smallest usual size that is above the 98th percentile of a home's energy per connected hour."""
    rates = sorted(one.energy_wh / ((one.left - one.plugged) / HOUR) for one in sessions)
    observed_w = rates[int(FULL_POWER_SHARE * (len(rates) - 1))]
    return next((size for size in SIZES if size.power_w >= observed_w), SIZES[-1])


def usual_ready_by(earlier: Sequence[RealSession]) -> time:
    """The time before which a user left on one night in five, down to a quarter hour; 07:00 before ten nights."""
    mornings = sorted(one.left.time() for one in [one for one in earlier if _is_night(one)][-OWN_SESSIONS:])
    if len(mornings) < ENOUGH_NIGHTS:
        return USUAL_READY_BY
    found = mornings[int(READY_BY_SHARE * (len(mornings) - 1))]
    return time(found.hour, found.minute // 15 * 15)


def _is_night(session: RealSession) -> bool:
    """Plugged in after noon and away between 03:00 and 14:00 on the next day."""
    next_day = session.left.date() == session.plugged.date() + DAY
    return next_day and session.plugged.time() >= _EVENING and _NIGHT_END <= session.left.time() <= _MORNING_END
