"""Who may do what: one table, one function, default deny."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from chalicelib.domain.ids import AccountId


class Relation(StrEnum):
    """What the actor is to the resource at this moment."""

    OWNER = "owner"
    GUEST_INSIDE = "guest inside the window"
    GUEST_OUTSIDE = "guest outside the window"
    OTHER = "other"
    NONE = "not signed in"


class Decision(StrEnum):
    """What the decision means to the caller: go on, or the error to answer with."""

    ALLOW = "allow"
    FORBID = "forbid"
    HIDE = "hide"
    UNAUTHENTICATED = "unauthenticated"


class Action(StrEnum):
    """Every route declares one of these; one that is not in the table is refused to everybody."""

    PUBLIC = "public"
    READ_TERMS = "read terms"
    USE_OWN_ACCOUNT = "use own account"
    DELETE_OWN_ACCOUNT = "delete own account"
    SEE_HOME = "see home"
    USE_NOTIFICATIONS = "use own notifications and phones"
    LOOK_UP = "look up zones and prices"
    LIST_OWN_SITES = "list and create own sites"
    READ_SITE = "read site"
    CHANGE_SITE = "change or delete site"
    USE_METER = "register, read and remove a meter reader; see a site's load"
    CLAIM = "claim a charger"
    READ_CHARGER = "read charger"
    CHANGE_CHARGER = "change charger settings"
    REMOVE_CHARGER = "remove charger"
    OPERATE = "switch smart/full, start, stop"
    READ_NETWORK = "read network progress"
    SET_SESSION_GOAL = "set session goal"
    READ_PLAN = "read plan"
    UNLOCK = "get an unlock ticket"
    READ_HISTORY = "read history: everything, or one's own use"
    MANAGE_GRANTS = "list, make and change grants"
    END_GRANT = "revoke a grant, or leave"


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A guest's right to charge at one charger; half-open in time, endless when `until` is None."""

    guest: AccountId
    since: datetime
    until: datetime | None

    def covers(self, now: datetime) -> bool:
        """Whether the right holds at `now`."""
        return self.since <= now and (self.until is None or now < self.until)


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be decided about: who owns it and who was invited to it."""

    owner: AccountId | None
    grants: tuple[Grant, ...] = ()


NOBODYS: Final = Resource(owner=None)
BEFORE_TERMS: Final = frozenset({Action.PUBLIC, Action.READ_TERMS, Action.USE_OWN_ACCOUNT, Action.DELETE_OWN_ACCOUNT})

_ANYBODY = dict.fromkeys(Relation, Decision.ALLOW)
_SIGNED_IN = _ANYBODY | {Relation.NONE: Decision.UNAUTHENTICATED}
_PEOPLE_THERE = _SIGNED_IN | {Relation.GUEST_OUTSIDE: Decision.FORBID, Relation.OTHER: Decision.HIDE}
_OWNER_AND_EVERY_GUEST = _SIGNED_IN | {Relation.OTHER: Decision.HIDE}
_OWNER_ONLY = _PEOPLE_THERE | {Relation.GUEST_INSIDE: Decision.FORBID}

TABLE: Final[dict[Action, dict[Relation, Decision]]] = {
    Action.PUBLIC: _ANYBODY,
    Action.READ_TERMS: _ANYBODY,
    Action.USE_OWN_ACCOUNT: _SIGNED_IN,
    Action.DELETE_OWN_ACCOUNT: _SIGNED_IN,
    Action.SEE_HOME: _SIGNED_IN,
    Action.USE_NOTIFICATIONS: _SIGNED_IN,
    Action.LOOK_UP: _SIGNED_IN,
    Action.LIST_OWN_SITES: _SIGNED_IN,
    Action.CLAIM: _SIGNED_IN,
    Action.READ_SITE: _OWNER_ONLY,
    Action.CHANGE_SITE: _OWNER_ONLY,
    Action.USE_METER: _OWNER_ONLY,
    Action.READ_CHARGER: _PEOPLE_THERE,
    Action.CHANGE_CHARGER: _OWNER_ONLY,
    Action.REMOVE_CHARGER: _OWNER_ONLY,
    Action.OPERATE: _PEOPLE_THERE,
    Action.READ_NETWORK: _OWNER_ONLY,
    Action.SET_SESSION_GOAL: _PEOPLE_THERE,
    Action.READ_PLAN: _PEOPLE_THERE,
    Action.UNLOCK: _PEOPLE_THERE,
    Action.READ_HISTORY: _OWNER_AND_EVERY_GUEST,
    Action.MANAGE_GRANTS: _OWNER_ONLY,
    Action.END_GRANT: _OWNER_AND_EVERY_GUEST,
}


def relation(actor: AccountId | None, resource: Resource, now: datetime) -> Relation:
    """What `actor` (None: not signed in) is to `resource` at `now`."""
    if actor is None:
        return Relation.NONE
    if actor == resource.owner:
        return Relation.OWNER
    grants = [grant for grant in resource.grants if grant.guest == actor]
    if any(grant.covers(now) for grant in grants):
        return Relation.GUEST_INSIDE
    return Relation.GUEST_OUTSIDE if grants else Relation.OTHER


def decide(actor: AccountId | None, action: Action, resource: Resource, now: datetime) -> Decision:
    """Whether `actor` may do `action` to `resource` at `now`; what the table does not know is hidden."""
    return TABLE.get(action, {}).get(relation(actor, resource, now), Decision.HIDE)
