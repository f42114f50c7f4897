"""Ingest that is stopped anywhere, however often, or does not hear answers, loses nothing and counts nothing twice."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.adapters.dynamo import hours
from chalicelib.domain.calendar import HOUR, Stretch
from chalicelib.services import price_book
from chalicelib.workers import readings
from tests import stored
from tests.api_client import LambdaContext
from tests.crashes import Calls, Explored
from tests.energy_cloud import Night, a_night, event
from tests.identity import People

PLUG_IN = datetime(2026, 2, 10, 16, 0, tzinfo=UTC)


@pytest.fixture
def night(people: People, monkeypatch: pytest.MonkeyPatch) -> Night:
    """A charger that was offline from plug-in until the car was full: all its readings come together."""
    night = a_night(people.account("+4790000001"), PLUG_IN, monkeypatch)
    night.plug_in(3000)
    night.is_online = False
    night.run(PLUG_IN + timedelta(hours=14))
    night.unplug()
    return night


def going(night: Night) -> Callable[[], None]:
    batches = night.reading_messages()

    def work() -> None:
        price_book.forget()  # a process that begins again remembers nothing
        for first in range(0, len(batches), 4):
            assert readings.handle(event(*batches[first : first + 4]), LambdaContext()) == {"batchItemFailures": []}

    return work


def visible() -> dict[str, Any]:
    """What is stored; a version only counts tries, and a message in a queue says only that somebody shall look."""
    return {name: kept for name, kept in stored.the_store().items() if "Queue" not in name and name != "LedgersTable"}


def energy_wh(night: Night) -> int:
    whole = Stretch(PLUG_IN - 24 * HOUR, PLUG_IN + 48 * HOUR)
    return sum(hour.energy_wh for hour in hours.list_in(night.charger_id, whole))


def test_stopped_anywhere_and_however_often_it_comes_to_the_same_history(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From every state that a stop before or after any call can leave."""
    explored = Explored(Calls(monkeypatch), going(night), visible)
    assert explored.silent == set()
    assert (len(explored.ends), len(explored.seen) > 3) == (1, True)
    assert energy_wh(night) == night.box.register_wh == 3000


def test_with_every_answer_lost_once_it_comes_to_the_same_history(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call is done, its answer does not arrive, and it is done again by the client of the service."""
    calls, work, begin = Calls(monkeypatch), going(night), stored.snapshot()
    work()
    wanted = visible()
    begin()
    calls.to_lose = len(calls.names)
    work()
    assert visible() == wanted
    assert energy_wh(night) == 3000
