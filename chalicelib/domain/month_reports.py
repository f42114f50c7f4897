"""A month of a charger as its reports tell it: by hour, by day, by session and by person, each summing to the same."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.calendar import HOUR, Stretch, day_stretch, days_of, local_day, month_stretch, steps
from chalicelib.domain.costs import Cost, PartCost, PricedHour, total_cost
from chalicelib.domain.energy import HourPart
from chalicelib.domain.grants import OWNER, Grant
from chalicelib.domain.money import Money, total
from chalicelib.domain.sessions import Session
from chalicelib.domain.tariffs import GRID_PARTS, PartName

ORDER: Final[tuple[PartName, ...]] = (
    *("spot", "norgespris", "fixed", "surcharge", "support"),
    *("grid_energy", "electricity_tax", "enova_levy"),
)
"""As on a bill."""


class Amounts(msgspec.Struct, frozen=True, kw_only=True):
    """Energy with its cost; `total_cost` is None where the grid's part is not known of some of it."""

    energy_wh: int
    cost: Cost
    total_cost: Cost | None


class Person(msgspec.Struct, frozen=True, order=True):
    """Who charged. `visitor`: nobody had to unlock. A guest has the name that the owner gave."""

    kind: Literal["owner", "guest", "deleted_guest", "visitor"]
    name: str = ""
    grant_id: str = ""


class HourUse(msgspec.Struct, frozen=True, kw_only=True):
    """What one person used in one hour; an hour in which nobody charged has one use, of nobody.

    `is_estimated`: readings were far apart, so how much of the energy flowed in this hour is a guess.
    """

    start: datetime
    person: Person | None
    amounts: Amounts
    is_estimated: bool = False


class DayUse(msgspec.Struct, frozen=True, kw_only=True):
    """A local day of `hours` hours (23 to 25) and what each person used."""

    day: date
    hours: int
    amounts: Amounts
    energy_of: dict[Person, int]


class SessionUse(msgspec.Struct, frozen=True, kw_only=True):
    """What a session took within the month; `saved` is that part's share, None while a price is missing."""

    session_id: str
    person: Person
    started_at: datetime | None
    ended_at: datetime | None
    is_full: bool
    amounts: Amounts
    saved: Money | None


class PersonUse(msgspec.Struct, frozen=True, kw_only=True):
    """What one person used in the month."""

    person: Person
    sessions: int
    amounts: Amounts


class MonthReport(msgspec.Struct, frozen=True, kw_only=True):
    """A local calendar month of one charger, as far as it had come at `made_at`.

    `priced_wh` is the energy that has a price already. `parts` say what its cost consists of, in the order of a bill;
    what nobody has split up is `other`.
    """

    charger: str
    site: str
    year: int
    month: int
    time_zone: str
    currency: str
    made_at: datetime
    is_whole: bool
    hours: tuple[HourUse, ...]
    days: tuple[DayUse, ...]
    sessions: tuple[SessionUse, ...]
    people: tuple[PersonUse, ...]
    whole: Amounts
    priced_wh: int
    saved: Money | None
    parts: dict[PartName, Money]
    other: Money

    @property
    def tz(self) -> ZoneInfo:
        """`time_zone`, ready for `astimezone`."""
        return ZoneInfo(self.time_zone)

    @property
    def is_pending(self) -> bool:
        """Whether some of the energy has no price yet."""
        return _is_pending(self.whole)

    @property
    def is_estimated(self) -> bool:
        """Whether how some of the energy is split into hours is a guess; what it sums to is exact."""
        return any(one.is_estimated for one in self.hours)

    @property
    def is_over(self) -> bool:
        """Whether the month had ended when this was made."""
        return self.made_at >= month_stretch(self.year, self.month, self.tz).end


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is made of. `own_grants` as in ReportOrder; sessions and grants by what hours and sessions name."""

    charger: str
    site: str
    year: int
    month: int
    time_zone: str
    currency: str
    hours: Sequence[PricedHour]
    sessions: Mapping[int, Session]
    grants: Mapping[str, Grant]
    own_grants: tuple[str, ...] | None = None


class _Part(msgspec.Struct, frozen=True):
    """One session's part of one hour."""

    start: datetime
    part: HourPart
    person: Person
    amounts: Amounts
    cost: PartCost


def person_of(user: str | None, grants: Mapping[str, Grant]) -> Person:
    """Who a session says has used it; None: nobody had to say."""
    if user is None:
        return Person("visitor")
    if user == OWNER:
        return Person("owner")
    grant = grants.get(user)
    if grant is None or grant.is_guest_deleted:
        return Person("deleted_guest", "", user)
    return Person("guest", grant.name, user)


def month_report(sources: Sources, now: datetime) -> MonthReport:
    """The report of a month, from hours as they are stored."""
    tz, currency = ZoneInfo(sources.time_zone), sources.currency
    whole = month_stretch(sources.year, sources.month, tz)
    parts = list(_parts(sources, whole))
    amounts = sum_of((part.amounts for part in parts), currency)
    used = _sessions(sources, parts)
    saved = [one.saved for one in used if one.saved is not None]
    shares = _shares(parts, currency, has_grid=amounts.total_cost is not None)
    known = (amounts.total_cost or amounts.cost).known
    return MonthReport(
        charger=sources.charger,
        site=sources.site,
        year=sources.year,
        month=sources.month,
        time_zone=sources.time_zone,
        currency=currency,
        made_at=now,
        is_whole=sources.own_grants is None,
        hours=tuple(_hours(parts, Stretch(whole.start, min(whole.end, max(whole.start, now))), currency)),
        days=tuple(_days(parts, whole, tz, currency)),
        sessions=used,
        people=_people(used, currency),
        whole=amounts,
        priced_wh=sum(part.amounts.energy_wh for part in parts if not _is_pending(part.amounts)),
        saved=total(saved, currency) if saved else None,
        parts=shares,
        other=known - total(shares.values(), currency),
    )


def sum_of(amounts: Iterable[Amounts], currency: str) -> Amounts:
    """All together; a total only where every one that has energy has one."""
    found = list(amounts)
    used = [one for one in found if one.energy_wh]
    totals = [one.total_cost for one in used if one.total_cost is not None]
    return Amounts(
        energy_wh=sum(one.energy_wh for one in found),
        cost=total_cost((one.cost for one in found), currency),
        total_cost=total_cost(totals, currency) if used and len(totals) == len(used) else None,
    )


def _parts(sources: Sources, whole: Stretch) -> Iterable[_Part]:
    """What may be shown, in order of time."""
    for hour in sources.hours:
        if hour.start not in whole:
            continue
        for part, cost in zip(hour.hour.parts, hour.part_costs, strict=True):
            user = part.user
            is_own = user in (sources.own_grants or ()) and _holds(sources.grants.get(user or ""), hour.start)
            if part.energy_wh and (sources.own_grants is None or is_own):
                amounts = Amounts(energy_wh=part.energy_wh, cost=cost.energy, total_cost=cost.total)
                yield _Part(hour.start, part, person_of(user, sources.grants), amounts, cost)


def _hours(parts: Sequence[_Part], passed: Stretch, currency: str) -> Iterable[HourUse]:
    found: dict[datetime, dict[Person, list[_Part]]] = {step.start: {} for step in steps(passed, HOUR)}
    for part in parts:
        found.setdefault(part.start, {}).setdefault(part.person, []).append(part)
    for start, people in sorted(found.items()):
        if not people:
            yield HourUse(start=start, person=None, amounts=sum_of((), currency))
        for person, used in people.items():
            yield HourUse(
                start=start,
                person=person,
                amounts=sum_of((one.amounts for one in used), currency),
                is_estimated=any(one.part.is_estimated for one in used),
            )


def _days(parts: Sequence[_Part], whole: Stretch, tz: ZoneInfo, currency: str) -> Iterable[DayUse]:
    by_day: dict[date, list[_Part]] = {}
    for part in parts:
        by_day.setdefault(local_day(part.start, tz), []).append(part)
    for day in days_of(whole, tz):
        found = by_day.get(day, [])
        energy_of: dict[Person, int] = {}
        for part in found:
            energy_of[part.person] = energy_of.get(part.person, 0) + part.amounts.energy_wh
        yield DayUse(
            day=day,
            hours=day_stretch(day, tz).duration // HOUR,
            amounts=sum_of((part.amounts for part in found), currency),
            energy_of=energy_of,
        )


def _sessions(sources: Sources, parts: Sequence[_Part]) -> tuple[SessionUse, ...]:
    by_session: dict[tuple[int, Person], list[_Part]] = {}
    for part in parts:
        by_session.setdefault((part.part.plug_seq, part.person), []).append(part)
    found = []
    for (plug_seq, person), of_session in sorted(by_session.items()):
        session = sources.sessions.get(plug_seq)
        amounts = sum_of((part.amounts for part in of_session), sources.currency)
        found.append(
            SessionUse(
                session_id=str(plug_seq),
                person=person,
                started_at=session.started_at if session else None,
                ended_at=session.ended_at if session else None,
                is_full=session.is_full if session else False,
                amounts=amounts,
                saved=_saved(session, amounts.energy_wh),
            )
        )
    return tuple(found)


def _saved(session: Session | None, energy_wh: int) -> Money | None:
    """What `energy_wh` of a session saved against charging it at once: its share of what all of it saved."""
    if session is None or session.energy is None or session.cost_at_once is None or not session.energy.energy_wh:
        return None
    at_once, paid = session.cost_at_once.settled, session.energy.cost.settled
    if at_once is None or paid is None:
        return None
    whole = at_once - paid
    return Money(whole.amount * energy_wh / Decimal(session.energy.energy_wh), whole.currency)


def _people(used: Sequence[SessionUse], currency: str) -> tuple[PersonUse, ...]:
    """The owner first, then by energy."""
    by_person: dict[Person, list[SessionUse]] = {}
    for one in used:
        by_person.setdefault(one.person, []).append(one)
    people = [
        PersonUse(person=person, sessions=len(of), amounts=sum_of((one.amounts for one in of), currency))
        for person, of in by_person.items()
    ]
    return tuple(sorted(people, key=lambda one: (one.person.kind != "owner", -one.amounts.energy_wh, one.person)))


def _is_pending(amounts: Amounts) -> bool:
    return amounts.cost.is_pending or (amounts.total_cost is not None and amounts.total_cost.is_pending)


def _shares(parts: Iterable[_Part], currency: str, *, has_grid: bool) -> dict[PartName, Money]:
    """What the cost that is told consists of, in the order of a bill."""
    sums: dict[PartName, Decimal] = {}
    for name, amount in (share for part in parts for share in part.cost.shares.items()):
        sums[name] = sums.get(name, Decimal(0)) + amount
    shown = [name for name in ORDER if name in sums and (has_grid or name not in GRID_PARTS)]
    return {name: Money(sums[name], currency) for name in shown}


def _holds(grant: Grant | None, start: datetime) -> bool:
    """Whether a guest's right held during any of the hour from `start`."""
    if grant is None:
        return False
    window = grant.window
    return window.since < start + HOUR and (window.until is None or start < window.until)
