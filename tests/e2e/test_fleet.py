"""Chargers that misbehave, over real connections with policies enforced: nobody else and nothing of ours is harmed."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from device_shadows import topics
from device_shadows.names import CONFIG, STATUS, Serial
from local import devices
from local.devices import MadeCharger
from local.places import ROOT
from local.system import SERIALS, Options, System
from simulator.answers import Position
from simulator.phone import Phone
from tests.build.test_device_policy import heard, published
from tests.e2e.conftest import NIGHT
from tests.e2e.mqtt import REFUSED, Client
from tests.e2e.running import SystemThread
from tests.e2e.waiting import messages_in, until
from tests.fleet_cloud import READING
from tests.fleet_cloud import STATUS as GOOD_STATUS

ROGUE, SPARE = Serial("ZC-ROGUE-001"), Serial("ZC-SPARE-001")
OTHER = SERIALS[0]
"""A simulated charger with an owner; it has no car and time stands still, so nothing about it should change."""
MESSAGES, WINDOW = 2000, 100
LONG_S = 120.0
"""For two thousand messages."""
QUEUES = ("ReadingQueue", "StatusQueue", "ResultQueue", "PresenceQueue", "DepartureQueue")


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """A system of its own: what happens here is nobody else's business."""
    with SystemThread(Options.on_free_ports(start=NIGHT, speed=0)) as running:
        running.run(_claim(running.system, OTHER))
        yield running.system


@pytest.fixture(scope="module")
def made(system: System) -> dict[Serial, MadeCharger]:
    """Two genuine chargers whose certificates are in bad hands."""
    folder = system.folder / "rogue"
    found = devices.make_chargers(system.emulator, system.aws, system.stack, folder, [ROGUE, SPARE])
    return {one.serial: one for one in found}


@pytest.fixture(scope="module")
def operator(system: System) -> dict[str, str]:
    """The environment of support's commands."""
    return devices.operator_environment(system.emulator, system.stack)


async def _claim(system: System, serial: Serial) -> None:
    [box] = [one for one in system.chargers if one.serial == serial]
    async with Phone.at(system.url) as phone:
        await phone.sign_in("+4790000077")
        await phone.accept_terms()
        await phone.claim(serial, box.fingerprint, position=Position(lat=60.39, lon=5.32))


def show(operator: dict[str, str], serial: str) -> Any:
    """What support sees."""
    return json.loads(devices.zmart(operator, "charger", serial, "show", "--json"))


def rows_of(system: System, *marks: str) -> list[str]:
    """Every row of the store that holds one of these words."""
    client = system.aws.client("dynamodb")
    rows = []
    for name in system.stack.logical_ids("AWS::DynamoDB::Table"):
        for page in client.get_paginator("scan").paginate(TableName=system.stack.resources[name]):
            rows += [json.dumps(row, sort_keys=True, default=str) for row in page["Items"]]
    return sorted(row for row in rows if any(mark in row for mark in marks))


def shadows_of(system: System, serial: str) -> list[Any]:
    """Its shadows, whole."""
    client = system.aws.client("iot-data")
    found = []
    for name in (CONFIG, STATUS):
        document = json.loads(client.get_thing_shadow(thingName=serial, shadowName=name)["payload"].read())
        found.append((document["version"], document["state"]))
    return found


def test_a_charger_may_use_every_topic_of_its_own(system: System, made: dict[Serial, MadeCharger]) -> None:
    """Otherwise the refusals below would show nothing."""
    with Client(made[SPARE], system.emulator.mqtt_port) as client:
        assert {client.subscribe(topic) for topic in heard(SPARE)} == {1}
        assert all(client.publish(topic) < REFUSED for topic in published(SPARE))


def test_a_charger_can_touch_no_topic_of_another(system: System, made: dict[Serial, MadeCharger]) -> None:
    """Of every topic of the contract: it may neither publish to it nor subscribe to it, and hears nothing of it."""
    with Client(made[ROGUE], system.emulator.mqtt_port) as client:
        client.subscribe(topics.do(ROGUE))
        jobs = [topics.jobs_start_next(OTHER), *topics.jobs_answers(OTHER), topics.job_update(OTHER, "j")]
        more = [*jobs, *topics.job_answers(OTHER, "j"), topics.meter(OTHER), topics.meter(OTHER, "list2")]
        wild = ["#", "+/+/do", f"$aws/things/{OTHER}/shadow/#", "$aws/events/#"]
        every = list(dict.fromkeys([*published(OTHER), *heard(OTHER), *more, *wild]))
        assert {topic: code for topic in every if (code := client.subscribe(topic)) < REFUSED} == {}
        named = [topic for topic in every if not {"#", "+"} & set(topic)]
        assert {topic: code for topic in named if (code := client.publish(topic)) < REFUSED} == {}
        publish = system.aws.client("iot-data").publish
        publish(topic=topics.do(OTHER), qos=1, payload=b"theirs")
        publish(topic=topics.do(ROGUE), qos=1, payload=b"ours")
        assert until(lambda: client.heard, bool) == [(topics.do(ROGUE), b"ours")]


def test_a_certificate_speaks_for_its_own_thing_only(system: System, made: dict[Serial, MadeCharger]) -> None:
    """Under another charger's name it is not let in."""
    client = Client(made[ROGUE], system.emulator.mqtt_port, client_id=OTHER)
    assert not client.connect()
    client.stop()


def test_support_sees_who_is_connected(
    system: System, made: dict[Serial, MadeCharger], operator: dict[str, str]
) -> None:
    """Online at once; offline after five seconds."""

    def is_online() -> bool | None:
        connection = show(operator, ROGUE)["connection"]
        return None if connection is None else bool(connection["is_connected"])

    with Client(made[ROGUE], system.emulator.mqtt_port):
        assert until(is_online, lambda online: online is True)
    assert until(is_online, lambda online: online is False) is False


def noise(chance: random.Random) -> bytes:
    """Bytes, JSON of any kind, or a good document with something wrong in it."""
    values: list[Any] = [None, -1, 0.5, 10**400, "", "x" * 9000, [], {}, [[[[[[[1]]]]]]], True, "2026", 2**60, 5]
    good = chance.choice([READING, GOOD_STATUS, {"id": "a", "outcome": "done", "ts": 1}])
    spoiled = good | {chance.choice([*good, "thing"]): chance.choice(values)}
    kinds: list[Callable[[], bytes]] = [
        lambda: chance.randbytes(chance.randrange(200)),
        lambda: json.dumps(chance.choice(values)).encode(),
        lambda: json.dumps(spoiled).encode(),
        lambda: json.dumps(spoiled).encode()[: chance.randrange(1, 60)],
    ]
    return chance.choice(kinds)()


def test_two_thousand_bad_messages_harm_nobody(
    system: System, made: dict[Serial, MadeCharger], operator: dict[str, str]
) -> None:
    """Another charger is the same to the byte, no queue holds anything, each kind of badness is kept with a reason."""
    before = rows_of(system, OTHER, show(operator, OTHER)["charger_id"]), shadows_of(system, OTHER)
    chance = random.Random(2026)  # noqa: S311 - chance that can be repeated
    mine = [topics.reading(ROGUE), topics.result(ROGUE), topics.last_will(ROGUE), topics.shadow_update(ROGUE, STATUS)]
    sent = []
    for number in range(MESSAGES):
        topic, payload = mine[number % len(mine)], noise(chance)
        if topic.endswith("update"):
            payload = b'{"state":{"reported":%b}}' % payload
        sent.append((topic, payload))
    with Client(made[ROGUE], system.emulator.mqtt_port) as client:
        for start in range(0, MESSAGES, WINDOW):
            window = sent[start : start + WINDOW]
            for answer in [client.send(*one) for one in window]:
                answer.result(60)
        good = json.dumps(GOOD_STATUS | {"firmware": "after-the-storm"}).encode()
        client.publish(topics.shadow_update(ROGUE, STATUS), b'{"state":{"reported":%b}}' % good)
    assert until(lambda: messages_in(system, *QUEUES), lambda count: count == 0, LONG_S) == 0
    dead = system.aws.client("sqs").get_queue_attributes(
        QueueUrl=system.stack.resources["IngestDeadLetters"], AttributeNames=["All"]
    )["Attributes"]
    assert dead["ApproximateNumberOfMessages"] == "0"
    found = show(operator, ROGUE)
    assert 50 < found["quarantined"] <= 100
    wanted = {"too_large", "too_deep", "not_json", "wrong_type", "out_of_range"}
    assert wanted <= set(found["quarantine_reasons"])
    assert (rows_of(system, OTHER, show(operator, OTHER)["charger_id"]), shadows_of(system, OTHER)) == before


def test_after_the_storm_the_cloud_works(system: System, operator: dict[str, str]) -> None:
    """The other charger restarts when it is told to, answers, and is connected again."""
    assert json.loads(devices.zmart(operator, "charger", OTHER, "restart", "--json"))["state"] == "sent"

    def outcome() -> str:
        return str(show(operator, OTHER)["commands"][0]["state"])

    assert until(outcome, lambda state: state != "sent") == "done"
    assert until(lambda: show(operator, OTHER)["connection"]["is_connected"], bool)


def test_support_finds_the_system_on_this_machine(system: System, tmp_path: Path) -> None:
    """`--laptop` needs nothing but the run's folder."""
    (tmp_path / system.folder.name).symlink_to(system.folder)
    choose = f"import pathlib, cli.stage; cli.stage.RUNS = pathlib.Path({str(tmp_path)!r})"
    call = f"import cli.__main__ as door; door.app(['charger', {str(OTHER)!r}, 'show', '--laptop', '--json'])"
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = [sys.executable, "-c", f"{choose}\n{call}"]
    done = subprocess.run(command, env=own, cwd=ROOT, capture_output=True, check=True)
    assert json.loads(done.stdout)["serial"] == OTHER


def test_a_renewed_certificate_takes_over_when_it_is_used(
    system: System, made: dict[Serial, MadeCharger], operator: dict[str, str]
) -> None:
    """Until then the old one works; afterwards it is refused for ever."""
    spare, port = made[SPARE], system.emulator.mqtt_port
    key = serialization.load_pem_private_key(spare.key_file.read_bytes(), None)
    batch = spare.key_file.parent / "renewals.json"
    batch.write_text(json.dumps([{"serial": SPARE, "csr_pem": devices.signing_request(SPARE, key)}]))  # type: ignore[arg-type]
    devices.zmart(operator, "factory", "renew", str(batch))
    with Client(spare, port):
        pass
    with Client(spare, port, certificate=str(batch.parent / f"{SPARE}.renewed.pem")):
        assert until(lambda: show(operator, SPARE), lambda told: not told["next_certificate_id"])["certificate_id"]
    old = Client(spare, port)
    assert not old.connect()
    old.stop()


def test_a_blocked_charger_is_refused_when_it_comes_back(
    system: System, made: dict[Serial, MadeCharger], operator: dict[str, str]
) -> None:
    """The emulator has no call that cuts a connection (tests/adapters/test_iot.py looks at it); the next one fails."""
    devices.zmart(operator, "charger", ROGUE, "block", "--yes")
    client = Client(made[ROGUE], system.emulator.mqtt_port)
    assert not client.connect()
    client.stop()
    assert show(operator, ROGUE)["registry"] == "blocked"
    devices.zmart(operator, "charger", ROGUE, "unblock")
    with Client(made[ROGUE], system.emulator.mqtt_port):
        pass
