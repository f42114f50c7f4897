"""Deleting an account: access ends at once, everything goes, nobody else's does, and a proof remains."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.adapters import clock
from chalicelib.adapters.dynamo import accounts, chargers, commands
from chalicelib.adapters.dynamo.personal_data import HOLDINGS, By, Goes
from chalicelib.domain.claims import UnitState
from chalicelib.domain.commands import SentCommand
from chalicelib.domain.erasures import SETTLED_AFTER, ErasureUnknown, Proof
from chalicelib.domain.ids import ErasureId
from chalicelib.observability import log
from chalicelib.services import erasure, erasure_steps, own_data, sign_in, support
from chalicelib.workers import erasure as worker
from chalicelib.workers import sms
from tests.api_client import ApiClient, LambdaContext
from tests.energy_cloud import event
from tests.identity import Mint, People
from tests.lives import CUT_AT, Life, erase, found_in, live_on, spellings
from tests.stored import the_store

KARI, OLA = "+4793187652", "+4798765432"
SERIALS = ("ZC-00000001", "ZC-00000002")


@pytest.fixture
def kari(people: People, cognito: Any, monkeypatch: pytest.MonkeyPatch) -> Life:
    return Life(KARI, SERIALS, "203.0.113.77", monkeypatch)


@pytest.fixture
def ola(kari: Life, monkeypatch: pytest.MonkeyPatch) -> Life:
    return Life(OLA, ("ZC-00000003", "ZC-00000004"), "198.51.100.9", monkeypatch)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(log.handlers[0].formatter)
    log.addHandler(handler)
    yield written
    log.handlers.remove(handler)


def deliver_messages(life: Life) -> None:
    """The text messages that wait go out."""
    url = life.url("SmsQueue")
    while found := life.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in found:
            assert sms.handle(event(message["Body"]), LambdaContext()) == {"batchItemFailures": []}
            life.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_the_search_finds_every_spelling_of_a_word() -> None:
    """Planted in each encoding, at any place in a longer text."""
    for word in (KARI, "Øvre Fjellveien", "203.0.113.77"):
        for spelling in spellings(word):
            assert found_in({"here": b"xx" + spelling + b"yy"}, {word}) == {"here": [word]}


def test_a_life_leaves_something_in_every_store(kari: Life) -> None:
    """Otherwise the search below would show nothing."""
    found = found_in(the_store(), kari.marks)
    tables = {holding.model.logical_name for holding in HOLDINGS if holding.by in {By.ACCOUNT, By.NUMBER, By.CHARGER}}
    named = {name.removesuffix("Table").lower() for name in found}
    assert {name.replace("_", "") for name in tables} <= named
    assert {"SmsQueue", "SmsDeadLetters", "PlanningDeadLetters", "shadows of ZC-00000001", "attributes"} <= set(found)


def test_after_the_erasure_no_store_holds_anything_of_the_person(kari: Life, ola: Life, lines: io.StringIO) -> None:
    """In no table, queue, shadow, pool, bucket or log, in no spelling; and others' data is the same to the byte."""
    del ola
    deliver_messages(kari)
    before = the_store()
    erasure_id = erase(kari.account, CUT_AT, clock.real_now())
    after = the_store()
    assert found_in(after | {"log": lines.getvalue()}, kari.marks) == {}
    changed = {"FactoryTable", "ErasuresTable", "ErasureQueue", "shadows of ZC-00000001"}
    for place in set(before) - changed - {"users", "attributes", "refresh tokens"}:
        gone = [one for one in before[place] if one not in after[place]]
        assert [one for one in after[place] if one not in before[place]] == [], place
        assert [one for one in gone if not found_in({"": one}, {*kari.marks, *SERIALS[:1]})] == [], place
    units = [json.loads(row)["Attributes"] for row in after["FactoryTable"]]
    assert [row["serial"]["S"] for row in units if "owner" in row] == ["ZC-00000003"]
    assert len(after["users"]) == 1
    [row] = after["ErasuresTable"]
    assert erasure_id in row


def test_the_proof_says_how_much_was_erased_and_of_nobody(kari: Life) -> None:
    """Counts by table, begun and finished; a changed count shows in the digest."""
    stored = the_store()
    now = clock.real_now()
    proof = erasure.read_proof(erase(kari.account, CUT_AT, now))
    assert (proof.began_at, proof.finished_at - now >= SETTLED_AFTER) == (now, True)
    for holding in HOLDINGS:
        name = holding.model.logical_name
        if holding.by in {By.ACCOUNT, By.CHARGER} and holding.goes is not Goes.LAST and name != "charger_states":
            table = "".join(word.title() for word in name.split("_")) + "Table"
            assert proof.counts[name] == len(stored[table]), name
    assert (proof.counts["accounts"], proof.counts["challenges"], proof.counts["charger_states"]) == (1, 1, 1)
    forged = {**proof.counts, "readings": proof.counts["readings"] + 1}
    assert not Proof(**{name: getattr(proof, name) for name in proof.__struct_fields__} | {"counts": forged}).is_whole


def test_access_ends_with_the_request_that_deletes(api: ApiClient, kari: Life, mint: Mint) -> None:
    """The same token is refused at once, before any step was done; asking again for the deletion answers the same."""
    token = mint.token(kari.account.account_id)
    asked = api.delete("/v1/account", token=token)
    assert (asked.status, list(asked.body)) == (202, ["erasure_id"])
    for path in ("/v1/account", "/v1/home", f"/v1/chargers/{kari.night.charger_id}", "/v1/account/export"):
        assert api.get(path, token=token).status == 401
    assert api.delete("/v1/account", token=token) == asked
    assert api.post("/v1/auth/logout-everywhere", token=token).status == 401
    live_on(ErasureId(asked.body["erasure_id"]), clock.real_now())
    assert api.delete("/v1/account", token=token).status == 401


def test_an_account_can_be_deleted_before_the_terms_are_accepted(api: ApiClient, people: People) -> None:
    """Nobody must agree to anything to go."""
    person = people.sign_in(KARI, terms=None)
    assert api.delete("/v1/account", token=person.token).status == 202


def test_a_new_account_with_the_same_number_is_empty_and_stays(kari: Life) -> None:
    """Signed up while the old one is still being erased: another account, which the erasure does not touch."""
    now = clock.real_now()
    erasure_id = erasure.delete_account(kari.account, CUT_AT, now)
    later = now + timedelta(seconds=31)  # between two codes
    old, kari.account = kari.account, _sign_up_anew(kari, later)
    assert kari.account.account_id != old.account_id
    exported = own_data.export(kari.account, None, later).tables
    assert sorted(exported) == ["accounts", "challenges"]
    live_on(erasure_id, later)
    assert accounts.find(old.account_id) is None
    assert accounts.find(kari.account.account_id) == kari.account
    assert own_data.export(kari.account, None, later).tables == exported
    assert len(the_store()["users"]) == 1
    assert found_in(the_store(), {old.account_id, kari.night.charger_id}) == {}


def _sign_up_anew(life: Life, now: datetime) -> Any:
    sent = sign_in.request_code(life.phone, "no", life.source_ip, now)
    code = json.loads(life.messages("SmsQueue")[-1])["code"]
    done = sign_in.exchange_code(sent.challenge_id, code, "no", now)
    assert done.new_account
    stored = [json.loads(row)["Attributes"] for row in the_store()["AccountsTable"]]
    rows = [row for row in stored if "erasure_id" not in row]
    [found] = [row["account_id"]["S"] for row in rows if row["phone"]["S"] == life.phone]
    return accounts.find(found)


def test_a_charger_of_the_person_can_be_claimed_at_once(kari: Life, ola: Life) -> None:
    """By somebody else, while the erasure goes on; what they do from then on is theirs and stays."""
    now, serial = clock.real_now(), kari.night.claimed.serial
    erasure_id = erasure.delete_account(kari.account, CUT_AT, now)
    assert support.show(serial, CUT_AT).registry == UnitState.UNCLAIMED.value
    won = kari.night.made.claim(ola.account)
    assert (won.claim_epoch, won.access_epoch) == (1, 2)  # an invitation and the removal
    commands.put(SentCommand(serial=serial, command_id="9-z", op="restart", issued_at=CUT_AT, ttl_s=60))
    told, theirs = the_store()[f"shadows of {serial}"], own_data.export(ola.account, None, now).tables
    live_on(erasure_id, now)
    assert chargers.get(won.charger_id) == won
    assert the_store()[f"shadows of {serial}"] == told
    later = own_data.export(ola.account, None, now).tables
    of_serial = {"commands", "quarantine"}
    assert {name: rows for name, rows in later.items() if name not in of_serial} == {
        name: rows for name, rows in theirs.items() if name not in of_serial
    }
    assert {row["command_id"] for row in later["commands"] if row["serial"] == serial} == {"9-z"}
    assert [row for row in later["quarantine"] if row["thing"] == serial] == []
    assert found_in({"": told}, {kari.night.charger_id, *kari.plans}) == {}


def test_small_runs_come_to_the_same_end(kari: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """However little one invocation may do."""
    monkeypatch.setattr(erasure_steps, "ROWS_A_RUN", 2)
    erase(kari.account, CUT_AT, clock.real_now())
    assert found_in({name: kept for name, kept in the_store().items() if name != "SmsQueue"}, kari.marks) == {}


def test_an_erasure_that_was_left_lying_is_asked_for_again(kari: Life) -> None:
    """After 15 minutes, by the schedule; one that is finished is not."""
    now = clock.real_now()
    erasure_id = erasure.delete_account(kari.account, CUT_AT, now)
    kari.sqs.purge_queue(QueueUrl=kari.url("ErasureQueue"))
    worker.restart(now + timedelta(minutes=14))
    assert the_store()["ErasureQueue"] == []
    worker.restart(now + timedelta(minutes=16))
    assert [json.loads(body) for body in the_store()["ErasureQueue"]] == [{"erasure_id": erasure_id}]
    live_on(erasure_id, now)
    assert erasure.restart_overdue(now + timedelta(hours=1)) == 0


def test_the_queue_drives_an_erasure(kari: Life) -> None:
    """The worker does a run and asks for the next one, which waits until what was running has ended."""
    erasure_id = erasure.delete_account(kari.account, CUT_AT, clock.real_now())
    body = json.dumps({"erasure_id": erasure_id})
    assert worker.handle(event(body), LambdaContext()) == {"batchItemFailures": []}
    assert [json.loads(one) for one in the_store()["ErasureQueue"]][-1] == {"erasure_id": erasure_id}
    with pytest.raises(ErasureUnknown):
        erasure.read_proof(erasure_id)


@pytest.mark.usefixtures("cloud")
def test_a_proof_of_nothing_is_unknown() -> None:
    """By name."""
    with pytest.raises(ErasureUnknown):
        erasure.read_proof(ErasureId("erasure_x"))
    assert erasure_steps.go_on(ErasureId("erasure_x"), clock.real_now()) is None
