"""Table push_tokens: one row for each phone, keyed by its token, so that a token has one owner at any time."""

from typing import Final, cast

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import DeleteError, UpdateError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.adapters.dynamo.table import Table, calling, condition_failed
from chalicelib.domain.ids import AccountId
from chalicelib.domain.push_tokens import Platform, PushToken

_MOST: Final = 50


class _ByAccount(GlobalSecondaryIndex["PushTokenRow"]):  # type: ignore[no-untyped-call]
    """A person's phones in the order they were registered."""

    class Meta:
        """Everything, for the export."""

        index_name = "by_account"
        projection = AllProjection()

    account_id = UnicodeAttribute(hash_key=True)
    registered_at = UTCDateTimeAttribute(range_key=True)


class PushTokenRow(Table):
    """One phone."""

    class Meta:
        """Told by the settings."""

    logical_name = "push_tokens"
    by_account = _ByAccount()
    phone_key = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute()
    token = UnicodeAttribute()
    platform = UnicodeAttribute()
    registered_at = UTCDateTimeAttribute()
    endpoint_arn = UnicodeAttribute(null=True)


def put(phone: PushToken) -> None:
    """Write the phone; whoever had the token before has it no more."""
    row = PushTokenRow(
        phone.phone_key,
        account_id=phone.account_id,
        token=phone.token,
        platform=phone.platform,
        registered_at=phone.registered_at,
        endpoint_arn=phone.endpoint_arn,
    )
    calling(row.save)


def find(phone_key: str) -> PushToken | None:
    """The phone as it is at this moment."""
    try:
        return _to_domain(calling(PushTokenRow.get, phone_key, consistent_read=True))
    except PushTokenRow.DoesNotExist:
        return None


def list_of(account_id: AccountId) -> list[PushToken]:
    """A person's phones, the newest first; the index follows the table, so one that left may still be in it."""
    query = PushTokenRow.by_account.query
    rows = calling(lambda: list(query(account_id, scan_index_forward=False, limit=_MOST)))
    return [_to_domain(row) for row in rows]


def set_endpoint(phone: PushToken, endpoint_arn: str) -> None:
    """Remember by which name the push service knows the phone, while it is this person's."""
    try:
        calling(
            PushTokenRow(phone.phone_key).update,
            actions=[PushTokenRow.endpoint_arn.set(endpoint_arn)],
            condition=PushTokenRow.account_id == phone.account_id,
        )
    except UpdateError as error:
        if not condition_failed(error):
            raise


def remove(phone_key: str, account_id: AccountId) -> None:
    """Forget the phone if it is this person's; nothing otherwise."""
    condition = PushTokenRow.account_id == account_id
    try:
        calling(PushTokenRow(phone_key).delete, condition=condition)
    except DeleteError as error:
        if not condition_failed(error):
            raise


def _to_domain(row: PushTokenRow) -> PushToken:
    return PushToken(
        token=row.token,
        platform=cast("Platform", row.platform),
        account_id=AccountId(row.account_id),
        registered_at=row.registered_at,
        endpoint_arn=row.endpoint_arn,
    )
