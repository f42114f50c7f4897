"""Rounds of planning, from the queue that new prices and new days fill."""

from typing import Any

import msgspec

from chalicelib.adapters import clock
from chalicelib.domain.plan_rounds import RoundMessage, SiteRound
from chalicelib.services import business_figures, charging_plans, plan_rounds
from chalicelib.workers.batch import process


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One batch of the queue."""
    return process(event, context, _work, name="plan_sites")


def begin_day() -> None:
    """The hourly schedule: wherever a local day has just begun, plans are made anew; and the chargers are counted."""
    plan_rounds.begin_day(clock.now())
    business_figures.note_chargers()


def _work(body: str) -> None:
    message = msgspec.json.decode(body, type=RoundMessage)
    if isinstance(message, SiteRound):
        charging_plans.plan_sites(message, clock.now())
    else:
        plan_rounds.go_on(message)
