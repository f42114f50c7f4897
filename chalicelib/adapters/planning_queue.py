"""The queue of chargers that want a new plan."""

import secrets

from chalicelib.adapters import queues
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.plans import PlanRequest
from chalicelib.settings import settings


def ask(charger_id: ChargerId, cause: str, cause_id: str | None = None) -> None:
    """Have the charger planned anew, soon; `cause` is for the log.

    What is asked twice with one `cause_id` is answered once; without one this call is an event of its own.
    """
    found = cause_id or f"{cause}:{secrets.token_hex(8)}"
    queues.send(settings().planning_queue_url, PlanRequest(charger_id=charger_id, cause=cause, cause_id=found))
