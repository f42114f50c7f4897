"""What a charger has used: by day, by hour, by session."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.adapters.dynamo import chargers, grants, hours, sessions, sites
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account
from chalicelib.domain.calendar import HOUR, Stretch, day_stretch, local_day, month_stretch
from chalicelib.domain.chargers import Charger
from chalicelib.domain.costs import Cost, PricedHour, grand_total, total_cost
from chalicelib.domain.grants import Grant
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.sessions import Session
from chalicelib.services.access import require_among, require_at

PAGE: Final = 50


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Energy and cost of a stretch of time; `total_cost` is None where the grid's part is not known."""

    stretch: Stretch
    energy_wh: int
    cost: Cost
    total_cost: Cost | None


class MonthHistory(msgspec.Struct, frozen=True, kw_only=True):
    """A local month by local day; days without energy are left out."""

    days: tuple[tuple[date, Usage], ...]
    whole: Usage
    currency: str


class DayHistory(msgspec.Struct, frozen=True, kw_only=True):
    """A local day by hour, 23 to 25 of them less those without energy."""

    hours: tuple[Usage, ...]
    whole: Usage
    currency: str


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may see of a charger's history, and the calendar and the money it is told in."""

    charger: Charger
    tz: ZoneInfo
    currency: str
    is_whole: bool


class SessionPage(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions, the latest first; `next_before` is given when there are more; `grants` name who used them."""

    sessions: tuple[Session, ...]
    grants: dict[str, Grant]
    next_before: int | None


def month(account: Account, charger_id: ChargerId, year: int, number: int, now: datetime) -> MonthHistory:
    """One month of a charger: everything for its owner; ValueError if there is no such month.

    Hours do not say yet who used them: a guest is shown none.
    """
    seen = _seen(account, charger_id, now)
    whole = month_stretch(year, number, seen.tz)
    found = _hours(seen, whole)
    by_day: dict[date, list[PricedHour]] = {}
    for hour in found:
        by_day.setdefault(local_day(hour.start, seen.tz), []).append(hour)
    days = tuple((day, _usage(day_stretch(day, seen.tz), part, seen.currency)) for day, part in by_day.items())
    return MonthHistory(days=days, whole=_usage(whole, found, seen.currency), currency=seen.currency)


def day(account: Account, charger_id: ChargerId, wanted: date, now: datetime) -> DayHistory:
    """One local day of a charger: everything for its owner, nothing yet for a guest."""
    seen = _seen(account, charger_id, now)
    whole = day_stretch(wanted, seen.tz)
    found = _hours(seen, whole)
    by_hour = tuple(_usage(_hour(hour), [hour], seen.currency) for hour in found)
    return DayHistory(hours=by_hour, whole=_usage(whole, found, seen.currency), currency=seen.currency)


def list_sessions(account: Account, charger_id: ChargerId, before: int | None, now: datetime) -> SessionPage:
    """A page of a charger's sessions: all of them for its owner, for a guest those that were theirs.

    A guest's page may be short, or empty, and still have a next one.
    """
    charger = chargers.get(charger_id)
    is_owner = charger.owner == account.account_id
    known = grants.list_at(charger_id)
    require_among(known, charger, account.account_id, Action.READ_HISTORY, now)
    found = sessions.list_latest(charger_id, PAGE + 1, before)
    own = {grant.grant_id for grant in known if grant.guest == account.account_id}
    page = tuple(one for one in found[:PAGE] if is_owner or one.user in own)
    return SessionPage(
        sessions=page,
        grants={grant.grant_id: grant for grant in known},
        next_before=found[PAGE - 1].plug_seq if len(found) > PAGE else None,
    )


def _seen(account: Account, charger_id: ChargerId, now: datetime) -> Seen:
    charger = chargers.get(charger_id)
    grant = require_at(charger, account.account_id, Action.READ_HISTORY, now)
    if grant is not None:
        return Seen(charger=charger, tz=ZoneInfo(grant.time_zone), currency=grant.currency, is_whole=False)
    site = sites.get(charger.site_id)
    return Seen(charger=charger, tz=site.tz, currency=site.currency, is_whole=True)


def _hours(seen: Seen, stretch: Stretch) -> list[PricedHour]:
    if not seen.is_whole:
        return []
    return [hour for hour in hours.list_in(seen.charger.charger_id, stretch) if hour.hour.energy_wh]


def _hour(hour: PricedHour) -> Stretch:
    return Stretch(hour.start, hour.start + HOUR)


def _usage(stretch: Stretch, found: Iterable[PricedHour], currency: str) -> Usage:
    parts = list(found)
    cost = total_cost((hour.cost(currency) for hour in parts), currency)
    return Usage(
        stretch=stretch,
        energy_wh=sum(hour.hour.energy_wh for hour in parts),
        cost=cost,
        total_cost=grand_total(parts, currency),
    )
