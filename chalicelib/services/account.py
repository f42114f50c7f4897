"""What people do with their own account."""

from collections.abc import Mapping

from chalicelib.adapters.dynamo import accounts
from chalicelib.domain.accounts import Account
from chalicelib.domain.terms import require_current


def accept_terms(account: Account, version: str) -> Account:
    """The account with the terms accepted; TermsOutdated unless `version` is in force. May be repeated."""
    require_current(version)
    return accounts.accept_terms(account.account_id, version)


def change_profile(account: Account, changes: Mapping[str, str | None]) -> Account:
    """The account with what was said of its name, address and language; None forgets a name or an address."""
    return accounts.change_profile(account.account_id, changes) if changes else account
