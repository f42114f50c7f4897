"""One-shot commands: what is sent, and what becomes of them."""

import json
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from moto.iotdata.models import iotdata_backends

from chalicelib.adapters import device_commands
from chalicelib.adapters.dynamo import commands as table
from chalicelib.domain.claims import UnitUnknown
from chalicelib.domain.commands import SentCommand
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.ids import Serial
from chalicelib.services import commands
from chalicelib.workers import command_results
from tests import fleet_cloud as fleet
from tests import infra
from tests.api_client import LambdaContext
from tests.energy_cloud import event
from tests.made_chargers import MadeCharger

NOW = fleet.PRESENT
SERIAL = Serial("ZC-00000001")


@pytest.fixture
def sent(cloud: dict[str, str]) -> SentCommand:
    """A restart, on its way."""
    MadeCharger(SERIAL)
    return commands.send(SERIAL, "restart", NOW)


def hear(*bodies: str) -> None:
    """The worker gets these answers; a failure fails the test."""
    assert command_results.handle(event(*bodies), LambdaContext()) == {"batchItemFailures": []}


def answer(sent: SentCommand, outcome: str, reason: str | None = None) -> str:
    """The charger's answer."""
    return fleet.result(SERIAL, sent.command_id, outcome, reason)


def told(after: timedelta = timedelta()) -> tuple[str, str]:
    """State and reason of the one command, so long after it was sent."""
    [command] = commands.list_latest(SERIAL, NOW + after)
    return command.state, command.reason


def test_a_command_goes_to_the_charger_s_own_topic(sent: SentCommand) -> None:
    """With id, time and life, as the contract says."""
    [backend] = [one[infra.REGION] for one in iotdata_backends.values()]
    [(topic, payload)] = backend.published_payloads
    assert topic == f"cmd/{SERIAL}/do"
    wanted = {"id": sent.command_id, "op": "restart", "issued_at": fleet.PRESENT_S, "ttl_s": 60}
    assert json.loads(payload) == wanted
    assert told() == ("sent", "")


@pytest.mark.parametrize(
    ("outcome", "reason", "state"),
    [
        ("done", None, ("done", "")),
        ("refused", "unknown_operation", ("refused", "unknown_operation")),
        ("failed", "fault_persists", ("failed", "fault_persists")),
        ("expired", None, ("expired", "")),
        ("duplicate", "done", ("done", "")),
        ("duplicate", "begun", ("sent", "")),
        ("something_new", None, ("sent", "")),
    ],
)
def test_the_answer_settles_a_command(sent: SentCommand, outcome: str, reason: str | None, state: object) -> None:
    """A duplicate tells the outcome of the first answer, which may have been lost."""
    hear(answer(sent, outcome, reason))
    assert told() == state


def test_answers_that_come_again_in_any_order_change_nothing(sent: SentCommand) -> None:
    """A redelivered command is answered as duplicate, and queues repeat."""
    answers = [answer(sent, "done"), answer(sent, "duplicate", "done"), answer(sent, "duplicate", "begun")]
    for order in permutations(answers):
        hear(*order, *order)
    assert told() == ("done", "")


def test_a_command_that_nobody_answers_has_expired(sent: SentCommand) -> None:
    """A minute to begin, two to answer; an answer that comes later still counts."""
    assert told(timedelta(seconds=179)) == ("sent", "")
    assert told(timedelta(seconds=180)) == ("expired", "no_answer")
    hear(answer(sent, "done"))
    assert told(timedelta(days=1)) == ("done", "")


def test_an_answer_to_nothing_leaves_no_row(sent: SentCommand) -> None:
    """Nor does the answer of another charger settle this one's command."""
    MadeCharger("ZC-00000002")
    hear(fleet.result(SERIAL, "made-up", "done"), fleet.result("ZC-00000002", sent.command_id, "done"))
    assert (told(), table.list_latest(Serial("ZC-00000002"), 10)) == (("sent", ""), [])


def test_a_command_that_could_not_be_sent_is_kept_as_failed(
    cloud: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Support sees that it tried."""
    MadeCharger(SERIAL)

    def down(_: Any) -> None:
        raise DependencyDown("no answer")

    monkeypatch.setattr(device_commands, "publish", down)
    with pytest.raises(DependencyDown):
        commands.send(SERIAL, "restart", NOW)
    assert told() == ("failed", "not_sent")


def test_a_serial_that_was_never_made_gets_no_commands(cloud: dict[str, str]) -> None:
    """And no row."""
    with pytest.raises(UnitUnknown):
        commands.send(SERIAL, "restart", NOW)
    assert table.list_latest(SERIAL, 10) == []
