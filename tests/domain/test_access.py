"""Who may do what: ACCESS.md's table as data, and the edges of a guest's window."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.access import NOBODYS, TABLE, Action, Decision, Grant, Relation, Resource, decide, relation
from chalicelib.domain.ids import AccountId

OWNER, GUEST, STRANGER = AccountId("owner"), AccountId("guest"), AccountId("stranger")
NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CHARGER = Resource(owner=OWNER, grants=(Grant(guest=GUEST, since=NOON, until=NOON + HOUR),))

# owner, guest in window, guest outside, other, none: the answers of the published table.
PUBLISHED = {
    Action.PUBLIC: "200 200 200 200 200",
    Action.READ_TERMS: "200 200 200 200 200",
    Action.USE_OWN_ACCOUNT: "200 200 200 200 401",
    Action.USE_NOTIFICATIONS: "200 200 200 200 401",
    Action.DELETE_OWN_ACCOUNT: "200 200 200 200 401",
    Action.SEE_HOME: "200 200 200 200 401",
    Action.LOOK_UP: "200 200 200 200 401",
    Action.LIST_OWN_SITES: "200 200 200 200 401",
    Action.CLAIM: "200 200 200 200 401",
    Action.READ_SITE: "200 403 403 404 401",
    Action.CHANGE_SITE: "200 403 403 404 401",
    Action.USE_METER: "200 403 403 404 401",
    Action.READ_CHARGER: "200 200 403 404 401",
    Action.CHANGE_CHARGER: "200 403 403 404 401",
    Action.REMOVE_CHARGER: "200 403 403 404 401",
    Action.OPERATE: "200 200 403 404 401",
    Action.READ_NETWORK: "200 403 403 404 401",
    Action.SET_SESSION_GOAL: "200 200 403 404 401",
    Action.READ_PLAN: "200 200 403 404 401",
    Action.UNLOCK: "200 200 403 404 401",
    Action.READ_HISTORY: "200 200 200 404 401",
    Action.MANAGE_GRANTS: "200 403 403 404 401",
    Action.END_GRANT: "200 200 200 404 401",
}
ANSWER = {Decision.ALLOW: "200", Decision.FORBID: "403", Decision.HIDE: "404", Decision.UNAUTHENTICATED: "401"}


@pytest.mark.parametrize("action", Action)
def test_every_action_answers_as_published(action: Action) -> None:
    """Five kinds of people, one row of the table each."""
    actors = [(OWNER, NOON), (GUEST, NOON), (GUEST, NOON + HOUR), (STRANGER, NOON), (None, NOON)]
    answers = [ANSWER[decide(actor, action, CHARGER, now)] for actor, now in actors]
    assert " ".join(answers) == PUBLISHED[action]


def test_what_the_table_does_not_know_is_hidden_from_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Default deny: an action without a row is refused even to the owner."""
    monkeypatch.delitem(TABLE, Action.READ_SITE)
    assert decide(OWNER, Action.READ_SITE, CHARGER, NOON) is Decision.HIDE


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (NOON - timedelta(milliseconds=1), Relation.GUEST_OUTSIDE),
        (NOON, Relation.GUEST_INSIDE),
        (NOON + HOUR - timedelta(milliseconds=1), Relation.GUEST_INSIDE),
        (NOON + HOUR, Relation.GUEST_OUTSIDE),
    ],
    ids=["start -1 ms", "start", "end -1 ms", "end"],
)
def test_a_window_is_half_open(moment: datetime, expected: Relation) -> None:
    """The guest is inside from the first instant and refused at the last."""
    assert relation(GUEST, CHARGER, moment) is expected


def test_a_thing_that_is_nobodys_has_no_owner() -> None:
    """Nobody is the owner of an unclaimed charger, not even a caller without an account."""
    assert relation(None, NOBODYS, NOON) is Relation.NONE
    assert relation(OWNER, NOBODYS, NOON) is Relation.OTHER
