"""Telling people what happened, once for each happening, whatever is repeated."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import msgspec

from chalicelib.adapters import notification_queue, page_seal
from chalicelib.adapters.dynamo import accounts
from chalicelib.adapters.dynamo import notifications as rows
from chalicelib.domain.accounts import Account
from chalicelib.domain.ids import AccountId
from chalicelib.domain.notifications import Event, Kind, Notification, latest_id

_PURPOSE: Final = "inbox"


def tell(account_id: AccountId, event: Event, now: datetime, *, is_counted: bool = True) -> None:
    """Have the person told of the event: their inbox, and their phones unless they chose otherwise.

    The event is on its way when this returns; DependencyDown when it may not be. Telling the same event to the same
    person again does nothing, so whoever is not sure simply tells again. Of several people who are told of one event it
    `is_counted` (services/business_figures.py) by one.
    """
    notification_queue.put(account_id, event, now, is_counted=is_counted)


class InboxPlace(msgspec.Struct, frozen=True):
    """Where the inbox goes on: with what was told before this one."""

    before: str


class Inbox(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what a person was told, the newest first, and the token of the next page, None on the last."""

    notifications: list[Notification]
    next: str | None


def read_inbox(account: Account, limit: int, token: str | None, real_now: datetime) -> Inbox:
    """At most `limit` notifications; InvalidInput for a token that does not belong to this person's inbox."""
    place = page_seal.unseal(token, InboxPlace, account.account_id, _PURPOSE, real_now) if token else None
    found = rows.list_newest(account.account_id, limit, place.before if place else None)
    if len(found) < limit:
        return Inbox(notifications=found, next=None)
    on = InboxPlace(found[-1].notification_id)
    return Inbox(notifications=found, next=page_seal.seal(on, account.account_id, _PURPOSE, real_now))


def mark_read(account: Account, notification_id: str, now: datetime) -> None:
    """Everything told up to this notification has been seen; what is told later has not, whatever the id says."""
    accounts.set_read_until(account.account_id, min(notification_id, latest_id(now)))


def choose_push(account: Account, off: Collection[Kind]) -> Account:
    """The account with these kinds kept from its phones; the inbox has all of them."""
    return accounts.set_push_off(account.account_id, sorted(kind.value for kind in off))
