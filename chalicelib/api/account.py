"""One's own account: /v1/account."""

from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account, Language
from chalicelib.services import account as own_account

api = ApiBlueprint(__name__)


class AccountAnswer(Struct, frozen=True, kw_only=True):
    """Who is signed in; `terms_version` is what they accepted last, null before the first time."""

    account_id: str
    phone: str
    language: Language
    terms_version: str | None


class TermsAcceptance(Body, frozen=True, kw_only=True):
    """The version that was read."""

    version: Annotated[str, Meta(min_length=1, max_length=32)]


@api.endpoint("GET", "/v1/account", action=Action.USE_OWN_ACCOUNT)
def get_account(call: SignedInCall) -> AccountAnswer:
    """One's own account."""
    return _told(call.account)


@api.endpoint("POST", "/v1/account/terms", action=Action.USE_OWN_ACCOUNT)
def accept_terms(call: SignedInCall, body: TermsAcceptance) -> AccountAnswer:
    """Accept the terms in force."""
    return _told(own_account.accept_terms(call.account, body.version))


def _told(account: Account) -> AccountAnswer:
    return AccountAnswer(
        account_id=account.account_id,
        phone=account.phone,
        language=account.language,
        terms_version=account.terms_version,
    )
