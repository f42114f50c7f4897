"""Somebody without a right has tried to charge: a charger's report of it becomes one event for the owner."""

from datetime import datetime

from chalicelib.domain.charger_states import ChargerState
from chalicelib.domain.chargers import Charger
from chalicelib.domain.notifications import stranger_tried
from chalicelib.domain.strangers import new_attempt
from chalicelib.observability import count
from chalicelib.services.notifications import tell


def tell_if_tried(charger: Charger, before: ChargerState | None, after: ChargerState, now: datetime) -> None:
    """Tell the owner of a new attempt in the report `after`; the same report again tells nothing new."""
    tried = new_attempt(before, after)
    if tried is None:
        return
    count("StrangerTried")
    tell(charger.owner, stranger_tried(charger.charger_id, charger.name, f"attempt_{tried.seq}"), now)
