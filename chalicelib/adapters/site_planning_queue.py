"""The queue of rounds: who is planned anew because prices came or a day began."""

from collections.abc import Sequence

from chalicelib.adapters import queues
from chalicelib.domain.plan_rounds import RoundMessage
from chalicelib.settings import settings


def send(messages: Sequence[tuple[RoundMessage, int]]) -> None:
    """Queue the messages, each with its delay in seconds."""
    queues.send_all(settings().site_planning_queue_url, messages)
