"""A charger has reported its status: keep it, open and close sessions, ask for a plan."""

from datetime import datetime

from chalicelib.adapters import planning_queue
from chalicelib.adapters.dynamo import charger_states, chargers, sessions, sites, status_changes
from chalicelib.domain.charger_states import ChargerState
from chalicelib.domain.chargers import Charger, ChargingMode
from chalicelib.domain.ids import Serial
from chalicelib.domain.sessions import SessionChange, decide_change, is_newly_finished
from chalicelib.domain.status_changes import state_change
from chalicelib.observability import count
from chalicelib.services import guests, session_notices, strangers
from chalicelib.services.energy_ledger import reprice


def note(serial: Serial, state: ChargerState, now: datetime) -> None:
    """Take in a report at `now`; it may come twice and out of order.

    What it says of sessions is true whenever it comes. The state itself is kept only if it is the newest, and only the
    newest can want a plan, or tell of a guest whose right has ended: that session is stopped. A report of a unit that
    nobody owns is counted and forgotten; UnitUnknown for a stranger's.
    """
    charger = chargers.find_by_serial(serial)
    if charger is None:
        count("StatusOfUnclaimedCharger")
        return
    before = charger_states.read(charger.charger_id).state
    change = decide_change(before, state)
    session_notices.tell_new_faults(charger, before, state, now)  # first: once the report is kept they are not new
    strangers.tell_if_tried(charger, before, state, now)
    is_newest = charger_states.put_state(charger.charger_id, state)
    if not _is_same_session(before, state, change):
        _note_sessions(charger, change)
    if is_newest and state.has_car and state.car_full:
        _rest(charger, state, change)
    noted = state_change(before, state)
    if noted is not None:
        status_changes.put(charger.charger_id, noted)
    if is_newest:
        guests.stop_if_over(charger, state, now)
    _name_user(charger, before, state, change, now)
    if change.wants_plan and is_newest:
        cause_id = f"status:{charger.charger_id}:{state.version}"
        planning_queue.ask(charger.charger_id, f"status_{state.reason}", cause_id)
    if is_newly_finished(before, state):
        _ask_for_others(charger, state)
        session_notices.tell_if_finished(charger, state.plug_seq, charger_states.read(charger.charger_id), now)


def _ask_for_others(charger: Charger, state: ChargerState) -> None:
    """A car that is full or has left gives the site's others room."""
    if len(sites.get(charger.site_id).charger_ids) > 1:
        cause_id = f"room:{charger.charger_id}:{state.plug_seq}:{state.has_car}"
        planning_queue.ask(charger.charger_id, "room", cause_id)


def _rest(charger: Charger, state: ChargerState, change: SessionChange) -> None:
    """A full car wants no plan; what came meanwhile may say that it wants one again, so look once more."""
    sessions.rest(charger.charger_id, state.plug_seq)
    latest = charger_states.read(charger.charger_id).state
    if latest is not None and latest.plug_seq == state.plug_seq and not latest.car_full:
        _note_sessions(charger, change)


def _name_user(
    charger: Charger, before: ChargerState | None, state: ChargerState, change: SessionChange, now: datetime
) -> None:
    """Hours that were derived before it was known whose session it is learn it now; a repeat learns it again."""
    was_known = before is not None and before.version < state.version and before.plug_seq == state.plug_seq
    if change.user is None or change.opened is None or (was_known and before and before.unlocked_by == change.user):
        return
    session = sessions.find(charger.charger_id, change.opened)
    if session is not None:
        reprice(charger, session, now)


def _is_same_session(before: ChargerState | None, state: ChargerState, change: SessionChange) -> bool:
    """Whether an earlier report has said all of this of the session, which most do: currents change often.

    The one that came first says it, as often as it is delivered, for what is known by then is not before it.
    """
    if before is None or change.closed is not None or not before.has_car:
        return False
    said, says = ((one.plug_seq, one.unlocked_by, one.car_full) for one in (before, state))
    return before.version < state.version and said == says


def _note_sessions(charger: Charger, change: SessionChange) -> None:
    if change.closed is not None and change.closed_at is not None:
        sessions.close_session(charger.charger_id, change.closed, change.closed_at)
    if change.opened is not None and change.opened_at is not None:
        # A car that was there before the claim is a session of this owner from the claim on.
        opened_at, site = max(change.opened_at, charger.created_at), sites.get(charger.site_id)
        sessions.open_session(
            charger.charger_id, change.opened, opened_at, site.zone, site.site_id, site.history_months
        )
        if change.user is not None:
            sessions.note_user(charger.charger_id, change.opened, change.user)
        if charger.mode_at(change.opened) is ChargingMode.FULL:
            sessions.note_full(charger.charger_id, change.opened)
