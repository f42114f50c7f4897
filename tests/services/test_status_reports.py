"""What a report of a charger leads to, and what it costs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.adapters.dynamo import sessions
from chalicelib.domain.accounts import Account
from chalicelib.services import status_reports
from tests.energy_cloud import Night, a_night
from tests.identity import People

PLUG_IN = datetime(2026, 2, 10, 16, 0, tzinfo=UTC)


@pytest.fixture
def kari(people: People) -> Account:
    return people.account("+4790000001")


@pytest.fixture
def night(kari: Account, monkeypatch: pytest.MonkeyPatch) -> Night:
    night = a_night(kari, PLUG_IN, monkeypatch)
    night.plug_in(8000)
    return night


def opened(night: Night, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The sessions that are written from now on, one for each time."""
    written: list[Any] = []
    monkeypatch.setattr(sessions, "open_session", lambda *told: written.append(told))
    return written


def test_a_report_with_another_current_writes_nothing_of_the_session(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A charger that follows limits reports each current: only that the car is full is something new of the session."""
    written = opened(night, monkeypatch)
    night.run(night.now + timedelta(hours=10))
    assert len(written) == 1


def test_a_report_that_comes_again_says_again_whose_session_it_is(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first time may have ended before the session was written."""
    from chalicelib.adapters.dynamo import charger_states

    state = charger_states.read(night.charger_id).state
    assert state
    written = opened(night, monkeypatch)
    status_reports.note(night.claimed.serial, state, night.now)
    assert [plug_seq for _, plug_seq, *_ in written] == [state.plug_seq]
