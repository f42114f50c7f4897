"""Erasures, from the queue that drives them and the schedule that goes on with those left lying."""

from datetime import datetime
from typing import Any

import msgspec

from chalicelib.adapters import clock, erasure_queue
from chalicelib.adapters.erasure_queue import ErasureRequest
from chalicelib.observability import log
from chalicelib.services import erasure, erasure_steps
from chalicelib.workers.batch import process


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One batch of the queue."""
    return process(event, context, _go_on, name="erase_data")


def restart(real_now: datetime) -> None:
    """Ask again for what has gone on for too long; may run twice, or late."""
    log.info("erasures_looked_after", overdue=erasure.restart_overdue(real_now))


def _go_on(body: str) -> None:
    """One run; the next is asked for before this message is done with, so that no stop between the two loses it."""
    request = msgspec.json.decode(body, type=ErasureRequest)
    delay_s = erasure_steps.go_on(request.erasure_id, clock.real_now())
    if delay_s is not None:
        erasure_queue.ask(request.erasure_id, delay_s)
