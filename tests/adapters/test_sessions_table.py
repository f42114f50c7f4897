"""Sessions in the store: whatever the order in which beginning and end are told."""

from datetime import UTC, datetime

import pytest

from chalicelib.adapters.dynamo import sessions
from chalicelib.domain.calendar import HOUR
from chalicelib.domain.ids import ChargerId, Zone
from chalicelib.domain.sessions import NoSession, SessionGoal
from tests.energy_cloud import active_chargers

ONE = ChargerId("one")
NO5 = Zone("NO5")
EVENING = datetime(2026, 2, 10, 16, tzinfo=UTC)
MORNING = EVENING + 14 * HOUR


def test_an_end_that_is_told_before_the_beginning_ends_the_session(cloud: dict[str, str]) -> None:
    """A closed session is not opened again by a late message."""
    sessions.close_session(ONE, 1, MORNING)
    sessions.open_session(ONE, 1, EVENING, NO5)
    found = sessions.find(ONE, 1)
    assert found is not None
    assert (found.started_at, found.ended_at, active_chargers(NO5)) == (EVENING, MORNING, [])


def test_saying_it_again_changes_nothing(cloud: dict[str, str]) -> None:
    """Every message may come twice."""
    for _ in range(2):
        sessions.open_session(ONE, 1, EVENING, NO5)
    once = sessions.find(ONE, 1)
    assert (once, active_chargers(NO5)) == (sessions.find(ONE, 1), [ONE])
    for at in (MORNING, MORNING + HOUR):
        sessions.close_session(ONE, 1, at)
    twice = sessions.find(ONE, 1)
    assert twice is not None
    assert (twice.ended_at, active_chargers(NO5)) == (MORNING, [])


def test_a_session_that_has_ended_takes_no_goal(cloud: dict[str, str]) -> None:
    """The car is gone."""
    sessions.open_session(ONE, 1, EVENING, NO5)
    sessions.set_goal(ONE, 1, SessionGoal(energy_wh=9_000))
    sessions.close_session(ONE, 1, MORNING)
    with pytest.raises(NoSession):
        sessions.set_goal(ONE, 1, SessionGoal(energy_wh=1_000))
    found = sessions.find(ONE, 1)
    assert found is not None
    assert found.goal == SessionGoal(energy_wh=9_000)


def test_a_session_that_nobody_has_begun_is_none(cloud: dict[str, str]) -> None:
    """An end alone tells nothing to show."""
    sessions.close_session(ONE, 1, MORNING)
    assert (sessions.find(ONE, 1), sessions.list_latest(ONE, 10)) == (None, [])
