"""The minute's look at meter readers."""

from datetime import datetime

from chalicelib.observability import log
from chalicelib.services import meter_watch


def look(now: datetime) -> None:
    """Record who has fallen silent, and tell those whose reader is lost."""
    silent = meter_watch.look(now)
    if silent:
        log.info("meters_silent", count=silent)
