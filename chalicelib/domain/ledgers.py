"""The ledger of a charger: what its history has been derived from so far, so that the next reading costs little.

It is written with everything that follows from it in one transaction, which counts its version: whoever derives from
an older version derives again.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.calendar import HOUR, Stretch, day_stretch, days_of, floor_to, month_stretch
from chalicelib.domain.charger_states import MonthEnergy, SessionEnergy
from chalicelib.domain.costs import Cost, PricedHour, grand_total_of, parts_of, total_cost
from chalicelib.domain.energy import Reading
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.money import Money
from chalicelib.domain.sites import DEFAULT_HISTORY_MONTHS

TAIL: Final = 12
"""So many of the last readings are in the ledger: three hours of charging."""
NEIGHBOURS: Final = 6
"""At least so many readings on either side are looked at, so that a wild one among them is recognised."""
READINGS_KEPT: Final = timedelta(days=400)
READINGS_TAKEN: Final = READINGS_KEPT - timedelta(days=14)
"""An older reading would be derived without its neighbours, which may be gone already."""


_MONTH: Final = timedelta(days=365.25 / 12)


def expiry(at: datetime, months: int) -> datetime:
    """When what is known of an hour or a session that began at `at` is forgotten."""
    return at + months * _MONTH


class DayTotal(msgspec.Struct, frozen=True, array_like=True):
    """What a charger has taken on one day of a month; `total` is None where the grid's part is not known."""

    day: int
    energy_wh: int
    cost: Decimal
    is_pending: bool
    total: Decimal | None
    is_total_pending: bool


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """`tail` are the last readings by their names, all there are if `is_whole`.

    `days` are those of `month` (YYYY-MM) that have energy.
    """

    charger_id: ChargerId
    version: int = 0
    tail: tuple[Reading, ...] = ()
    is_whole: bool = True
    month: str = ""
    days: tuple[DayTotal, ...] = ()

    def covers(self, arrivals: Iterable[Reading]) -> bool:
        """Whether the tail has all that the hours of `arrivals` depend on."""
        first = min(arrivals).key
        is_next = self.tail and self.tail[-1].key < first
        before = self.tail if is_next else [reading for reading in self.tail if reading.key < first]
        if self.is_whole or not before:
            return self.is_whole
        edge = floor_to(before[-1].at, HOUR)
        return len(before) >= NEIGHBOURS and before[0].at < edge

    def with_readings(self, known: Sequence[Reading]) -> "Ledger":
        """The ledger after `known`, which hold its tail or come before it."""
        ordered = list(known)
        if not _goes_on(self.tail, known):
            ordered = sorted({reading.key: reading for reading in (*self.tail, *known)}.values())
        is_whole = self.is_whole and len(ordered) <= TAIL
        return msgspec.structs.replace(self, tail=tuple(ordered[-TAIL:]), is_whole=is_whole)


class Entries(msgspec.Struct, frozen=True, kw_only=True):
    """What is written together: over `version` of the ledger or not at all. None: stays as it is.

    `sessions` are written as they are now, with what they would have cost at once where that is known.
    """

    version: int
    ledger: Ledger
    readings: tuple[Reading, ...] = ()
    hours: tuple[PricedHour, ...] = ()
    sessions: tuple[tuple[SessionEnergy, Cost | None], ...] = ()
    session: SessionEnergy | None = None
    month: MonthEnergy | None = None
    history_months: int = DEFAULT_HISTORY_MONTHS


def fresh(known: Sequence[Reading], arrivals: Iterable[Reading]) -> tuple[list[Reading], list[Reading]]:
    """(new, contradictions): a name that is known already, in order, with another content is never taken again."""
    in_order = sorted(arrivals)
    least = in_order[0].key if in_order else (0, 0)
    is_next = not known or known[-1].key < least
    names = {} if is_next else {reading.key: reading for reading in known if reading.key >= least}
    new, contradictions = [], []
    for reading in in_order:
        first = names.setdefault(reading.key, reading)
        if first is reading:
            new.append(reading)
        elif first != reading:
            contradictions.append(reading)
    return new, contradictions


def month_name(day: date) -> str:
    """YYYY-MM."""
    return f"{day.year:04d}-{day.month:02d}"


def days_to_sum(ledger: Ledger, touched: Stretch, tz: ZoneInfo, *, may_begin: bool) -> tuple[str, list[date]]:
    """The month that the ledger has afterwards, and the days of it that are to be summed anew.

    A month begins with a reading in it, unless there is none yet.
    """
    days = days_of(touched, tz)
    name = max(ledger.month, month_name(days[-1])) if may_begin or not ledger.month else ledger.month
    if name != ledger.month:
        days = days_of(month_stretch(days[-1].year, days[-1].month, tz), tz)
    return name, [day for day in days if month_name(day) == name]


def sum_days(
    ledger: Ledger, name: str, days: Iterable[date], hours: Sequence[PricedHour], tz: ZoneInfo, currency: str
) -> tuple[DayTotal, ...]:
    """The days of the month `name`, of which `days` are summed from `hours`, which must hold all of theirs."""
    kept = {total.day: total for total in ledger.days} if name == ledger.month else {}
    for day in days:
        whole = day_stretch(day, tz)
        found = [hour for hour in hours if hour.start in whole and hour.energy_wh]
        kept.pop(day.day, None)
        if found:
            kept[day.day] = _total_of(day, found, currency)
    return tuple(kept[number] for number in sorted(kept))


def month_energy(name: str, days: Sequence[DayTotal], currency: str) -> MonthEnergy:
    """The month so far."""
    has_total = bool(days) and all(day.total is not None for day in days)
    cost = sum((day.cost for day in days), Decimal(0))
    total = sum((day.total for day in days if day.total is not None), Decimal(0))
    return MonthEnergy(
        month=name,
        energy_wh=sum(day.energy_wh for day in days),
        cost=Cost(Money(cost, currency).plain(), any(day.is_pending for day in days)),
        total_cost=Cost(Money(total, currency).plain(), any(day.is_total_pending for day in days))
        if has_total
        else None,
    )


def session_energy(hours: Iterable[PricedHour], plug_seq: int, currency: str) -> SessionEnergy:
    """What a session has taken, from hours that hold all of its own."""
    found = parts_of(hours, plug_seq)
    return SessionEnergy(
        plug_seq=plug_seq,
        energy_wh=sum(part.energy_wh for part, _ in found),
        starts=sum(part.starts for part, _ in found),
        cost=total_cost((cost.energy for _, cost in found), currency),
        total_cost=grand_total_of(found, currency),
    )


def _goes_on(tail: Sequence[Reading], known: Sequence[Reading]) -> bool:
    """Whether `known` is the tail and then later ones, in order."""
    behind = known[len(tail) :]
    if list(tail) != list(known[: len(tail)]):
        return False
    return all(earlier < later for earlier, later in pairwise([*tail[-1:], *behind]))


def hull(stretches: Iterable[Stretch]) -> Stretch:
    """From the first beginning to the last end; ValueError for none."""
    all_of_them = list(stretches)
    return Stretch(min([one.start for one in all_of_them]), max([one.end for one in all_of_them]))


def hour_of(instant: datetime) -> Stretch:
    """The UTC hour that `instant` lies in."""
    start = floor_to(instant, HOUR)
    return Stretch(start, start + HOUR)


def _total_of(day: date, hours: Sequence[PricedHour], currency: str) -> DayTotal:
    found = parts_of(hours)
    cost = total_cost((one.energy for _, one in found), currency)
    total = grand_total_of(found, currency)
    return DayTotal(
        day=day.day,
        energy_wh=sum(part.energy_wh for part, _ in found),
        cost=cost.known.amount,
        is_pending=cost.is_pending,
        total=None if total is None else total.known.amount,
        is_total_pending=total is not None and total.is_pending,
    )
