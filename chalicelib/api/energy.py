"""What a charger has used: /v1/chargers/{charger}/history and .../sessions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from chalicelib.api.amounts import CostPart, show_cost, show_saved
from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.api.days import parse_day, parse_month
from chalicelib.api.texts import NextToken
from chalicelib.domain.access import Action
from chalicelib.domain.chargers import ChargingMode
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.grants import Grant
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.money import Money, ShownMoney
from chalicelib.domain.sessions import Session
from chalicelib.services import energy_history
from chalicelib.services.energy_history import DayHistory, MonthHistory, Person, PersonUsage, person_of

api = ApiBlueprint(__name__)


class HistoryQuery(Body, frozen=True, kw_only=True):
    """Either a month or a day of the site's calendar."""

    month: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}$")] | None = None
    day: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] | None = None


class DayAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A local day; costs are null while a price is missing, `total_cost` also where the grid company is not known."""

    date: str
    energy_wh: int
    cost: ShownMoney | None
    total_cost: ShownMoney | None
    pending: bool
    estimated: bool
    """Readings were hours apart: the sum is exact, how it is split into hours and days is a guess."""


class HourAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An hour; costs are null while its price is missing, `total_cost` also where the grid company is not known."""

    start: datetime
    end: datetime
    energy_wh: int
    cost: ShownMoney | None
    total_cost: ShownMoney | None
    pending: bool
    estimated: bool


class UserAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Who charged. `visitor`: nobody had to unlock; a guest has a name, empty once they have deleted their account."""

    kind: Literal["owner", "guest", "deleted_guest", "visitor"]
    name: str = ""
    grant_id: str | None = None


class PersonAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one person used of the month or day."""

    user: UserAnswer
    energy_wh: int
    cost: ShownMoney | None
    total_cost: ShownMoney | None
    pending: bool


class HistoryAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A month by days or a day by hours; what has no energy is left out. The sum is rounded once, from exact parts.

    `cost` is of energy alone; `total_cost` has the grid company's energy component and taxes too. `parts` are what is
    settled of the widest cost that is known, by name; `people` who used it, whoever used most first. A guest is told of
    their own use only.
    """

    period: str
    currency: str
    energy_wh: int
    cost: ShownMoney | None
    total_cost: ShownMoney | None
    pending: bool
    parts: tuple[CostPart, ...]
    people: tuple[PersonAnswer, ...]
    days: tuple[DayAnswer, ...] | None = None
    hours: tuple[HourAnswer, ...] | None = None


class SessionsQuery(Body, frozen=True, kw_only=True):
    """How many, and the `next` of the page before; none for the latest."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    next: NextToken | None = None


class SessionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One session; costs are null while a price is missing, `total_cost` also where the grid company is not known.

    Mode full: somebody chose to charge at once.
    """

    session_id: str
    user: UserAnswer
    mode: ChargingMode
    started_at: datetime
    ended_at: datetime | None
    energy_wh: int
    cost: ShownMoney | None
    total_cost: ShownMoney | None
    cost_at_once: ShownMoney | None
    saved: ShownMoney | None
    pending: bool


class SessionsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of sessions, the latest first; `next` leads to those before, null on the last page.

    A guest's page may be short, or empty, and still have a next one.
    """

    sessions: tuple[SessionAnswer, ...]
    next: str | None


@api.endpoint("GET", "/v1/chargers/{charger}/history", action=Action.READ_HISTORY)
def get_history(call: SignedInCall, charger: str, query: HistoryQuery) -> HistoryAnswer:
    """Energy and cost of a month by days, or of a day by hours."""
    if (query.month is None) == (query.day is None):
        raise InvalidInput("give a month or a day", field="month")
    if query.day is not None:
        return _day(call, ChargerId(charger), query.day)
    return _month(call, ChargerId(charger), query.month or "")


@api.endpoint("GET", "/v1/chargers/{charger}/sessions", action=Action.READ_HISTORY)
def list_sessions(call: SignedInCall, charger: str, query: SessionsQuery) -> SessionsAnswer:
    """Each plug-in with its energy, its cost and what was saved against charging at once."""
    way = call.way(f"sessions {charger}", query.next, query.limit)
    page = energy_history.list_sessions(call.account, ChargerId(charger), call.now, way)
    return SessionsAnswer(sessions=tuple(_session(one, page.grants) for one in page.sessions), next=page.next)


def _month(call: SignedInCall, charger: ChargerId, text: str) -> HistoryAnswer:
    year, number = parse_month(text, "month")
    found = energy_history.month(call.account, charger, year, number, call.now)
    days = tuple(
        DayAnswer(
            date=day.isoformat(),
            energy_wh=one.energy_wh,
            cost=show_cost(one.cost),
            total_cost=show_cost(one.total_cost),
            pending=one.cost.is_pending,
            estimated=one.is_estimated,
        )
        for day, one in found.days
    )
    return _history(text, found, days=days)


def _day(call: SignedInCall, charger: ChargerId, text: str) -> HistoryAnswer:
    found = energy_history.day(call.account, charger, parse_day(text, "day"), call.now)
    hours = tuple(
        HourAnswer(
            start=one.stretch.start,
            end=one.stretch.end,
            energy_wh=one.energy_wh,
            cost=show_cost(one.cost),
            total_cost=show_cost(one.total_cost),
            pending=one.cost.is_pending,
            estimated=one.is_estimated,
        )
        for one in found.hours
    )
    return _history(text, found, hours=hours)


def _history(
    period: str,
    found: MonthHistory | DayHistory,
    *,
    days: tuple[DayAnswer, ...] | None = None,
    hours: tuple[HourAnswer, ...] | None = None,
) -> HistoryAnswer:
    whole = found.whole
    return HistoryAnswer(
        period=period,
        currency=found.currency,
        energy_wh=whole.energy_wh,
        cost=show_cost(whole.cost),
        total_cost=show_cost(whole.total_cost),
        pending=whole.cost.is_pending,
        parts=tuple(
            CostPart(name=name, cost=Money(amount, found.currency).shown()) for name, amount in whole.shares.items()
        ),
        people=tuple(_person(one) for one in found.people),
        days=days,
        hours=hours,
    )


def _person(found: PersonUsage) -> PersonAnswer:
    return PersonAnswer(
        user=_user(found.person),
        energy_wh=found.usage.energy_wh,
        cost=show_cost(found.usage.cost),
        total_cost=show_cost(found.usage.total_cost),
        pending=found.usage.cost.is_pending,
    )


def _user(person: Person) -> UserAnswer:
    return UserAnswer(kind=person.kind, name=person.name, grant_id=person.grant_id)


def _session(session: Session, grants: Mapping[str, Grant]) -> SessionAnswer:
    cost = session.energy.cost if session.energy else None
    at_once = session.cost_at_once
    paid, paid_at_once = cost.settled if cost else None, at_once.settled if at_once else None
    return SessionAnswer(
        session_id=session.session_id,
        user=_user(person_of(session.user, grants)),
        mode=ChargingMode.FULL if session.is_full else ChargingMode.SMART,
        started_at=session.started_at,
        ended_at=session.ended_at,
        energy_wh=session.energy.energy_wh if session.energy else 0,
        cost=show_cost(cost),
        total_cost=show_cost(session.energy.total_cost if session.energy else None),
        cost_at_once=show_cost(at_once),
        saved=show_saved(paid_at_once, paid),
        pending=cost is not None and cost.is_pending,
    )
