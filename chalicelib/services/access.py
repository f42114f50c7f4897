"""The one gate of all use cases: the decision of domain.access as an error."""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.adapters.dynamo import grants
from chalicelib.adapters.dynamo import home as store
from chalicelib.domain.access import Action, Decision, Resource, decide
from chalicelib.domain.access import Grant as Right
from chalicelib.domain.accounts import Account
from chalicelib.domain.chargers import Charger
from chalicelib.domain.errors import NotAllowed, NotFound, Unauthenticated
from chalicelib.domain.grants import Grant
from chalicelib.domain.ids import AccountId
from chalicelib.domain.sites import Site


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


def require_at(charger: Charger, account_id: AccountId | None, action: Action, now: datetime) -> Grant | None:
    """Return when `account_id` may do `action` at `charger` at `now`; errors as of `require`.

    The answer is the guest's grant that counts, None for the owner and for what anybody may do. The owner is decided
    without a read, everybody else by one of the charger's grants as they are at this moment.
    """
    if account_id is None or account_id == charger.owner:
        require(account_id, action, Resource(owner=charger.owner), now)
        return None
    return require_among(grants.list_at(charger.charger_id), charger, account_id, action, now)


def require_at_site(site: Site, account: Account, action: Action, now: datetime) -> None:
    """Return when `account` may do `action` at `site` at `now`; errors as of `require`.

    Guests of a charger that stands there know the site: they are refused otherwise than strangers. The owner, and
    whoever is nobody's guest, is decided without a read.
    """
    is_owner = account.account_id == site.owner
    rights = () if is_owner or not account.guest_of else _rights_at(site, account)
    require(account.account_id, action, Resource(owner=site.owner, grants=rights), now)


def _rights_at(site: Site, account: Account) -> tuple[Right, ...]:
    found = store.read((), (), account.guest_of)
    here = {charger.charger_id for charger in found.chargers.values() if charger.site_id == site.site_id}
    return tuple(right for grant in found.grants if grant.charger_id in here and (right := grant.right) is not None)


def require_among(
    known: Sequence[Grant], charger: Charger, account_id: AccountId, action: Action, now: datetime
) -> Grant | None:
    """As `require_at`, by the charger's grants that were read already."""
    rights = tuple(right for grant in known if (right := grant.right) is not None)
    require(account_id, action, Resource(owner=charger.owner, grants=rights), now)
    if account_id == charger.owner:
        return None
    own = [grant for grant in known if grant.guest == account_id]
    return max(own, key=lambda grant: (grant.covers(now), grant.invited_at), default=None)
