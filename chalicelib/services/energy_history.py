"""What a charger has used: by day, by hour, by session."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

import msgspec

from chalicelib.adapters.dynamo import chargers, hours, sessions, sites
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account
from chalicelib.domain.calendar import HOUR, Stretch, day_stretch, local_day, month_stretch
from chalicelib.domain.chargers import Charger
from chalicelib.domain.costs import Cost, PricedHour, grand_total, total_cost
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.sessions import Session
from chalicelib.domain.sites import Site
from chalicelib.services.access import require_at

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


class SessionPage(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions, the latest first; `next_before` is given when there are more."""

    sessions: tuple[Session, ...]
    next_before: int | None


def month(account: Account, charger_id: ChargerId, year: int, number: int, now: datetime) -> MonthHistory:
    """One month of a charger, for its owner; ValueError if there is no such month."""
    charger, site = _allowed(account, charger_id, now)
    whole = month_stretch(year, number, site.tz)
    found = [hour for hour in hours.list_in(charger.charger_id, whole) if hour.hour.energy_wh]
    by_day: dict[date, list[PricedHour]] = {}
    for hour in found:
        by_day.setdefault(local_day(hour.start, site.tz), []).append(hour)
    days = tuple((day, _usage(day_stretch(day, site.tz), part, site.currency)) for day, part in by_day.items())
    return MonthHistory(days=days, whole=_usage(whole, found, site.currency), currency=site.currency)


def day(account: Account, charger_id: ChargerId, wanted: date, now: datetime) -> DayHistory:
    """One local day of a charger, for its owner."""
    charger, site = _allowed(account, charger_id, now)
    whole = day_stretch(wanted, site.tz)
    found = [hour for hour in hours.list_in(charger.charger_id, whole) if hour.hour.energy_wh]
    by_hour = tuple(_usage(_hour(hour), [hour], site.currency) for hour in found)
    return DayHistory(hours=by_hour, whole=_usage(whole, found, site.currency), currency=site.currency)


def list_sessions(account: Account, charger_id: ChargerId, before: int | None, now: datetime) -> SessionPage:
    """A page of a charger's sessions, for its owner."""
    charger = chargers.get(charger_id)
    require_at(charger, account.account_id, Action.READ_HISTORY, now)
    found = sessions.list_latest(charger_id, PAGE + 1, before)
    page = tuple(found[:PAGE])
    return SessionPage(sessions=page, next_before=page[-1].plug_seq if len(found) > PAGE else None)


def _allowed(account: Account, charger_id: ChargerId, now: datetime) -> tuple[Charger, Site]:
    charger = chargers.get(charger_id)
    require_at(charger, account.account_id, Action.READ_HISTORY, now)
    return charger, sites.get(charger.site_id)


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
