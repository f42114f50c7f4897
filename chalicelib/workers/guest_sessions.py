"""The minute's look at guests whose window has ended."""

from datetime import datetime

from chalicelib.observability import log
from chalicelib.services import guests


def end_due(now: datetime) -> None:
    """Stop what they still charge."""
    ended = guests.end_due(now)
    if ended:
        log.info("grants_ended", count=ended)
