"""The one gate of all use cases: the decision of domain.access as an error."""

from datetime import datetime

from chalicelib.domain.access import Action, Decision, Resource, decide
from chalicelib.domain.chargers import Charger
from chalicelib.domain.errors import NotAllowed, NotFound, Unauthenticated
from chalicelib.domain.ids import AccountId


def require(account_id: AccountId | None, action: Action, resource: Resource, now: datetime) -> None:
    """Return when `account_id` may do `action` to `resource` at `now`.

    Raises NotFound for whoever may not know the thing, NotAllowed for whoever may, Unauthenticated without an account.
    """
    decision = decide(account_id, action, resource, now)
    if decision is Decision.UNAUTHENTICATED:
        raise Unauthenticated("sign in first")
    if decision is Decision.FORBID:
        raise NotAllowed("this is the owner's to do")
    if decision is not Decision.ALLOW:
        raise NotFound


def require_at(charger: Charger, account_id: AccountId | None, action: Action, now: datetime) -> None:
    """Return when `account_id` may do `action` at `charger` at `now`; errors as of `require`."""
    require(account_id, action, Resource(owner=charger.owner), now)
