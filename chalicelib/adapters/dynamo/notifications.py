"""Table notifications: what each person was told, one row for each event, and how far its push has come.

The key is the event itself, so that a second row of it cannot be; the index has a person's rows in the order of time.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from pynamodb.attributes import (
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.adapters.dynamo.table import Table, calling, condition_failed
from chalicelib.domain.ids import AccountId
from chalicelib.domain.notifications import KEPT, Event, Notification

LEASE: Final = timedelta(seconds=60)
"""Longer than the function may run: whoever holds a push beyond it has died."""


class _ByTime(GlobalSecondaryIndex["NotificationRow"]):  # type: ignore[no-untyped-call]
    """A person's inbox."""

    class Meta:
        """Everything, because the inbox shows everything."""

        index_name = "by_time"
        projection = AllProjection()

    account_id = UnicodeAttribute(hash_key=True)
    notification_id = UnicodeAttribute(range_key=True)


class NotificationRow(Table):
    """One event of one person; `pushed` names the phones that have it, `pushed_at` says that no more is to be done."""

    class Meta:
        """Told by the settings."""

    logical_name = "notifications"
    by_time = _ByTime()
    account_id = UnicodeAttribute(hash_key=True)
    event_key = UnicodeAttribute(range_key=True)
    notification_id = UnicodeAttribute()
    told_at = UTCDateTimeAttribute()
    event = UnicodeAttribute()
    lease_until_s = NumberAttribute(null=True)
    lease_holder = UnicodeAttribute(null=True)
    pushed = UnicodeSetAttribute(null=True)
    pushed_at = UTCDateTimeAttribute(null=True)
    expires_at = TTLAttribute()


class PushState(msgspec.Struct, frozen=True, kw_only=True):
    """The event as it was told first, and which phones have it."""

    notification: Notification
    pushed: frozenset[str]
    is_done: bool


def put(notification: Notification, real_now: datetime) -> bool:
    """Keep it for 90 days (real time); False, with nothing changed, when the event is there already."""
    row = NotificationRow(
        notification.account_id,
        notification.event.key,
        notification_id=notification.notification_id,
        told_at=notification.told_at,
        event=msgspec.json.encode(notification.event).decode(),
        expires_at=real_now + KEPT,
    )
    try:
        calling(row.save, condition=NotificationRow.account_id.does_not_exist())
    except PutError as error:
        if not condition_failed(error):
            raise
        return False
    return True


def remove(account_id: AccountId, key: str) -> None:
    """Forget one; nothing when it is gone."""
    calling(NotificationRow(account_id, key).delete)


def take_push(account_id: AccountId, key: str, holder: str, real_now: datetime) -> PushState | None:
    """Take the push of an event on oneself for a minute; None while another holder has it, or when the row is gone.

    What is done already can be taken too: the answer says so.
    """
    row = NotificationRow(account_id, key)
    until = (real_now + LEASE).timestamp()
    is_free = NotificationRow.lease_until_s.does_not_exist() | (NotificationRow.lease_until_s <= real_now.timestamp())
    condition = NotificationRow.account_id.exists() & (is_free | (NotificationRow.lease_holder == holder))
    actions = [NotificationRow.lease_until_s.set(until), NotificationRow.lease_holder.set(holder)]
    try:
        calling(row.update, actions=actions, condition=condition)
    except UpdateError as error:
        if condition_failed(error):
            return None
        raise
    pushed = frozenset(row.pushed or ())
    return PushState(notification=to_domain(row), pushed=pushed, is_done=row.pushed_at is not None)


def note_pushed(account_id: AccountId, key: str, phone: str) -> None:
    """A phone has it; a set, so that saying it again changes nothing."""
    _update(account_id, key, [NotificationRow.pushed.add({phone})])


def finish_push(account_id: AccountId, key: str, real_now: datetime) -> None:
    """Every phone that is to have it has it."""
    _update(account_id, key, [NotificationRow.pushed_at.set(real_now), *_released()])


def release_push(account_id: AccountId, key: str, holder: str) -> None:
    """Give the push back before its time, for the next delivery of the message."""
    try:
        calling(
            NotificationRow(account_id, key).update,
            actions=_released(),
            condition=NotificationRow.lease_holder == holder,
        )
    except UpdateError as error:
        if not condition_failed(error):
            raise


def list_newest(account_id: AccountId, limit: int, before: str | None) -> list[Notification]:
    """At most `limit`, the newest first; those told before the id `before` if it is given."""
    key = None if before is None else NotificationRow.notification_id < before
    query = NotificationRow.by_time.query
    rows = calling(lambda: list(query(account_id, key, scan_index_forward=False, limit=limit)))
    return [to_domain(row) for row in rows]


def to_domain(row: NotificationRow) -> Notification:
    """The row as a domain value."""
    return Notification(
        account_id=AccountId(row.account_id),
        event=msgspec.json.decode(row.event, type=Event),
        notification_id=row.notification_id,
        told_at=row.told_at,
    )


def _released() -> list[Action]:
    return [NotificationRow.lease_until_s.remove(), NotificationRow.lease_holder.remove()]


def _update(account_id: AccountId, key: str, actions: list[Action]) -> None:
    """Change a row; one that was erased in the meantime stays away."""
    try:
        calling(NotificationRow(account_id, key).update, actions=actions, condition=NotificationRow.account_id.exists())
    except UpdateError as error:
        if not condition_failed(error):
            raise
