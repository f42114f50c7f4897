"""What people are told about a charger and the car at it: a new fault, a goal that will be missed, the end of charging.

Each of these looks at what is stored and may be called as often as one likes: the event's key tells the same from new.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.adapters.dynamo import grants, sessions
from chalicelib.domain import notifications
from chalicelib.domain.charger_states import ChargerOverview, ChargerState
from chalicelib.domain.chargers import Charger
from chalicelib.domain.grants import OWNER
from chalicelib.domain.ids import AccountId
from chalicelib.domain.notifications import KEPT, Event
from chalicelib.domain.plans import ChargingPlan
from chalicelib.domain.sessions import Session
from chalicelib.domain.status_changes import new_faults
from chalicelib.services.notifications import tell


def tell_new_faults(charger: Charger, before: ChargerState | None, state: ChargerState, now: datetime) -> None:
    """Tell of each fault that the report `state` brings; `before` is what was known without it.

    The owner hears of all of them, a guest of those that come while their own car is there.
    """
    faults = new_faults(before, state)
    user = state.unlocked_by if state.has_car else None
    concerned = _concerned(charger, user) if faults else ()
    for code in faults:
        event = notifications.fault(charger.charger_id, charger.name, state.plug_seq, code, state.reported_at)
        for account_id in concerned:
            tell(account_id, event, now)


def tell_if_missed(charger: Charger, session: Session, plan: ChargingPlan, zone: ZoneInfo, now: datetime) -> None:
    """Tell those concerned if the plan in force leaves something missing at ready_by, once each time it becomes so."""
    if plan.missing_wh == 0 or now >= plan.ready_by:
        return
    event = notifications.goal_missed(
        charger.charger_id,
        charger.name,
        plan.plug_seq,
        plan.miss_episode,
        missing_wh=plan.missing_wh,
        ready_by=plan.ready_by.astimezone(zone),
        done_at=None if plan.ready_at is None else plan.ready_at.astimezone(zone),
    )
    _tell_all(charger, session, event, now)


def tell_if_finished(charger: Charger, plug_seq: int, overview: ChargerOverview, now: datetime) -> None:
    """Tell those concerned once the car is full or has left, and all its energy is accounted for.

    The report that says so and the last reading come by two queues. Whoever handles either first writes what it has,
    then looks for the other's: so whoever is last finds both (ADR 0008). A session that took nothing is not told of.
    """
    state = overview.state
    if state is None or overview.derived_wh is None or overview.derived_wh < state.register_wh:
        return
    is_full = state.plug_seq == plug_seq and state.car_full
    if state.plug_seq == plug_seq and state.has_car and not is_full:
        return
    session = sessions.find(charger.charger_id, plug_seq)
    if session is None or session.energy is None or session.energy.energy_wh <= 0:
        return
    cost = session.energy.cost.settled
    event = notifications.finished(
        charger.charger_id,
        charger.name,
        plug_seq,
        is_full=is_full,
        energy_wh=session.energy.energy_wh,
        cost=None if cost is None else cost.shown(),
    )
    _tell_all(charger, session, event, now)


def _tell_all(charger: Charger, session: Session, event: Event, now: datetime) -> None:
    """Everybody whom the session concerns; nobody when it began so long ago that an inbox may have forgotten."""
    if session.started_at + KEPT > now:
        for account_id in _concerned(charger, session.user):
            tell(account_id, event, now, is_counted=account_id == charger.owner)


def _concerned(charger: Charger, user: str | None) -> tuple[AccountId, ...]:
    """The owner, and the guest whose session it is (`user` as of Session.user), also when their window is over."""
    if user is None or user == OWNER:
        return (charger.owner,)
    grant = next((one for one in grants.list_at(charger.charger_id) if one.grant_id == user), None)
    if grant is None or grant.guest is None or grant.is_guest_deleted:
        return (charger.owner,)
    return tuple(dict.fromkeys((charger.owner, grant.guest)))
