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


def put(account_id: AccountId, event: Event, now: datetime) -> None:
    """Queue the event for one person; DependencyDown when it may not be there."""
    queues.send(settings().notification_queue_url, Told(account_id=account_id, event=event, told_at=now))
