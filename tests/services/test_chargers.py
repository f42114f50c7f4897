"""The settings of a charger."""

import json
from datetime import UTC, datetime, time
from typing import Any

import boto3
import pytest

from chalicelib.adapters.dynamo import chargers
from chalicelib.domain.accounts import Account
from chalicelib.domain.chargers import Charger
from chalicelib.domain.errors import NotFound, PreconditionFailed
from chalicelib.domain.ids import ChargerId
from chalicelib.services.chargers import SettingsWish, change, get
from tests import infra
from tests.identity import People
from tests.made_chargers import MadeCharger

NOW = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)


@pytest.fixture
def kari(people: People) -> Account:
    return people.account("+4790000001")


@pytest.fixture
def made(cloud: dict[str, str]) -> MadeCharger:
    return MadeCharger()


@pytest.fixture
def charger(kari: Account, made: MadeCharger) -> Charger:
    return made.claim(kari)


def planning_requests(queue_url: str) -> list[Any]:
    found = boto3.client("sqs", region_name=infra.REGION).receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in found.get("Messages", [])]


def test_a_change_is_stored_told_to_the_charger_and_planned(
    kari: Account, made: MadeCharger, charger: Charger, cloud: dict[str, str]
) -> None:
    """The row, the config shadow and the planning queue all learn of it; the rest stays."""
    wish = SettingsWish(name="Garasje", circuit_fuse_a=16, ready_by=time(6, 30))
    changed = change(kari, charger.charger_id, wish, charger.version, NOW)
    assert (changed.name, changed.circuit_fuse_a, changed.ready_by) == ("Garasje", 16, time(6, 30))
    assert chargers.get(charger.charger_id) == changed
    assert made.config()["max_current_a"] == 16
    asked = {one["cause"]: one["charger_id"] for one in planning_requests(cloud["PLANNING_QUEUE_URL"])}
    assert asked["settings_changed"] == charger.charger_id


def test_two_changes_from_one_version_do_not_overwrite_each_other(kari: Account, charger: Charger) -> None:
    """Whoever changes what somebody else has changed in between is told to read again."""
    change(kari, charger.charger_id, SettingsWish(name="Garasje"), 1, NOW)
    for version in (1, 3):
        with pytest.raises(PreconditionFailed):
            change(kari, charger.charger_id, SettingsWish(name="Carport"), version, NOW)
    assert chargers.get(charger.charger_id).name == "Garasje"


def test_a_change_whose_answer_was_lost_can_be_repeated(kari: Account, charger: Charger) -> None:
    """The very same change from the same version succeeds again and counts once."""
    wish = SettingsWish(circuit_fuse_a=10)
    first = change(kari, charger.charger_id, wish, 1, NOW)
    assert change(kari, charger.charger_id, wish, 1, NOW) == first
    assert first.version == 2


def test_a_stranger_sees_no_charger(people: People, charger: Charger) -> None:
    """Reading and changing somebody else's charger look like an unknown id, and change nothing."""
    stranger = people.account("+4790000002")
    for charger_id in (charger.charger_id, ChargerId("charger_unknown")):
        with pytest.raises(NotFound):
            get(stranger, charger_id, NOW)
        with pytest.raises(NotFound):
            change(stranger, charger_id, SettingsWish(name="Mine"), 1, NOW)
    assert chargers.get(charger.charger_id) == charger
