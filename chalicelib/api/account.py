"""One's own account: /v1/account."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.api.texts import Address, Name
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account, Language
from chalicelib.services import account as own_account
from chalicelib.services import erasure

api = ApiBlueprint(__name__)


class AccountAnswer(Struct, frozen=True, kw_only=True):
    """Who is signed in; `terms_version` is what they accepted last, null before the first time.

    Name and address are null until somebody gives them.
    """

    account_id: str
    phone: str
    name: str | None
    address: str | None
    language: Language
    terms_version: str | None


class TermsAcceptance(Body, frozen=True, kw_only=True):
    """The version that was read."""

    version: Annotated[str, Meta(min_length=1, max_length=32)]


class ProfileChange(Body, frozen=True, kw_only=True):
    """What is to change; what is not named stays, null forgets it."""

    name: Name | UnsetType | None = UNSET
    address: Address | UnsetType | None = UNSET
    language: Language | UnsetType = UNSET


class ExportQuery(Body, frozen=True, kw_only=True):
    """The `next` of the page before; none for the first page."""

    next: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


class ExportAnswer(Struct, frozen=True, kw_only=True):
    """Everything stored about oneself, by table, as it is stored; `next` leads to the next page, null on the last."""

    exported_at: str
    tables: dict[str, list[dict[str, Any]]]
    next: str | None


class ErasureAnswer(Struct, frozen=True, kw_only=True):
    """The number under which the proof of the erasure is kept; it names nobody."""

    erasure_id: str


@api.endpoint("GET", "/v1/account", action=Action.USE_OWN_ACCOUNT)
def get_account(call: SignedInCall) -> AccountAnswer:
    """One's own account."""
    return _told(call.account)


@api.endpoint("PATCH", "/v1/account", action=Action.USE_OWN_ACCOUNT)
def change_account(call: SignedInCall, body: ProfileChange) -> AccountAnswer:
    """Change one's own name, address or language; the phone number stays what it is."""
    given = {name: getattr(body, name) for name in body.__struct_fields__}
    changes = {name: value for name, value in given.items() if value is not UNSET}
    return _told(own_account.change_profile(call.account, changes))


@api.endpoint("POST", "/v1/account/terms", action=Action.USE_OWN_ACCOUNT)
def accept_terms(call: SignedInCall, body: TermsAcceptance) -> AccountAnswer:
    """Accept the terms in force."""
    return _told(own_account.accept_terms(call.account, body.version))


@api.endpoint("GET", "/v1/account/export", action=Action.USE_OWN_ACCOUNT)
def export_account(call: SignedInCall, query: ExportQuery) -> ExportAnswer:
    """Everything that is stored about oneself."""
    from chalicelib.services import own_data  # seldom asked for, and it knows every table

    page = own_data.export(call.account, query.next, call.real_now)
    return ExportAnswer(exported_at=call.real_now.isoformat(), tables=page.tables, next=page.next)


@api.endpoint("DELETE", "/v1/account", action=Action.DELETE_OWN_ACCOUNT, status=202, is_remembered=False)
def delete_account(call: SignedInCall) -> ErasureAnswer:
    """Delete one's account and everything about oneself, for good; every access ends at once."""
    return ErasureAnswer(erasure_id=erasure.delete_account(call.account, call.now, call.real_now))


def _told(account: Account) -> AccountAnswer:
    return AccountAnswer(
        account_id=account.account_id,
        phone=account.phone,
        name=account.name,
        address=account.address,
        language=account.language,
        terms_version=account.terms_version,
    )
