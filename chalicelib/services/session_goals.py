"""What the user wants of the session that is on: another energy, another time."""

from datetime import UTC, datetime, timedelta
from typing import Final

from chalicelib.adapters import planning_queue
from chalicelib.adapters.dynamo import charger_states, chargers, sessions
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import InvalidInput, NotAllowed
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.sessions import NoSession, SessionGoal
from chalicelib.services.access import require_at

LONGEST: Final = timedelta(hours=48)
"""How far ahead a goal may lie: as far as a charger follows a plan without the cloud."""


def set_goal(account: Account, charger_id: ChargerId, goal: SessionGoal, now: datetime) -> SessionGoal:
    """The goal of the present session, now `goal`.

    NoSession when no car is there, NotAllowed to a guest when somebody else has plugged it in.
    """
    charger = chargers.get(charger_id)
    grant = require_at(charger, account.account_id, Action.SET_SESSION_GOAL, now)
    if goal.ready_by is not None and not now < goal.ready_by <= now + LONGEST:
        raise InvalidInput("ready_by lies within the next 48 hours", field="ready_by")
    overview = charger_states.read(charger_id)
    if grant is not None and (overview.state is None or overview.state.unlocked_by != grant.grant_id):
        raise NotAllowed("guests set the goal of their own session only")
    plug_seq = overview.plug_seq
    if plug_seq is None:
        raise NoSession("there is no car")
    kept = SessionGoal(energy_wh=goal.energy_wh, ready_by=goal.ready_by and _whole_second(goal.ready_by))
    sessions.set_goal(charger_id, plug_seq, kept)
    planning_queue.ask(charger_id, "session_goal")
    return kept


def _whole_second(instant: datetime) -> datetime:
    """Chargers know no parts of a second."""
    return instant.astimezone(UTC).replace(microsecond=0)
