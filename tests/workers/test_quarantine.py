"""Whatever a device says: no worker fails, nobody else's rows change, what is no document is kept with its reason."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.adapters.dynamo import quarantine
from chalicelib.domain.chargers import Charger
from chalicelib.domain.ids import ChargerId
from chalicelib.workers import command_results, presence, readings, status_reports
from tests import fleet_cloud as fleet
from tests.api_client import LambdaContext
from tests.energy_cloud import BERGEN, event, forwarded
from tests.identity import People
from tests.made_chargers import MadeCharger

WORKERS = {
    "reading": (readings.handle, fleet.READING, ""),
    "status": (status_reports.handle, fleet.STATUS, ""),
    "result": (command_results.handle, {"id": "x", "outcome": "done", "ts": fleet.PRESENT_S}, "result"),
    "presence": (
        presence.handle,
        json.loads('{"eventType": "connected", "timestamp": 1, "versionNumber": 1}'),
        "presence",
    ),
    "last will": (presence.handle, {}, "lwt"),
}
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NUMBERS = st.integers() | st.floats(allow_nan=False) | st.integers(fleet.PRESENT_S - 10**6, fleet.PRESENT_S + 10**6)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture
def mine(people: People) -> Charger:
    """The charger that misbehaves."""
    return MadeCharger("ZC-00000001").claim(people.account("+4790000001"), position=BERGEN)


@pytest.fixture
def other(people: People) -> Charger:
    """Somebody else's, with a past."""
    claimed = MadeCharger("ZC-00000002").claim(people.account("+4790000002"), position=BERGEN)
    hear(status_reports.handle, fleet.status(claimed.serial))
    hear(readings.handle, fleet.reading(claimed.serial))
    hear(presence.handle, fleet.presence(claimed.serial, "connected", 1))
    return claimed


def hear(handle: Any, *bodies: str) -> None:
    """Hand messages to a worker; none may come again."""
    assert handle(event(*bodies), LambdaContext()) == {"batchItemFailures": []}


def rows_without(dynamodb: Any, mine: Charger) -> list[str]:
    """Every row of the store that is not of this charger."""
    marks = (mine.serial, mine.charger_id)
    found = fleet.everything(dynamodb, "QuarantineTable")
    return [row for rows in found.values() for row in rows if not any(mark in row for mark in marks)]


@pytest.fixture
def before(mine: Charger, other: Charger, dynamodb: Any) -> list[str]:
    """The rows of all others before anything bad is said."""
    return rows_without(dynamodb, mine)


def test_the_look_at_the_store_sees_what_another_charger_says(
    mine: Charger, other: Charger, before: list[str], dynamodb: Any
) -> None:
    """Otherwise the property below would show nothing."""
    hear(presence.handle, fleet.presence(other.serial, "disconnected", 1, 60))
    assert rows_without(dynamodb, mine) != before


@pytest.mark.parametrize("name", WORKERS)
@given(data=st.data())
@SLOW
def test_any_bytes_and_any_json_change_nothing_of_another_thing(
    name: str, data: st.DataObject, mine: Charger, before: list[str], dynamodb: Any
) -> None:
    """Noise, any JSON, and a good document with one field replaced; alone and twice in a batch."""
    handle, good, kind = WORKERS[name]
    field = st.sampled_from([*good, "thing"])
    spoiled = st.builds(lambda key, value: good | {key: value}, field, JSON)
    document = data.draw(JSON | spoiled)
    payload = data.draw(st.binary(max_size=300) | st.just(json.dumps(document).encode()))
    body = forwarded(mine.serial, payload, kind=kind)
    if name == "status":
        version = data.draw(st.integers(1, 1000))
        body = json.dumps({"thing": mine.serial, "version": version, "reported": document})
    hear(handle, body, body)
    assert rows_without(dynamodb, mine) == before


@pytest.mark.parametrize("name", WORKERS)
@given(body=st.text(max_size=200) | JSON.map(json.dumps))
@SLOW
def test_any_text_in_a_queue_is_acknowledged(name: str, body: str, cloud: dict[str, str]) -> None:
    """Even what no rule of ours would forward."""
    hear(WORKERS[name][0], body)


LATE = fleet.PRESENT_S + 301
CASES = {
    "too large": ("reading", b'{"x":"' + b"a" * 8192 + b'"}', "too_large"),
    "too deep": ("reading", b"[" * 100 + b"]" * 100, "too_deep"),
    "no JSON": ("result", b"\xff\xfe", "not_json"),
    "another type": ("presence", b'{"eventType":7}', "wrong_type"),
    "out of range": ("reading", json.dumps(fleet.READING | {"seq": -1}).encode(), "out_of_range"),
    "a reading of 1970": ("reading", json.dumps(fleet.READING | {"ts": 5}).encode(), "impossible_time"),
    "a reading of the future": ("reading", json.dumps(fleet.READING | {"ts": LATE}).encode(), "impossible_time"),
    "a status of the future": ("status", json.dumps(fleet.STATUS | {"ts": LATE}).encode(), "impossible_time"),
    "a car of the future": ("status", json.dumps(fleet.STATUS | {"plugged_at": LATE}).encode(), "impossible_time"),
    "a last will with words": ("last will", b"[1]", "wrong_type"),
}


@pytest.mark.parametrize(("name", "payload", "reason"), CASES.values(), ids=CASES)
def test_what_is_no_document_is_kept_with_its_reason(
    name: str, payload: bytes, reason: str, mine: Charger, capsys: pytest.CaptureFixture[str]
) -> None:
    """At most its first kilobyte; and it is counted, once for the alarm and once by its reason."""
    handle, _, kind = WORKERS[name]
    body = forwarded(mine.serial, payload, kind=kind)
    if name == "status":
        body = json.dumps({"thing": mine.serial, "version": 1, "reported": json.loads(payload)})
    capsys.readouterr()
    hear(handle, body, body)
    [kept] = quarantine.list_of(mine.serial)
    assert (kept.reason, kept.at) == (reason, fleet.PRESENT)
    assert len(kept.payload) <= 1024
    assert name == "status" or (kept.payload, kept.size_bytes) == (payload[:1024], len(payload))
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "MessageQuarantined" in line]
    assert [one.get("reason") for one in metrics if "MessageQuarantined" in one] == [None, reason, None, reason]


def test_a_serial_that_was_never_made_is_put_aside_under_no_name_of_its_own(cloud: dict[str, str]) -> None:
    """Whoever has a certificate of the account cannot fill the table with names."""
    hear(readings.handle, fleet.reading("ZC-NEVER-MADE"), fleet.reading("#"))
    assert quarantine.list_of("ZC-NEVER-MADE") == []
    assert {kept.reason for kept in quarantine.list_of("unknown")} == {"unknown_thing"}


def test_a_flood_replaces_its_own(mine: Charger) -> None:
    """At most a hundred rows a thing and day."""
    for start in range(0, 300, 10):
        hear(readings.handle, *(forwarded(mine.serial, f"noise {start + one}".encode()) for one in range(10)))
    assert 50 < len(quarantine.list_of(mine.serial)) <= 100


def test_a_charger_that_does_not_know_the_time_is_heard_all_the_same(mine: Charger) -> None:
    """Its clock shows 1970 and it says so: what it says is of now."""
    from chalicelib.adapters.dynamo import charger_states

    hear(status_reports.handle, fleet.status(mine.serial, reason="no_time", ts=17, plugged_at=3, evse_state="B"))
    state = charger_states.read(ChargerId(mine.charger_id)).state
    assert state is not None
    assert (state.reported_at, state.plugged_at) == (fleet.PRESENT, fleet.PRESENT)
    assert quarantine.list_of(mine.serial) == []
