"""Chargers come and go: what people see of it."""

from typing import Any

import pytest

from chalicelib.adapters import clock
from chalicelib.adapters.dynamo import charger_states, quarantine, status_changes
from chalicelib.domain.chargers import Charger
from chalicelib.services import charger_status, charging_plans
from chalicelib.workers import presence, status_reports
from tests import fleet_cloud as fleet
from tests.api_client import LambdaContext
from tests.energy_cloud import BERGEN, event
from tests.identity import People
from tests.made_chargers import MadeCharger


@pytest.fixture
def made(cloud: dict[str, str]) -> MadeCharger:
    return MadeCharger()


@pytest.fixture
def charger(made: MadeCharger, people: People) -> Charger:
    """A claimed charger that has reported."""
    claimed = made.claim(people.account(), position=BERGEN)
    hear(status_reports.handle, fleet.status(claimed.serial))
    return claimed


def hear(handle: Any, *bodies: str) -> None:
    """Hand messages to a worker; a failure fails the test."""
    assert handle(event(*bodies), LambdaContext()) == {"batchItemFailures": []}


def seen(charger: Charger) -> tuple[str, str, object]:
    """The status that people see."""
    found = charger_status.read(charger, fleet.PRESENT)
    return found.code, found.reason, found.until


def test_a_charger_that_is_gone_is_offline_until_it_is_back(charger: Charger) -> None:
    """With the reason, and no time at which that will change."""
    hear(presence.handle, fleet.presence(charger.serial, "connected", 1))
    assert seen(charger)[0] == "ready"
    hear(presence.handle, fleet.presence(charger.serial, "disconnected", 1, 60))
    assert seen(charger) == ("offline", "no_connection", None)
    hear(presence.handle, fleet.presence(charger.serial, "connected", 2, 90))
    assert seen(charger)[0] == "ready"


def test_a_loss_that_is_told_after_the_next_connect_does_not_count(charger: Charger) -> None:
    """The queue of departures holds it back for five seconds; the charger was back after two."""
    hear(
        presence.handle,
        fleet.presence(charger.serial, "connected", 1),
        fleet.presence(charger.serial, "connected", 2, 62),
        fleet.presence(charger.serial, "disconnected", 1, 60),
        fleet.last_will(charger.serial, 60),
    )
    assert seen(charger)[0] == "ready"


def test_a_last_will_makes_a_charger_offline(charger: Charger) -> None:
    """Also when the broker's own notice is late; that one, when it comes, changes nothing."""
    hear(presence.handle, fleet.presence(charger.serial, "connected", 1), fleet.last_will(charger.serial, 60))
    assert seen(charger)[:2] == ("offline", "no_connection")
    hear(presence.handle, fleet.presence(charger.serial, "disconnected", 1, 60))
    assert seen(charger)[:2] == ("offline", "no_connection")


def test_notices_that_come_twice_leave_one_line_each_in_the_history(charger: Charger) -> None:
    """The history of states has the connection too."""
    bodies = [fleet.presence(charger.serial, "connected", 1, 1), fleet.presence(charger.serial, "disconnected", 1, 60)]
    hear(presence.handle, *bodies, *bodies)
    told = [change.state for change in status_changes.list_latest(charger.charger_id, 10)]
    assert told == ["offline", "online", "A"]


def test_what_happened_before_the_claim_is_known_after_it(made: MadeCharger, people: People) -> None:
    """A charger connects before it has an owner; planning takes over what it was."""
    hear(
        presence.handle,
        fleet.presence(made.serial, "connected", 1),
        fleet.presence(made.serial, "disconnected", 1, 60),
    )
    claimed = made.claim(people.account(), position=BERGEN)
    hear(status_reports.handle, fleet.status(claimed.serial))
    charging_plans.plan(claimed.charger_id, clock.now(), "claimed")
    assert seen(claimed)[0] == "offline"


def test_a_loss_from_before_the_claim_that_is_told_after_it_does_not_count(made: MadeCharger, people: People) -> None:
    """Power off, power on, claim: the notices of the loss are held back for five seconds, and it was back long ago."""
    hear(
        presence.handle,
        fleet.presence(made.serial, "connected", 1),
        fleet.presence(made.serial, "connected", 2, 62),
    )
    claimed = made.claim(people.account(), position=BERGEN)
    hear(status_reports.handle, fleet.status(claimed.serial))
    hear(presence.handle, fleet.presence(made.serial, "disconnected", 1, 60), fleet.last_will(made.serial, 60))
    assert seen(claimed)[0] == "ready"


def test_a_client_that_is_no_charger_is_put_aside(cloud: dict[str, str]) -> None:
    """An operator's own MQTT client, for instance."""
    hear(presence.handle, fleet.presence("SOMEBODY-1", "connected", 1), fleet.presence("a-phone", "connected", 1))
    assert {kept.reason for kept in quarantine.list_of("unknown")} == {"unknown_thing"}
    assert charger_states.read(charger_states.of_unit("SOMEBODY-1")).connection is None  # type: ignore[arg-type]
