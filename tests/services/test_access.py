"""The gate of the use cases: what a decision means to the caller."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.access import Action, Grant, Resource
from chalicelib.domain.errors import DomainError, NotAllowed, NotFound, Unauthenticated
from chalicelib.domain.ids import AccountId
from chalicelib.services.access import require

NOW = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)
OWNER, GUEST, OTHER = AccountId("owner"), AccountId("guest"), AccountId("other")
CHARGER = Resource(owner=OWNER, grants=(Grant(guest=GUEST, since=NOW, until=NOW + timedelta(hours=1)),))


@pytest.mark.parametrize(
    ("actor", "action", "expected"),
    [
        pytest.param(OWNER, Action.CHANGE_CHARGER, None, id="the owner goes on"),
        pytest.param(GUEST, Action.READ_CHARGER, None, id="a guest may look"),
        pytest.param(GUEST, Action.CHANGE_CHARGER, NotAllowed, id="a guest knows the charger: forbidden"),
        pytest.param(OTHER, Action.READ_CHARGER, NotFound, id="a stranger does not: not found"),
        pytest.param(None, Action.READ_CHARGER, Unauthenticated, id="nobody signs in first"),
    ],
)
def test_a_decision_becomes_the_error_to_answer_with(
    actor: AccountId | None, action: Action, expected: type[DomainError] | None
) -> None:
    """Forbidden only for those who may know the thing; to everybody else it does not exist."""
    if expected is None:
        require(actor, action, CHARGER, NOW)
        return
    with pytest.raises(expected):
        require(actor, action, CHARGER, NOW)
