"""NotificationQueue: each message is one event that one person is told of."""

from typing import Any

import msgspec

from chalicelib.adapters import clock
from chalicelib.adapters.notification_queue import Told
from chalicelib.services import push
from chalicelib.workers.batch import process


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One batch of the queue."""
    return process(event, context, _deliver, name="push_notifications")


def _deliver(body: str) -> None:
    push.deliver(msgspec.json.decode(body, type=Told), clock.now(), clock.real_now())
