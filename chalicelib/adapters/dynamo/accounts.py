"""Table accounts: one row for each person, keyed by the subject of their tokens."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, cast

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import DeleteError, PutError, UpdateError
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.adapters.dynamo.table import Table, calling, condition_failed
from chalicelib.domain.accounts import Account, GrantAt
from chalicelib.domain.errors import NotFound
from chalicelib.domain.ids import AccountId, ChargerId, ErasureId, GrantId


class _ByPhone(GlobalSecondaryIndex["AccountRow"]):  # type: ignore[no-untyped-call]
    """The account of a number."""

    class Meta:
        """The keys are enough."""

        index_name = "by_phone"
        projection = KeysOnlyProjection()

    phone = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute(range_key=True)


class AccountRow(Table):
    """One account."""

    class Meta:
        """Told by the settings."""

    logical_name = "accounts"
    by_phone = _ByPhone()
    account_id = UnicodeAttribute(hash_key=True)
    phone = UnicodeAttribute()
    language = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    address = UnicodeAttribute(null=True)
    terms_version = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    signed_out_at = UTCDateTimeAttribute(null=True)
    guest_of = UnicodeSetAttribute(null=True)
    erasure_id = UnicodeAttribute(null=True)


def find(account_id: AccountId) -> Account | None:
    """The account as it is at this moment, or None; a consistent read, so that a sign-out acts at once."""
    try:
        row = calling(AccountRow.get, account_id, consistent_read=True)
    except AccountRow.DoesNotExist:
        return None
    return _to_domain(row)


def find_by_phone(phone: str) -> AccountId | None:
    """Whose number it is (E.164), None when there is no such account; one made a moment ago may be missing."""
    rows = calling(lambda: list(AccountRow.by_phone.query(phone, limit=1)))
    return AccountId(rows[0].account_id) if rows else None


def hint_of(place: GrantAt) -> str:
    """How an account remembers where a grant of its person is."""
    return f"{place.charger_id}/{place.grant_id}"


def create(account: Account) -> bool:
    """Write a new account; False, with nothing changed, when there is one with this id."""
    row = AccountRow(
        account_id=account.account_id,
        phone=account.phone,
        language=account.language,
        terms_version=account.terms_version,
        created_at=account.created_at,
    )
    try:
        calling(row.save, condition=AccountRow.account_id.does_not_exist())
    except PutError as error:
        if condition_failed(error):
            return False
        raise
    return True


def accept_terms(account_id: AccountId, version: str) -> Account:
    """The account with `version` accepted; NotFound when it is gone in the meantime."""
    return _update(account_id, [AccountRow.terms_version.set(version)])


def change_profile(account_id: AccountId, changes: Mapping[str, str | None]) -> Account:
    """The account with `changes` to name, address or language, None to forget one; NotFound when it is gone."""
    known = {"name": AccountRow.name, "address": AccountRow.address, "language": AccountRow.language}
    actions: list[Action] = [
        known[field].remove() if value is None else known[field].set(value) for field, value in changes.items()
    ]
    return _update(account_id, actions)


def sign_out(account_id: AccountId, at: datetime) -> None:
    """Refuse every token issued before `at`; NotFound when the account is gone."""
    _update(account_id, [AccountRow.signed_out_at.set(at)])


def delete(account_id: AccountId, erasure_id: ErasureId) -> None:
    """Forget the account that this erasure is about; its own repeat changes nothing."""
    try:
        calling(AccountRow(account_id).delete, condition=AccountRow.erasure_id == erasure_id)
    except DeleteError as error:
        if not condition_failed(error):
            raise


def _update(account_id: AccountId, actions: list[Action]) -> Account:
    row = AccountRow(account_id)
    try:
        calling(row.update, actions=actions, condition=AccountRow.account_id.exists())
    except UpdateError as error:
        if condition_failed(error):
            raise NotFound from error
        raise
    return _to_domain(row)


def _to_domain(row: AccountRow) -> Account:
    return Account(
        account_id=AccountId(row.account_id),
        phone=row.phone,
        language=cast("Literal['no', 'en']", row.language),
        name=row.name,
        address=row.address,
        terms_version=row.terms_version,
        created_at=row.created_at,
        signed_out_at=row.signed_out_at,
        guest_of=tuple(sorted(map(_grant_at, row.guest_of or ()))),
        erasure_id=ErasureId(row.erasure_id) if row.erasure_id else None,
    )


def _grant_at(hint: str) -> GrantAt:
    charger_id, grant_id = hint.split("/")
    return GrantAt(ChargerId(charger_id), GrantId(grant_id))
