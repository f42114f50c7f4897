"""What a charger's report means for its sessions."""

from datetime import timedelta

import msgspec

from chalicelib.domain.charger_states import ChargerState, EvseState
from chalicelib.domain.sessions import SessionChange, decide_change
from tests.domain.test_status import NO_CAR, NOW, state

PLUGGED = NOW - timedelta(hours=1)
NEXT_CAR = state(plug_seq=2, reason="awaiting_plan", version=2)


def left(plug_seq: int) -> ChargerState:
    """The car of this session is gone."""
    return msgspec.structs.replace(NO_CAR, plug_seq=plug_seq, version=2)


def test_a_new_plug_in_opens_a_session_and_wants_a_plan() -> None:
    """The session begins when the cable went in, not when we heard of it."""
    assert decide_change(left(1), NEXT_CAR) == SessionChange(opened=2, opened_at=PLUGGED, wants_plan=True)


def test_the_first_report_of_all_may_be_in_the_middle_of_a_session() -> None:
    """A charger that is claimed with a car in it."""
    assert decide_change(None, state()) == SessionChange(opened=1, opened_at=PLUGGED, wants_plan=True)


def test_a_car_that_leaves_closes_its_session() -> None:
    """EVSE state A."""
    assert decide_change(state(), left(1)) == SessionChange(closed=1, closed_at=NOW)


def test_a_session_whose_end_was_never_heard_of_ends_when_the_next_begins() -> None:
    """The report of the plug-out was lost."""
    found = decide_change(state(), NEXT_CAR)
    assert (found.closed, found.closed_at, found.opened) == (1, PLUGGED, 2)


def test_a_report_that_is_overtaken_by_the_next_car_tells_of_a_session_that_is_over() -> None:
    """It is not taken for the present session, and it does not stay open for ever."""
    found = decide_change(NEXT_CAR, state())
    assert found == SessionChange(opened=1, opened_at=PLUGGED, closed=1, closed_at=PLUGGED)


def test_a_charger_that_never_had_a_car_has_no_session() -> None:
    """plug_seq 0 stands for no session."""
    assert decide_change(None, left(0)) == SessionChange()


def test_a_plan_that_ended_asks_for_the_next_one_once() -> None:
    """The first report of it asks; the next, with other news, does not."""
    ended = state(reason="plan_ended")
    asks = decide_change(state(reason="plan"), ended).wants_plan
    again = decide_change(ended, msgspec.structs.replace(ended, signal_dbm=-70)).wants_plan
    assert (asks, again) == (True, False)


def test_a_full_car_wants_no_plan() -> None:
    """It has what it needs."""
    assert not decide_change(state(reason="plan"), state(reason="plan_ended", car_full=True)).wants_plan


def test_a_car_in_the_middle_of_its_plan_wants_no_other() -> None:
    """The plan goes on."""
    drawing = state(evse_state=EvseState.CHARGING, reason="plan", drawn_a=(16, 16, 0))
    assert not decide_change(state(), drawing).wants_plan
