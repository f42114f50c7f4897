"""Which of AWS's default quotas a growing fleet fills first, and by what."""

from typing import Any, Final

from benchmarks.cost_model import Strain
from chalicelib.domain.meter_readers import CONNECTED_S, FAST_S

FILTERS: Final = 14
"""Topic filters of a charger: `simulator.session.Session.subscriptions` (a test counts them)."""
EVENING_SHARE_PER_S: Final = 0.25 / 3600
"""Assumed of the busiest hour: a quarter of all cars are plugged in within it."""
CHARGING_SHARE: Final = 0.35
"""Assumed of the busiest minute of the night: so many chargers charge at the same time."""
POSTS_PER_S: Final = CHARGING_SHARE / FAST_S + (1 - CHARGING_SHARE) / CONNECTED_S
"""Of a meter reader at that minute: each 10 s while a car charges, else as if one were plugged in in every home."""
OPENED_PER_S: Final = 3 * 8 / 86_400 * 3
"""Three looks a day of about eight requests; the busiest hour has three times the mean."""


def strains(prices: Any) -> tuple[Strain, ...]:
    """Each quota beside what one charger adds to its worst moment."""
    allowed = prices["quotas"]

    def strain(quota: str, per_charger: float, note: str) -> Strain:
        return Strain(quota=quota, allowed=float(allowed[quota]), per_charger=per_charger, note=note)

    status_updates = 4 * EVENING_SHARE_PER_S
    return (
        strain("iot_subscriptions", FILTERS, f"{FILTERS} topic filters of each charger, all connected"),
        strain("iot_connections", 1, "one each, always on"),
        strain("iot_subscriptions_per_s", FILTERS / 1800, "all come back within half an hour of an outage"),
        strain("iot_connects_per_s", 1 / 1800, "all come back within half an hour of an outage"),
        strain("iot_shadow_requests_per_s", status_updates + 2 * EVENING_SHARE_PER_S, "plug-ins of the busiest hour"),
        strain(
            "iot_publish_in_per_s", 4 * (status_updates + 2 * EVENING_SHARE_PER_S), "a shadow update counts as four"
        ),
        strain("iot_publish_out_per_s", CHARGING_SHARE / 20, "limits, if all had load balancing: one in 20 s"),
        strain("lambda_url_requests_per_s", POSTS_PER_S, "readers, if all had one"),
        strain("lambda_concurrency", POSTS_PER_S * 0.1, "the same, 0.1 s each"),
        strain("api_gateway_requests_per_s", OPENED_PER_S, "phones in the busiest hour"),
        strain("cognito_refresh_per_s", 9 / 86_400, "each look begins with new tokens; three times the mean"),
        strain("dynamodb_table_write_units_per_s", CHARGING_SHARE / FAST_S, "loads of sites, if all had a reader"),
    )
