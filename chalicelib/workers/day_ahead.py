"""The schedule that reads day-ahead prices."""

from datetime import datetime

from chalicelib.observability import log
from chalicelib.services import day_ahead_prices


def fetch(now: datetime) -> None:
    """Fetch what is due at `now`; may run twice, or late."""
    changed = day_ahead_prices.fetch(now)
    log.info("day_ahead_prices_fetched", zones_changed=len(changed))
