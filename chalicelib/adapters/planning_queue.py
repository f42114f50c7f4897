"""The queue of chargers that want a new plan."""

from chalicelib.adapters import queues
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.plans import PlanRequest
from chalicelib.settings import settings


def ask(charger_id: ChargerId, cause: str) -> None:
    """Have the charger planned anew, soon; asking twice does no harm. `cause` is for the log."""
    queues.send(settings().planning_queue_url, PlanRequest(charger_id=charger_id, cause=cause))
