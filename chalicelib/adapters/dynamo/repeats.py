"""Table repeats: what was answered to requests with an Idempotency-Key, one row for each key of a person, for a day."""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.exceptions import DeleteError, PutError, UpdateError

from chalicelib.adapters.dynamo.table import Table, calling, condition_failed
from chalicelib.domain.ids import AccountId

REMEMBERED: Final = timedelta(days=1)
RELEASED: Final = ""
"""The request of a key that was given back while we looked."""
LEASE: Final = timedelta(seconds=60)
"""Longer than a function may run: whoever holds a key beyond it has died."""


class RepeatRow(Table):
    """One key; `status` and `body` are absent while the first request is worked on."""

    class Meta:
        """Told by the settings."""

    logical_name = "repeats"
    account_id = UnicodeAttribute(hash_key=True)
    key = UnicodeAttribute(range_key=True)
    request = UnicodeAttribute()
    lease_until_s = NumberAttribute()
    status = NumberAttribute(null=True)
    body = UnicodeAttribute(null=True)
    expires_at = TTLAttribute()


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier request with the key: which one, and its answer unless it is still worked on."""

    request: str
    status: int | None
    body: str


def begin(account_id: AccountId, key: str, request: str, now: datetime) -> Known | None:
    """Take the key for `request`; what is known when it was taken before. A dead holder's is free."""
    row = RepeatRow(
        account_id, key, request=request, lease_until_s=(now + LEASE).timestamp(), expires_at=now + REMEMBERED
    )
    has_died = RepeatRow.status.does_not_exist() & (RepeatRow.lease_until_s <= now.timestamp())
    is_same_or_old = (RepeatRow.request == request) & has_died | (RepeatRow.expires_at <= now)
    try:
        calling(row.save, condition=RepeatRow.account_id.does_not_exist() | is_same_or_old)
    except PutError as error:
        if not condition_failed(error):
            raise
        return _read(account_id, key)
    return None


def finish(account_id: AccountId, key: str, request: str, status: int, body: str) -> None:
    """Keep the answer; if somebody took the key over in the meantime, theirs counts."""
    actions = [RepeatRow.status.set(status), RepeatRow.body.set(body)]
    try:
        calling(RepeatRow(account_id, key).update, actions=actions, condition=_is_open(request))
    except UpdateError as error:
        if not condition_failed(error):
            raise


def release(account_id: AccountId, key: str, request: str) -> None:
    """Give the key back: nothing was done."""
    try:
        calling(RepeatRow(account_id, key).delete, condition=_is_open(request))
    except DeleteError as error:
        if not condition_failed(error):
            raise


def _is_open(request: str) -> Any:
    return (RepeatRow.request == request) & RepeatRow.status.does_not_exist()


def _read(account_id: AccountId, key: str) -> Known:
    try:
        row = calling(RepeatRow.get, account_id, key, consistent_read=True)
    except RepeatRow.DoesNotExist:
        return Known(request=RELEASED, status=None, body="")
    return Known(request=row.request, status=_status(row), body=row.body or "")


def _status(row: RepeatRow) -> int | None:
    status: float | None = row.status
    return None if status is None else int(status)
