"""`zmart charger SERIAL`: what support sees and does."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chalicelib.adapters import clock, iot
from chalicelib.domain.accounts import Account
from chalicelib.workers import command_results, presence, readings, status_reports
from cli import stage
from cli.__main__ import app
from tests import fleet_cloud as fleet
from tests.api_client import LambdaContext
from tests.energy_cloud import BERGEN, event, forwarded
from tests.identity import People
from tests.lives import live_on
from tests.made_chargers import MadeCharger

SERIAL = "ZC-00000001"
PHONE = "+4790000001"


def zmart(*arguments: str) -> tuple[int, str]:
    """Exit code and output."""
    done = CliRunner().invoke(app, ["charger", *arguments], env={"COLUMNS": "160"})
    return done.exit_code, done.output.strip()


def as_json(*arguments: str) -> Any:
    """What the command tells."""
    code, said = zmart(*arguments, "--json")
    assert code == 0, said
    return json.loads(said)


@pytest.fixture
def kari(people: People) -> Account:
    return people.account(PHONE)


@pytest.fixture
def lived(kari: Account) -> MadeCharger:
    """A charger with some history."""
    made = MadeCharger(SERIAL)
    made.claim(kari, position=BERGEN)
    handlers: list[tuple[Any, str]] = [
        (presence.handle, fleet.presence(SERIAL, "connected", 1)),
        (status_reports.handle, fleet.status(SERIAL, 1)),
        (
            status_reports.handle,
            fleet.status(SERIAL, 2, ts=fleet.PRESENT_S + 9, faults=["ground_fault"], reason="fault"),
        ),
        (readings.handle, fleet.reading(SERIAL)),
        (readings.handle, forwarded(SERIAL, b"{}")),
    ]
    for handle, body in handlers:
        assert handle(event(body), LambdaContext()) == {"batchItemFailures": []}
    return made


@pytest.mark.usefixtures("lived")
def test_show_tells_everything_support_needs_and_nothing_of_the_person(kari: Account) -> None:
    """As JSON and as a page; neither phone number nor account."""
    told = as_json(SERIAL, "show")
    assert (told["registry"], told["connection"]["is_connected"]) == ("claimed", True)
    assert (told["status"]["code"], told["faults"]) == ("fault", ["ground_fault"])
    assert (told["quarantined"], told["quarantine_reasons"]) == (1, ["wrong_type"])
    assert told["shadow_versions"] == {"config": 1, "charging": None, "status": None}
    assert [one["register_wh"] for one in told["readings"]] == [0]
    assert len(told["owner"]) == 32
    code, page = zmart(SERIAL, "show")
    assert code == 0
    assert "ground_fault" in page
    for said in (page, json.dumps(told)):
        assert not any(secret in said for secret in (PHONE, PHONE[3:], kari.account_id))


@pytest.mark.usefixtures("lived")
def test_history_is_the_states_in_order() -> None:
    """The newest first, with the fault."""
    told = as_json(SERIAL, "history")
    assert [(one["state"], one["reason"]) for one in told] == [("A", "fault"), ("online", ""), ("A", "no_car")]
    assert "ground_fault" in zmart(SERIAL, "history")[1]
    assert len(as_json(SERIAL, "history", "--count", "1")) == 1


@pytest.mark.usefixtures("lived")
def test_a_restart_is_shown_with_what_became_of_it() -> None:
    """Sent, then done."""
    sent = as_json(SERIAL, "restart")
    assert [one["state"] for one in as_json(SERIAL, "show")["commands"]] == ["sent"]
    body = fleet.result(SERIAL, sent["command_id"], "done")
    assert command_results.handle(event(body), LambdaContext()) == {"batchItemFailures": []}
    assert [one["state"] for one in as_json(SERIAL, "show")["commands"]] == ["done"]


@pytest.mark.usefixtures("lived")
def test_block_asks_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """And does it when it may."""
    monkeypatch.setattr(iot, "cut_connection", lambda _: False)
    assert zmart(SERIAL, "block")[0] == 1
    assert as_json(SERIAL, "show")["registry"] == "claimed"
    assert as_json(SERIAL, "block", "--yes") == {"serial": SERIAL, "registry": "blocked", "connection": "none"}
    assert as_json(SERIAL, "show")["registry"] == "blocked"
    assert zmart(SERIAL, "unblock")[0] == 0
    assert as_json(SERIAL, "show")["registry"] == "claimed"


def test_release_asks_first_and_leads_to_a_proof(lived: MadeCharger, kari: Account) -> None:
    """Nobody owns it afterwards; the proof is unknown until all is erased, and names nobody."""
    assert zmart(SERIAL, "release")[0] == 1
    told = as_json(SERIAL, "release", "--yes")
    assert (told["serial"], as_json(lived.serial, "show")["owner"]) == (SERIAL, None)
    assert zmart(SERIAL, "release", "--yes") == (1, "error: charger_not_owned: nobody owns this charger")
    proof = ["erase-proof", told["erasure_id"]]
    assert CliRunner().invoke(app, proof).exit_code == 1
    live_on(told["erasure_id"], clock.real_now())
    said = CliRunner().invoke(app, proof).output
    assert "charger erased" in said
    assert "NOT" not in said
    found = json.loads(CliRunner().invoke(app, [*proof, "--json"]).output)
    assert (found["kind"], found["counts"]["readings"]) == ("charger", 1)
    assert kari.account_id not in json.dumps(found)


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("command", ["show", "history", "restart", "unblock"])
def test_a_charger_that_was_never_made_is_refused_with_1(command: str) -> None:
    """By name."""
    code, said = zmart("ZC-NEVER-MADE", command)
    assert (code, said) == (1, "error: unit_unknown")


def test_what_is_no_serial_is_refused_with_2() -> None:
    """Before any cloud is asked."""
    code, said = zmart("nonsense", "show")
    assert (code, said.startswith("error: ")) == (2, True)


def test_a_laptop_that_runs_nothing_is_refused_with_2(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do about it."""
    monkeypatch.setattr(stage, "RUNS", tmp_path)
    code, said = zmart(SERIAL, "show", "--laptop")
    assert (code, "./dev up" in said) == (2, True)


@pytest.mark.usefixtures("lived")
def test_fleet_counts_every_charger_and_names_who_needs_somebody() -> None:
    """From the rows of the registry and of states, without a person in it; as JSON and as a page."""
    MadeCharger("ZC-00000002")
    done = CliRunner().invoke(app, ["fleet", "--json"])
    told = json.loads(done.stdout)
    assert (told["chargers"], told["registry"]) == (2, {"claimed": 1, "unclaimed": 1})
    assert (told["connection"], told["faults"]) == ({"online": 1}, {"ground_fault": 1})
    assert [(one["serial"], one["kind"]) for one in told["troubles"]] == [(SERIAL, "fault")]
    page = CliRunner().invoke(app, ["fleet"], env={"COLUMNS": "160"}).stdout
    assert "2 chargers" in page
    assert PHONE not in page


@pytest.mark.usefixtures("cloud")
def test_what_cannot_be_taken_back_is_asked_first() -> None:
    """Any other answer than y changes nothing."""
    for command in ("block", "release"):
        done = CliRunner().invoke(app, ["charger", SERIAL, command], input="n\n")
        assert (done.exit_code, "[y/N]" in done.output) == (1, True)


def test_without_a_stage_the_laptop_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing runs here: it says what to do, and ends with 2."""
    for name in [name for name in os.environ if name.endswith("_TABLE")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(stage, "RUNS", tmp_path)
    code, said = zmart(SERIAL, "show")
    assert code == 2
    assert "./dev up" in said
    assert "--stage" in said
