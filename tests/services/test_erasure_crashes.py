"""An erasure that is stopped anywhere, however often, or does not hear the answers, ends as if nothing had happened."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters import clock
from chalicelib.adapters.dynamo import accounts, chargers, erasures
from chalicelib.domain.erasures import SETTLED_AFTER
from chalicelib.domain.errors import NotFound
from chalicelib.services import erasure, erasure_steps
from tests import stored
from tests.crashes import Calls, Explored
from tests.lives import CUT_AT, Life

SERIALS = ("ZC-00000001", "ZC-00000002")
FAR = timedelta(days=1)


@pytest.fixture
def kari(people: Any, cognito: Any, monkeypatch: pytest.MonkeyPatch) -> Life:
    life = Life("+4793187652", SERIALS, "203.0.113.77", monkeypatch)
    monkeypatch.setattr("chalicelib.services.erasure.secrets.token_hex", lambda _: "one")
    return life


@pytest.fixture
def calls(kari: Life, monkeypatch: pytest.MonkeyPatch) -> Calls:
    del kari
    return Calls(monkeypatch)


def going(life: Life, what: str) -> Callable[[], None]:
    """What the person, the queue and the schedule do until all is done; the times are the same however often."""
    account_id, charger_id, began_at = life.account.account_id, life.night.charger_id, clock.real_now()

    def begin() -> None:
        found = accounts.find(account_id)
        if what == "account" and found is not None:
            erasure.delete_account(found, CUT_AT, began_at)
        if what == "charger":
            erasure.remove_charger(life.account, chargers.get(charger_id).charger_id, CUT_AT, began_at)

    def work() -> None:
        try:
            begin()
        except NotFound:  # it is begun already
            assert what == "charger"
        times = itertools.chain([began_at], itertools.repeat(began_at + SETTLED_AFTER, 50))
        for erasure_id in erasures.list_unfinished(began_at + FAR):
            while erasure_steps.go_on(erasure_id, next(times)) is not None:
                stored.show_all_messages()

    return work


def visible() -> dict[str, Any]:
    """Everything but the queue that drives erasures: a message in it says only that somebody shall look."""
    return {name: kept for name, kept in stored.the_store().items() if name != "ErasureQueue"}


@pytest.mark.parametrize("what", ["account", "charger"])
def test_stopped_anywhere_and_however_often_it_comes_to_the_same_end(kari: Life, calls: Calls, what: str) -> None:
    """From every state that a stop before or after any call can leave."""
    explored = Explored(calls, going(kari, what), visible)
    assert explored.silent == set()
    assert (len(explored.ends), len(explored.first_run) > 50, len(explored.seen) > 15) == (1, True, True)


@pytest.mark.parametrize("what", ["account", "charger"])
def test_with_every_answer_lost_once_it_comes_to_the_same_end(kari: Life, calls: Calls, what: str) -> None:
    """Each call is done, its answer does not arrive, and it is done again by the client of the service."""
    work, begin = going(kari, what), stored.snapshot()
    work()
    wanted = visible()
    begin()
    calls.to_lose = len(calls.names)
    work()
    assert (visible(), calls.to_lose) == (wanted, 0)
