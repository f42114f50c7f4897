"""Metrics that answer what the business asks: counted once for each event, with few dimensions."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.adapters.notification_queue import Told
from chalicelib.domain import notifications
from chalicelib.domain.accounts import Account
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.money import ShownMoney
from chalicelib.domain.notifications import Event
from chalicelib.services import push
from chalicelib.workers import site_planning
from tests.energy_cloud import a_night
from tests.identity import People
from tests.services.test_charging_orders import PLUG_IN

NOW = datetime(2026, 2, 11, 6, 0, tzinfo=UTC)
CHARGER = ChargerId("charger_1")


@pytest.fixture
def kari(people: People) -> Account:
    return people.account("+4790000001")


def figures(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, float, dict[str, str]]]:
    """What was measured since the last look: name, value, dimensions other than the service."""
    found = []
    for line in capsys.readouterr().out.splitlines():
        told: dict[str, Any] = json.loads(line)
        if "_aws" in told:
            [[*dimensions]] = told["_aws"]["CloudWatchMetrics"][0]["Dimensions"]
            [metric] = told["_aws"]["CloudWatchMetrics"][0]["Metrics"]
            more = {name: told[name] for name in dimensions if name != "service"}
            found.append((metric["Name"], told[metric["Name"]][0], more))
    return found


def deliver(account: Account, event: Event) -> None:
    push.deliver(Told(account_id=account.account_id, event=event, told_at=NOW), NOW, NOW)


def test_a_session_is_counted_once_with_its_energy_and_cost(kari: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """However often its message comes: full or not, Wh, and money by currency."""
    cost = ShownMoney(amount="12.34", currency="NOK")
    event = notifications.finished(CHARGER, "Garasje", 7, is_full=True, energy_wh=9000, cost=cost)
    for _ in range(2):
        deliver(kari, event)
    assert figures(capsys) == [
        ("SessionFinished", 1, {"reason": "full"}),
        ("SessionEnergyWh", 9000, {}),
        ("SessionCost", 12.34, {"currency": "NOK"}),
    ]


def test_a_car_that_will_not_be_full_in_time_is_counted(kari: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """Once for each time that it becomes so."""
    for episode in (1, 1, 2):
        deliver(
            kari,
            notifications.goal_missed(CHARGER, "Garasje", 7, episode, missing_wh=500, ready_by=NOW, done_at=None),
        )
    assert figures(capsys) == [("GoalMissed", 1, {}), ("GoalMissed", 1, {})]


def test_a_car_that_left_before_it_was_full_is_told_apart(kari: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a known cost nothing is said of money."""
    deliver(kari, notifications.finished(CHARGER, "Garasje", 8, is_full=False, energy_wh=10, cost=None))
    assert figures(capsys) == [("SessionFinished", 1, {"reason": "left_before_full"}), ("SessionEnergyWh", 10, {})]


def test_chargers_are_counted_each_hour_so_that_money_can_be_told_for_each(
    kari: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the store's own count, whatever the fleet's size."""
    a_night(kari, PLUG_IN, monkeypatch)
    capsys.readouterr()
    site_planning.begin_day()
    assert ("Chargers", 1, {}) in figures(capsys)
