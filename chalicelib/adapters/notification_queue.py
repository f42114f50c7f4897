"""The queue of what people are to be told."""

from datetime import datetime

import msgspec

from chalicelib.adapters import queues
from chalicelib.domain.ids import AccountId
from chalicelib.domain.notifications import Event
from chalicelib.settings import settings


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A message of the queue: the whole event, so that the queue alone is enough to tell it."""

    account_id: AccountId
    event: Event
    told_at: datetime
    is_counted: bool = True
    """Whether the business counts the event by this person: one of those who are told of it."""


def put(account_id: AccountId, event: Event, now: datetime, *, is_counted: bool = True) -> None:
    """Queue the event for one person; DependencyDown when it may not be there."""
    told = Told(account_id=account_id, event=event, told_at=now, is_counted=is_counted)
    queues.send(settings().notification_queue_url, told)
