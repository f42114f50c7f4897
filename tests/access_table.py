"""Who may do what, as data: one row for each route. A route without a row fails a test; so does a row without a route.

It is written from the requirement, not from the code: the code's own table (domain/access.py) is what it tests.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple


class Actor(StrEnum):
    """Who calls. Guests are those of a charger of the owner's."""

    OWNER = "owner"
    GUEST_INSIDE = "guest in window"
    GUEST_BEFORE = "guest before"
    GUEST_AFTER = "guest after"
    OTHER = "other"
    BEFORE_TERMS = "owner who has not accepted the current terms"
    NO_TOKEN = "no token"
    BAD_TOKEN = "bad token"
    EXPIRED_TOKEN = "expired token"


class IdKind(StrEnum):
    """What stands in the path; of a route without ids only REAL is tried."""

    REAL = "the owner's"
    FOREIGN = "somebody else's"
    RANDOM = "random"
    MALFORMED = "malformed"


class Rule(StrEnum):
    """A column pattern of the table."""

    PUBLIC = "everybody"
    SELF = "everybody who is signed in, for themselves, even before the terms"
    SIGNED_IN = "everybody who is signed in"
    OWNER = "the owner; to everybody else it does not exist"
    OWNER_THERE = "the owner; guests are refused, to others it does not exist"
    PEOPLE_THERE = "the owner and guests in their window; other guests are refused, to others it does not exist"
    OWN_SESSION = "the owner; guests whose car it is not are refused, to others it does not exist"
    ALL_GUESTS = "the owner and every guest; to others it does not exist"
    OWN_GRANT = "the owner and the guest whose it is; other guests are refused, to others it does not exist"


GUESTS = (Actor.GUEST_INSIDE, Actor.GUEST_BEFORE, Actor.GUEST_AFTER)
AT_CHARGERS = {
    Rule.OWNER: (),
    Rule.OWNER_THERE: (),
    Rule.PEOPLE_THERE: (Actor.GUEST_INSIDE,),
    Rule.OWN_SESSION: (),
    Rule.ALL_GUESTS: GUESTS,
    Rule.OWN_GRANT: (Actor.GUEST_INSIDE,),
}
"""The guests who may; the grant in the path is that of the one in the window."""
NOBODY = (Actor.NO_TOKEN, Actor.BAD_TOKEN, Actor.EXPIRED_TOKEN)
PHONE_KEY = "A2sX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKW"
"""The generator of P-256: a point like any other."""
GOOD, UNAUTHENTICATED, FORBIDDEN, UNKNOWN = 0, 401, 403, 404


class Row(NamedTuple):
    """One route; `sent` makes its body from the world it is called in, `query` is put behind the path."""

    method: str
    path: str
    rule: Rule
    sent: Callable[[Any], Any] | None = None
    query: str = ""
    headers: Mapping[str, str] = MappingProxyType({})

    @property
    def name(self) -> str:
        """As in the table."""
        return f"{self.method} {self.path}"


def expected(rule: Rule, actor: Actor, kind: IdKind) -> int:
    """The status that is due; GOOD: the route's own."""
    if rule is Rule.PUBLIC:
        return GOOD
    if actor in NOBODY:
        return UNAUTHENTICATED
    if actor is Actor.BEFORE_TERMS and rule is not Rule.SELF:
        return FORBIDDEN
    if rule in AT_CHARGERS:
        return _at_charger(rule, actor, kind)
    return UNKNOWN if kind in {IdKind.RANDOM, IdKind.MALFORMED} else GOOD


PUSH_CHOICES = dict.fromkeys(
    ("goal_missed", "fault", "finished", "stranger_tried", "guest_accepted", "meter_lost"), True
)


def _at_charger(rule: Rule, actor: Actor, kind: IdKind) -> int:
    if kind is not IdKind.REAL or actor is Actor.OTHER:
        return UNKNOWN
    if actor is Actor.OWNER or actor in AT_CHARGERS[rule]:
        return GOOD
    return UNKNOWN if rule is Rule.OWNER else FORBIDDEN


def _site(_: Any) -> Any:
    return {"name": "Hytta", "country": "NO", "zone": "NO1", "main_fuse_a": 25, "grid_type": "TN", "phases": 3}


TABLE: tuple[Row, ...] = (
    Row("POST", "/v1/auth/code", Rule.PUBLIC, lambda world: {"phone": world.next_phone()}),
    Row("POST", "/v1/auth/token", Rule.PUBLIC, lambda world: world.code_entry()),
    Row("POST", "/v1/auth/refresh", Rule.PUBLIC, lambda world: world.refresh_token()),
    Row("GET", "/v1/terms", Rule.PUBLIC),
    Row("GET", "/v1/health", Rule.PUBLIC),
    Row("GET", "/v1/openapi.json", Rule.PUBLIC),
    Row("GET", "/v1/account", Rule.SELF),
    Row("PATCH", "/v1/account", Rule.SELF, lambda _: {"name": "N. N."}),
    Row("DELETE", "/v1/account", Rule.SELF),
    Row("GET", "/v1/account/export", Rule.SELF),
    Row("POST", "/v1/account/terms", Rule.SELF, lambda _: {"version": "2026-11-01"}),
    Row("POST", "/v1/auth/logout", Rule.SELF, lambda _: {"refresh_token": "x"}),
    Row("POST", "/v1/auth/logout-everywhere", Rule.SELF),
    Row("GET", "/v1/home", Rule.SIGNED_IN),
    Row("POST", "/v1/push-tokens", Rule.SIGNED_IN, lambda _: {"token": "t" * 64, "platform": "apns"}),
    Row("DELETE", "/v1/push-tokens", Rule.SIGNED_IN, lambda _: {"token": "t" * 64}),
    Row("GET", "/v1/notifications", Rule.SIGNED_IN),
    Row("PUT", "/v1/notifications/read-until", Rule.SIGNED_IN, lambda _: {"notification_id": f"n_{'0' * 28}"}),
    Row("GET", "/v1/notifications/push", Rule.SIGNED_IN),
    Row("PUT", "/v1/notifications/push", Rule.SIGNED_IN, lambda _: PUSH_CHOICES),
    Row("GET", "/v1/grid-companies", Rule.SIGNED_IN, query="?zone=NO5"),
    Row("GET", "/v1/zones/locate", Rule.SIGNED_IN, query="?lat=60.39&lon=5.32"),
    Row("POST", "/v1/addresses/locate", Rule.SIGNED_IN, lambda _: {"lat": 60.39, "lon": 5.32}),
    Row("GET", "/v1/prices/{zone}", Rule.SIGNED_IN, query="?date=2026-02-10"),
    Row("GET", "/v1/sites", Rule.SIGNED_IN),
    Row("POST", "/v1/sites", Rule.SIGNED_IN, _site),
    Row("GET", "/v1/sites/{site}", Rule.OWNER),
    Row("PATCH", "/v1/sites/{site}", Rule.OWNER, lambda _: {"name": "Ny"}, headers={"if-match": "1"}),
    Row("DELETE", "/v1/sites/{site}", Rule.OWNER),
    Row("POST", "/v1/sites/{site}/meter", Rule.OWNER, lambda _: {}),
    Row("GET", "/v1/sites/{site}/meter", Rule.OWNER),
    Row("DELETE", "/v1/sites/{site}/meter", Rule.OWNER),
    Row("GET", "/v1/sites/{site}/load", Rule.OWNER),
    Row("POST", "/v1/claims", Rule.SIGNED_IN, lambda world: world.new_claim()),
    Row("POST", "/v1/claims/{claim}/proof", Rule.OWNER, lambda world: world.proof()),
    Row("GET", "/v1/chargers/{charger}", Rule.PEOPLE_THERE),
    Row("PATCH", "/v1/chargers/{charger}", Rule.OWNER_THERE, lambda _: {"name": "Ny"}, headers={"if-match": "1"}),
    Row("DELETE", "/v1/chargers/{charger}", Rule.OWNER_THERE),
    Row("PUT", "/v1/chargers/{charger}/mode", Rule.PEOPLE_THERE, lambda _: {"mode": "full"}),
    Row("PUT", "/v1/chargers/{charger}/run", Rule.PEOPLE_THERE, lambda _: {"run": "stopped"}),
    Row("GET", "/v1/chargers/{charger}/network", Rule.OWNER_THERE),
    Row("GET", "/v1/chargers/{charger}/plan", Rule.PEOPLE_THERE),
    Row("POST", "/v1/chargers/{charger}/tickets", Rule.PEOPLE_THERE, lambda _: {"phone_key": PHONE_KEY}),
    Row("PUT", "/v1/chargers/{charger}/session-goal", Rule.OWN_SESSION, lambda _: {"energy_wh": 5000}),
    Row("DELETE", "/v1/chargers/{charger}/session-goal", Rule.OWN_SESSION),
    Row("GET", "/v1/chargers/{charger}/history", Rule.ALL_GUESTS, query="?month=2026-02"),
    Row("GET", "/v1/chargers/{charger}/history.csv", Rule.ALL_GUESTS, query="?month=2026-02"),
    Row("GET", "/v1/chargers/{charger}/history.xlsx", Rule.ALL_GUESTS, query="?month=2026-02"),
    Row("GET", "/v1/chargers/{charger}/report.pdf", Rule.ALL_GUESTS, query="?month=2026-02"),
    Row("GET", "/v1/chargers/{charger}/sessions", Rule.ALL_GUESTS),
    Row("GET", "/v1/chargers/{charger}/grants", Rule.OWNER_THERE),
    Row("POST", "/v1/chargers/{charger}/grants", Rule.OWNER_THERE, lambda world: world.invitation()),
    Row(
        "PATCH",
        "/v1/chargers/{charger}/grants/{grant}",
        Rule.OWNER_THERE,
        lambda _: {"name": "Ny"},
        headers={"if-match": "2"},
    ),
    Row("DELETE", "/v1/chargers/{charger}/grants/{grant}", Rule.OWN_GRANT),
)
