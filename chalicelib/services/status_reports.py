"""A charger has reported its status: keep it, open and close sessions, ask for a plan."""

from chalicelib.adapters import planning_queue
from chalicelib.adapters.dynamo import charger_states, chargers, sessions, sites, status_changes
from chalicelib.domain.charger_states import ChargerState
from chalicelib.domain.chargers import Charger, ChargingMode
from chalicelib.domain.ids import Serial
from chalicelib.domain.sessions import SessionChange, decide_change
from chalicelib.domain.status_changes import state_change
from chalicelib.observability import count


def note(serial: Serial, state: ChargerState) -> None:
    """Take in a report; it may come twice and out of order.

    What it says of sessions is true whenever it comes. The state itself is kept only if it is the newest, and only the
    newest can want a plan. A report of a unit that nobody owns is counted and forgotten; UnitUnknown for a stranger's.
    """
    charger = chargers.find_by_serial(serial)
    if charger is None:
        count("StatusOfUnclaimedCharger")
        return
    before = charger_states.read(charger.charger_id).state
    change = decide_change(before, state)
    is_newest = charger_states.put_state(charger.charger_id, state)
    _note_sessions(charger, change)
    noted = state_change(before, state)
    if noted is not None:
        status_changes.put(charger.charger_id, noted)
    if change.wants_plan and is_newest:
        planning_queue.ask(charger.charger_id, f"status_{state.reason}")


def _note_sessions(charger: Charger, change: SessionChange) -> None:
    if change.closed is not None and change.closed_at is not None:
        sessions.close_session(charger.charger_id, change.closed, change.closed_at)
    if change.opened is not None and change.opened_at is not None:
        site = sites.get(charger.site_id)
        sessions.open_session(charger.charger_id, change.opened, change.opened_at, site.zone, site.site_id)
        if charger.mode_at(change.opened) is ChargingMode.FULL:
            sessions.note_full(charger.charger_id, change.opened)
