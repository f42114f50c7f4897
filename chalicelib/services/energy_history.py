"""What a charger has used: by day, by hour, by session, by person.

The owner sees everything; a guest sees their own use, within the windows that were. Whose an hour is stands in it, so
that a month is one query.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.adapters.dynamo import chargers, grants, hours, sessions
from chalicelib.adapters.dynamo import home as store
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account, GrantAt
from chalicelib.domain.calendar import HOUR, Stretch, day_stretch, local_day, month_stretch
from chalicelib.domain.chargers import Charger
from chalicelib.domain.costs import Cost, PricedHour, grand_total, shares_of, total_cost
from chalicelib.domain.grants import OWNER, Grant
from chalicelib.domain.ids import ChargerId, GrantId
from chalicelib.domain.sessions import Session
from chalicelib.domain.tariffs import PartName
from chalicelib.services.access import require_among
from chalicelib.services.pages import Way

PersonKind = Literal["owner", "guest", "deleted_guest", "visitor"]
_UTC: Final = ZoneInfo("UTC")
_ANY_ZONE: Final = timedelta(hours=14)
"""Local time is at most so far from UTC, anywhere."""


class Person(msgspec.Struct, frozen=True, order=True):
    """Who used energy: the owner, a guest by their grant, or a visitor, whom nobody had to let in.

    A deleted guest has no name any more.
    """

    kind: PersonKind
    name: str = ""
    grant_id: str | None = None


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Energy and cost of a stretch of time; `total_cost` is None where the grid's part is not known.

    `shares` are the named parts of what is settled, exact: of `total_cost`, or of `cost` where that is None.
    `is_estimated`: readings were far apart, so how it is split into hours is a guess; the sum over them is exact.
    """

    stretch: Stretch
    energy_wh: int
    cost: Cost
    total_cost: Cost | None
    shares: dict[PartName, Decimal]
    is_estimated: bool


class PersonUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What one person used of it."""

    person: Person
    usage: Usage


class MonthHistory(msgspec.Struct, frozen=True, kw_only=True):
    """A local month by local day; days without energy are left out. `people` add up to `whole`."""

    days: tuple[tuple[date, Usage], ...]
    people: tuple[PersonUsage, ...]
    whole: Usage
    currency: str
    tz: ZoneInfo


class DayHistory(msgspec.Struct, frozen=True, kw_only=True):
    """A local day by hour, 23 to 25 of them less those without energy. `people` add up to `whole`."""

    hours: tuple[Usage, ...]
    people: tuple[PersonUsage, ...]
    whole: Usage
    currency: str
    tz: ZoneInfo


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may see of a charger's history, whose grants may be named, and calendar and money of its site.

    `own` are the grants of the guest who looks, None for the owner: they see everything.
    """

    charger: Charger
    tz: ZoneInfo
    currency: str
    own: tuple[Grant, ...] | None
    grants: dict[str, Grant]

    def part_of(self, hour: PricedHour) -> PricedHour:
        """What of an hour may be seen: a guest's own use, within the windows that were."""
        if self.own is None:
            return hour
        mine = {grant.grant_id for grant in self.own if _overlaps(grant, hour)}
        return hour.only(lambda part: part.user in mine)


class SessionPage(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions, the latest first, and the token of the next page, None on the last; `grants` name who used them."""

    sessions: tuple[Session, ...]
    grants: dict[str, Grant]
    next: str | None


def month(account: Account, charger_id: ChargerId, year: int, number: int, now: datetime) -> MonthHistory:
    """One month of a charger: everything for its owner, their own use for a guest; ValueError if there is none such."""
    around = month_stretch(year, number, _UTC)
    seen, near = _look(account, charger_id, around, now)
    whole = month_stretch(year, number, seen.tz)
    found = _seen_hours(seen, near, whole)
    by_day: dict[date, list[PricedHour]] = {}
    for hour in found:
        by_day.setdefault(local_day(hour.start, seen.tz), []).append(hour)
    return MonthHistory(
        days=tuple((day, _usage(day_stretch(day, seen.tz), part, seen.currency)) for day, part in by_day.items()),
        people=_people(seen, whole, found),
        whole=_usage(whole, found, seen.currency),
        currency=seen.currency,
        tz=seen.tz,
    )


def day(account: Account, charger_id: ChargerId, wanted: date, now: datetime) -> DayHistory:
    """One local day of a charger: everything for its owner, their own use for a guest."""
    seen, near = _look(account, charger_id, day_stretch(wanted, _UTC), now)
    whole = day_stretch(wanted, seen.tz)
    found = _seen_hours(seen, near, whole)
    return DayHistory(
        hours=tuple(_usage(_hour(hour), [hour], seen.currency) for hour in found),
        people=_people(seen, whole, found),
        whole=_usage(whole, found, seen.currency),
        currency=seen.currency,
        tz=seen.tz,
    )


def person_of(user: str | None, known: Mapping[str, Grant]) -> Person:
    """Who `user` is, as of Session.user, by the grants of the charger."""
    if user is None:
        return Person("visitor")
    if user == OWNER:
        return Person("owner")
    grant = known.get(user)
    if grant is None or grant.is_guest_deleted:
        return Person("deleted_guest", grant_id=user)
    return Person("guest", grant.name, user)


def list_sessions(account: Account, charger_id: ChargerId, now: datetime, way: Way) -> SessionPage:
    """A page of a charger's sessions: all of them for its owner, for a guest those that were theirs.

    A guest's page may be short, or empty, and still have a next one. InvalidInput for another list's token.
    """
    charger = chargers.get(charger_id)
    is_owner = charger.owner == account.account_id
    known = grants.list_at(charger_id)
    require_among(known, charger, account.account_id, Action.READ_HISTORY, now)
    after = way.after()
    found = sessions.list_latest(charger_id, way.limit + 1, None if after is None else int(after), now)
    own = {grant.grant_id for grant in known if grant.guest == account.account_id}
    page = found[: way.limit]
    return SessionPage(
        sessions=tuple(one for one in page if is_owner or one.user in own),
        grants={grant.grant_id: grant for grant in known},
        next=way.token_after(str(page[-1].plug_seq)) if len(found) > way.limit else None,
    )


def _look(account: Account, charger_id: ChargerId, around: Stretch, now: datetime) -> tuple[Seen, list[PricedHour]]:
    """What may be seen, and the hours of `around` and half a day beside it; three reads for owners and for guests.

    The owner's site and the grants that are to be named come together; a guest's grants tell the calendar too.
    """
    charger = chargers.get(charger_id)
    span = Stretch(around.start - _ANY_ZONE, around.end + _ANY_ZONE)
    if charger.owner != account.account_id:
        known = grants.list_at(charger_id)
        grant = require_among(known, charger, account.account_id, Action.READ_HISTORY, now)
        own = tuple(one for one in known if one.guest == account.account_id)
        told = grant or own[-1]
        named: dict[str, Grant] = {one.grant_id: one for one in own}
        seen = Seen(charger=charger, tz=ZoneInfo(told.time_zone), currency=told.currency, own=own, grants=named)
        return seen, hours.list_in(charger_id, span, now)
    near = hours.list_in(charger_id, span, now)
    users = {user for hour in near for user in hour.users if user not in {None, OWNER}}
    asked = [GrantAt(charger_id, GrantId(user)) for user in sorted(filter(None, users))]
    site, found = store.read_site(charger.site_id, asked)
    known_grants: dict[str, Grant] = {one.grant_id: one for one in found}
    return Seen(charger=charger, tz=site.tz, currency=site.currency, own=None, grants=known_grants), near


def _overlaps(grant: Grant, hour: PricedHour) -> bool:
    """Whether the grant held during any of the hour."""
    window = grant.window
    return window.since < hour.start + HOUR and (window.until is None or hour.start < window.until)


def _seen_hours(seen: Seen, near: Iterable[PricedHour], whole: Stretch) -> list[PricedHour]:
    shown = (seen.part_of(hour) for hour in near if hour.start in whole)
    return [hour for hour in shown if hour.energy_wh]


def _people(seen: Seen, whole: Stretch, found: Sequence[PricedHour]) -> tuple[PersonUsage, ...]:
    """By person, whoever used most first."""
    users = dict.fromkeys(part.user for hour in found for part in hour.hour.parts if part.energy_wh)
    parts = [(user, [hour.only(lambda part, user=user: part.user == user) for hour in found]) for user in users]  # type: ignore[misc]  # the default is the loop's
    usages = [
        PersonUsage(person=person_of(user, seen.grants), usage=_usage(whole, part, seen.currency))
        for user, part in parts
    ]
    return tuple(sorted(usages, key=lambda one: (-one.usage.energy_wh, one.person.kind, one.person.grant_id or "")))


def _hour(hour: PricedHour) -> Stretch:
    return Stretch(hour.start, hour.start + HOUR)


def _usage(stretch: Stretch, found: Iterable[PricedHour], currency: str) -> Usage:
    parts = list(found)
    cost = total_cost((hour.cost(currency) for hour in parts), currency)
    return Usage(
        stretch=stretch,
        energy_wh=sum(hour.energy_wh for hour in parts),
        cost=cost,
        total_cost=grand_total(parts, currency),
        shares=shares_of(parts),
        is_estimated=any(hour.is_estimated for hour in parts),
    )
