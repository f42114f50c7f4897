"""Somebody without a right has tried to charge: a charger's report of it becomes one event for the owner."""

import msgspec

from chalicelib.domain.charger_states import ChargerState
from chalicelib.domain.chargers import Charger
from chalicelib.domain.ids import AccountId, ChargerId
from chalicelib.domain.strangers import new_attempt


class StrangerTried(msgspec.Struct, frozen=True, kw_only=True):
    """What the owner is to be told; `attempt` names the happening within its charger, so that it is told once."""

    owner: AccountId
    charger_id: ChargerId
    charger_name: str
    attempt: str
    reason: str


def event_of(charger: Charger, before: ChargerState | None, after: ChargerState) -> StrangerTried | None:
    """The event in the report `after`, None without a new one; the same again when the same report comes again."""
    tried = new_attempt(before, after)
    if tried is None:
        return None
    return StrangerTried(
        owner=charger.owner,
        charger_id=charger.charger_id,
        charger_name=charger.name,
        attempt=f"attempt_{tried.seq}",
        reason=tried.reason,
    )
