"""Whole lists, for tests that are not about pages."""

from datetime import datetime

from chalicelib.adapters import clock
from chalicelib.domain.accounts import Account
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.sessions import Session
from chalicelib.domain.sites import Site
from chalicelib.services import energy_history, sites
from chalicelib.services.pages import Way


def whole(account: Account, about: str) -> Way:
    """The first page of a list, which is all of it unless somebody has very much."""
    return Way(account_id=account.account_id, about=about, token=None, limit=100, real_now=clock.real_now())


def list_own(account: Account) -> list[Site]:
    """One's own sites."""
    return sites.list_own(account, whole(account, "sites")).items


def list_sessions(account: Account, charger_id: ChargerId, now: datetime) -> tuple[Session, ...]:
    """The sessions of a charger that `account` sees at `now`."""
    return energy_history.list_sessions(account, charger_id, now, whole(account, f"sessions {charger_id}")).sessions
