"""Table sessions: one row for each plug-in; its sparse index lists the sites of a zone that have a car to plan for.

The index is cut in parts by site (domain/plan_rounds.py), so that no zone is one hot key, and sorted by site.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeVar

import msgspec
from pynamodb.attributes import BooleanAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.adapters.dynamo.table import Table, calling, is_kept, updated
from chalicelib.domain.charger_states import SessionEnergy
from chalicelib.domain.costs import Cost
from chalicelib.domain.ids import ChargerId, SiteId, Zone
from chalicelib.domain.ledgers import expiry
from chalicelib.domain.plan_rounds import shard_of
from chalicelib.domain.sessions import NoSession, Session, SessionGoal
from chalicelib.domain.sites import DEFAULT_HISTORY_MONTHS

_Part = TypeVar("_Part")
_UNTOLD = 4
"""So many sessions without a beginning cost no second read."""
_BEHIND = "#~"
"""Sorts behind every charger of a site."""
NO_ZONE = Zone("-")
"""Where a site without a zone is filed; no prices ever come for it."""


class SitePage(NamedTuple):
    """Sites in order; whether there are more after the last one."""

    site_ids: list[SiteId]
    has_more: bool


class _Active(GlobalSecondaryIndex["SessionRow"]):  # type: ignore[no-untyped-call]
    """Sessions that go on and may still want energy."""

    class Meta:
        """The keys are enough."""

        index_name = "active_sites"
        projection = KeysOnlyProjection()

    active_zone = UnicodeAttribute(hash_key=True)
    active_site = UnicodeAttribute(range_key=True)


class SessionRow(Table):
    """One session; `energy` is derived from readings and is JSON."""

    class Meta:
        """Told by the settings."""

    logical_name = "sessions"
    active = _Active()
    charger_id = UnicodeAttribute(hash_key=True)
    plug_seq = NumberAttribute(range_key=True)
    active_zone = UnicodeAttribute(null=True)
    active_site = UnicodeAttribute(null=True)
    site_id = UnicodeAttribute(null=True)
    is_full = BooleanAttribute(default=False)
    started_at = UTCDateTimeAttribute(null=True)
    ended_at = UTCDateTimeAttribute(null=True)
    goal = UnicodeAttribute(null=True)
    user = UnicodeAttribute(null=True)
    energy = UnicodeAttribute(null=True)
    cost_at_once = UnicodeAttribute(null=True)
    expires_at = TTLAttribute(null=True)


def open_session(
    charger_id: ChargerId,
    plug_seq: int,
    started_at: datetime,
    zone: Zone | None,
    site_id: SiteId | None = None,
    months: int = DEFAULT_HISTORY_MONTHS,
) -> None:
    """Say when a session began, and that it goes on unless its end is known; its own repeat changes nothing.

    It belongs to the site that is told first, also when the charger is somewhere else by the time this is repeated.
    It is kept for so many months, unless that has been said before.
    """
    expires_at = SessionRow.expires_at
    begun: list[Action] = [
        SessionRow.started_at.set(started_at),
        expires_at.set(expires_at | expiry(started_at, months)),
    ]
    if site_id is not None:
        begun.append(SessionRow.site_id.set(SessionRow.site_id | site_id))
    going_on = [*begun, *_filed(charger_id, zone, site_id)]
    if not _update(charger_id, plug_seq, going_on, SessionRow.ended_at.does_not_exist()):
        _update(charger_id, plug_seq, begun)


def note_full(charger_id: ChargerId, plug_seq: int) -> None:
    """Say that a session that goes on was charged at once, at least for a while."""
    going_on = SessionRow.started_at.exists() & SessionRow.ended_at.does_not_exist()
    _update(charger_id, plug_seq, [SessionRow.is_full.set(True)], going_on)


def move(charger_id: ChargerId, plug_seq: int, zone: Zone | None, site_id: SiteId) -> bool:
    """A session that goes on belongs to this site, in this zone, from its beginning; False when it has ended."""
    actions = [*_filed(charger_id, zone, site_id), SessionRow.site_id.set(site_id)]
    going_on = SessionRow.started_at.exists() & SessionRow.ended_at.does_not_exist()
    return _update(charger_id, plug_seq, actions, going_on)


def close_session(charger_id: ChargerId, plug_seq: int, ended_at: datetime) -> None:
    """Say when a session ended; the first who says so is believed."""
    actions = [SessionRow.ended_at.set(ended_at), SessionRow.active_zone.remove(), SessionRow.active_site.remove()]
    _update(charger_id, plug_seq, actions, SessionRow.ended_at.does_not_exist())


def rest(charger_id: ChargerId, plug_seq: int) -> None:
    """The car is full: rounds of planning pass it by until somebody opens the session anew."""
    actions = [SessionRow.active_zone.remove(), SessionRow.active_site.remove()]
    _update(charger_id, plug_seq, actions, SessionRow.started_at.exists())


def note_user(charger_id: ChargerId, plug_seq: int, user: str) -> bool:
    """Say who has unlocked a session; the first who did is kept. False when somebody else was said before."""
    is_free = SessionRow.user.does_not_exist() | (SessionRow.user == user)
    return _update(charger_id, plug_seq, [SessionRow.user.set(user)], is_free)


def taken(energy: SessionEnergy, cost_at_once: Cost | None) -> list[Action]:
    """What says how much a session has taken and what that costs; for whoever sees to it that nothing is lost."""
    actions: list[Action] = [SessionRow.energy.set(_text(energy))]
    return actions if cost_at_once is None else [*actions, SessionRow.cost_at_once.set(_text(cost_at_once))]


def set_goal(charger_id: ChargerId, plug_seq: int, goal: SessionGoal) -> None:
    """Write what the user wants of a session; NoSession when it has ended."""
    going_on = SessionRow.started_at.exists() & SessionRow.ended_at.does_not_exist()
    if not _update(charger_id, plug_seq, [SessionRow.goal.set(_text(goal))], going_on):
        raise NoSession("there is no car")


def find(charger_id: ChargerId, plug_seq: int) -> Session | None:
    """The session, None when nobody has said when it began."""
    try:
        row = calling(SessionRow.get, charger_id, plug_seq, consistent_read=True)
    except SessionRow.DoesNotExist:
        return None
    return to_domain(row)


def expiries(charger_id: ChargerId, after: int, most: int) -> list[tuple[int, datetime | None, datetime | None]]:
    """Plug-in, beginning (None if nobody told) and expiry of at most so many sessions after `after`, in order."""
    key, wanted = SessionRow.plug_seq > after, ["plug_seq", "started_at", "expires_at"]
    rows = calling(lambda: list(SessionRow.query(charger_id, key, limit=most, attributes_to_get=wanted)))
    return [(int(row.plug_seq), row.started_at, row.expires_at) for row in rows]


def expire(charger_id: ChargerId, plug_seq: int, at: datetime) -> None:
    """Say when a session expires; nothing if it is gone."""
    _update(charger_id, plug_seq, [SessionRow.expires_at.set(at)], SessionRow.plug_seq.exists())


def list_latest(
    charger_id: ChargerId, limit: int, before: int | None = None, now: datetime | None = None
) -> list[Session]:
    """At most `limit` sessions, the latest first; those before the plug-in `before` if it is given.

    Less those that have expired by `now`, which the store takes away days later. One whose beginning nobody told takes
    no place: fewer than `limit` means that there are no more.
    """
    key = None if before is None else SessionRow.plug_seq < before
    begun, page = SessionRow.started_at.exists(), limit + _UNTOLD
    query = partial(SessionRow.query, charger_id, key, begun, scan_index_forward=False, limit=limit, page_size=page)
    rows = calling(lambda: list(query()))
    kept = (row for row in rows if is_kept(row.expires_at, now))
    return [session for row in kept if (session := to_domain(row)) is not None]


def list_between(charger_id: ChargerId, first: int, last: int) -> list[Session]:
    """The sessions from the plug-in `first` to `last`, in order; a session whose beginning nobody told is left out."""
    rows = calling(lambda: list(SessionRow.query(charger_id, SessionRow.plug_seq.between(first, last))))
    return [session for row in rows if (session := to_domain(row)) is not None]


def page_of_sites(zone: Zone, shard: int, after: SiteId | None, most: int) -> SitePage:
    """Up to `most` sites of a part of `zone` with a car that is not full, in order, from behind `after` on.

    One that was plugged in a moment ago may be missing.
    """
    beyond = None if after is None else SessionRow.active_site > f"{after}{_BEHIND}"
    rows = SessionRow.active.query(_part(zone, shard), beyond, page_size=most)
    found: list[SiteId] = []
    while (row := calling(next, rows, None)) is not None:
        site_id = SiteId(row.active_site.split("#")[0])
        if found and found[-1] == site_id:
            continue
        if len(found) == most:
            return SitePage(found, has_more=True)
        found.append(site_id)
    return SitePage(found, has_more=False)


def _filed(charger_id: ChargerId, zone: Zone | None, site_id: SiteId | None) -> list[Action]:
    part = _part(zone or NO_ZONE, shard_of(site_id or charger_id))
    return [SessionRow.active_zone.set(part), SessionRow.active_site.set(f"{site_id or NO_ZONE}#{charger_id}")]


def _part(zone: Zone, shard: int) -> str:
    return f"{zone}#{shard:02d}"


def _update(
    charger_id: ChargerId, plug_seq: int, actions: Sequence[Action], condition: Condition | None = None
) -> bool:
    return updated(SessionRow(charger_id, plug_seq), actions, condition)


def to_domain(row: SessionRow) -> Session | None:
    """The row as a domain value; None when only its energy or its end has been told."""
    started_at = _begun(row)
    if started_at is None:
        return None
    return Session(
        charger_id=ChargerId(row.charger_id),
        plug_seq=int(row.plug_seq),
        started_at=started_at,
        ended_at=row.ended_at,
        site_id=SiteId(row.site_id) if row.site_id else None,
        is_full=row.is_full,
        goal=_read(row.goal, SessionGoal) or SessionGoal(),
        user=row.user,
        energy=_read(row.energy, SessionEnergy),
        cost_at_once=_read(row.cost_at_once, Cost),
    )


def _begun(row: SessionRow) -> datetime | None:
    """None when only its energy or its end has been told."""
    return row.started_at


def _read(text: str | None, kind: type[_Part]) -> _Part | None:
    return None if text is None else msgspec.json.decode(text, type=kind)


def _text(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()
