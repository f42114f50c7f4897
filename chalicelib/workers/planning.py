"""Requests for plans, from the queue that everybody who changes something fills."""

from typing import Any

import msgspec

from chalicelib.adapters import clock
from chalicelib.domain.plans import AT_ITS_SITE, PlanRequest
from chalicelib.services import charging_plans, site_changes
from chalicelib.workers.batch import process


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One batch of the queue."""
    return process(event, context, _plan, name="plan_charging")


def _plan(body: str) -> None:
    request = msgspec.json.decode(body, type=PlanRequest)
    now = clock.now()
    if request.cause in AT_ITS_SITE:
        site_changes.follow(request.charger_id, now)
    charging_plans.plan(request.charger_id, now, request.cause, request.cause_id or None)
