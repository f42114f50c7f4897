"""Telling people what happened, once for each happening, whatever is repeated."""

from datetime import datetime

from chalicelib.adapters import notification_queue
from chalicelib.domain.ids import AccountId
from chalicelib.domain.notifications import Event


def tell(account_id: AccountId, event: Event, now: datetime) -> None:
    """Have the person told of the event: their inbox, and their phones unless they chose otherwise.

    The event is on its way when this returns; DependencyDown when it may not be. Telling the same event to the same
    person again does nothing, so whoever is not sure simply tells again.
    """
    notification_queue.put(account_id, event, now)
