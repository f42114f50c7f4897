"""A scenario with real connections: chargers, readers and firmware, on a clock that runs fast."""

import asyncio
import contextlib
import hashlib
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from device_shadows import meter, topics
from device_shadows.firmware import FirmwareJob
from device_shadows.meter import MeterSettings
from device_shadows.names import Serial
from simulator.ams_meter import AmsMeter
from simulator.clock import Clock
from simulator.firmware_key import sign
from simulator.house import read_house
from simulator.powu import HttpsReader
from simulator.powu_links import live_by_https
from simulator.runner import Place, Running
from simulator.scenario import Scenario
from tests.simulator.broker import Broker, make_certificates
from tests.simulator.nights import at
from tests.simulator.test_firmware import IMAGE

FAST = 60.0
SERIALS = ("ZC-000001", "ZC-000002", "ZC-000003")


def a_clock() -> Clock:
    return Clock(at(-6), FAST, time.time())


def a_scenario(**facts: object) -> Scenario:
    return msgspec.convert({"about": "x"} | facts, Scenario)


def run(
    folder: Path,
    scenario: Scenario,
    story: Callable[[Broker, Running], Awaitable[None]],
    broker: Callable[[], Broker] = Broker,
) -> None:
    """The scenario runs until the story is over."""
    tls = make_certificates(folder, *SERIALS, "POWU-0001")

    async def play() -> None:
        async with broker().serving(tls) as listening:
            running = Running(
                scenario, a_clock(), Place(host="localhost", port=listening.port, folder=folder, images=folder)
            )
            life = asyncio.create_task(running.run())
            try:
                await story(listening, running)
            finally:
                life.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await life

    asyncio.run(play())


def test_a_scenario_lives_and_ends(tmp_path: Path) -> None:
    """Three chargers connect, get their cars, tell of them, and say goodbye."""
    group = {"serial": "ZC-{:06d}", "count": 3, "cars": [{"at_s": 30, "spread_s": 10, "leaves_at_s": 60}]}

    async def story(broker: Broker, running: Running) -> None:
        for serial in SERIALS:
            readings = await broker.wait_for_count(2, "publish", topics.reading(Serial(serial)))
            assert [json.loads(one.payload)["kind"] for one in readings] == ["session_start", "session_end"]
        await broker.wait_for_count(3, "disconnect")
        assert running.summary() | {"connected": 0} == {
            "chargers": 3,
            "connected": 0,
            "charging": 0,
            "faulty": 0,
            "register_wh": 0,
            "unsent_readings": 0,
        }

    run(tmp_path, a_scenario(lasts_s=240, chargers=[group]), story)


def test_readings_of_an_hour_without_network_arrive_after_it(tmp_path: Path) -> None:
    """The car came and left while nobody could hear."""
    group = {
        "serial": "ZC-000001",
        "cars": [{"at_s": 100, "leaves_at_s": 160}],
        "mishaps": [{"kind": "link_loss", "at_s": 60, "for_s": 150}],
    }

    async def story(broker: Broker, running: Running) -> None:
        await broker.wait_for_count(2, "connect")
        readings = await broker.wait_for_count(2, "publish", topics.reading(Serial("ZC-000001")))
        assert {one.connection for one in readings} == {2}
        assert [json.loads(one.payload)["kind"] for one in readings] == ["session_start", "session_end"]
        await broker.wait_for(lambda: not running.devices[0].charger.outbox)

    run(tmp_path, a_scenario(chargers=[group]), story)


@pytest.mark.parametrize(
    ("way", "expected"),
    [("json0", {"mt/POWU-0001"}), ("json5", {"mt/POWU-0001/list1", "mt/POWU-0001/list2"})],
)
def test_a_reader_publishes_by_mqtt_and_is_silent_when_the_meter_is_dead(
    tmp_path: Path, way: str, expected: set[str]
) -> None:
    """MQTT 3.1.1, QoS 0, with online and a last will; nothing from second 60 on."""
    reader = {"serial": "POWU-0001", "way": way, "silences": [{"at_s": 60, "for_s": 10_000}]}

    async def story(broker: Broker, running: Running) -> None:
        connects = await broker.wait_for_count(2, "connect")
        assert ("POWU-0001", 4, "mt/POWU-0001/status") in [(c.client_id, c.version, c.will_topic) for c in connects]
        await broker.wait_for_count(1, "publish", topics.reading(Serial("ZC-000001")))
        meters = [event for event in broker.seen("publish") if event.topic.startswith("mt/")]
        published = [event for event in meters if not event.topic.endswith("status")]
        assert {event.topic for event in published} - {"mt/POWU-0001/list3"} == expected
        assert [event.payload for event in broker.seen("publish", "mt/POWU-0001/status")] == [b"online"]
        last = max(meter.parse_json(event.payload).ts or 0 for event in published)
        assert last < running.start.timestamp() + 60

    # the car of a charger beside it comes at second 110: by then the reader has been silent for a while
    beside = {"serial": "ZC-000001", "cars": [{"at_s": 110}]}
    run(tmp_path, a_scenario(reader=reader, chargers=[beside]), story)


def test_a_reader_posts_by_https_in_the_rhythm_of_the_answer() -> None:
    """Without a content type, on a new connection each time."""
    calls: list[tuple[bytes, str | None, object]] = []

    async def take(request: web.Request) -> web.Response:
        peer = request.transport.get_extra_info("peername") if request.transport else None
        calls.append((await request.read(), request.headers.get("Content-Type"), peer))
        if len(calls) == 3:
            enough.set()
        return web.Response(body=meter.answer_body(MeterSettings(heartbeat_s=20)))

    async def play() -> None:
        app = web.Application()
        app.router.add_post("/loadbalancer", take)
        async with TestServer(app) as server:
            reader = HttpsReader("0" * 20, str(server.make_url("")).rstrip("/"))
            source = AmsMeter("6525", read_house(), lambda: (0, 0, 0))
            life = asyncio.create_task(live_by_https(reader, source, a_clock(), lambda _: True))
            async with asyncio.timeout(15):
                await enough.wait()
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)
            assert reader.settings.heartbeat_s == 20

    enough = asyncio.Event()
    asyncio.run(play())
    assert meter.parse_post(calls[0][0]).token == "0" * 20
    assert len({peer for _, _, peer in calls}) == 3
    assert {kind for _, kind, _ in calls} == {None}


def test_firmware_is_fetched_installed_and_reported_over_the_wire(tmp_path: Path) -> None:
    """From start-next to SUCCEEDED, through a restart, with a key from the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(serialization.Encoding.PEM, info)
    (tmp_path / "release-1.firmware.pem").write_bytes(public)
    (tmp_path / "2.0.0.bin").write_bytes(IMAGE)
    job = FirmwareJob(
        version="2.0.0",
        model="simulated",
        counter=2,
        size=len(IMAGE),
        sha256=hashlib.sha256(IMAGE).hexdigest(),
        url="https://firmware.example/2.0.0.bin?x=1",
        key_id="release-1",
        signature="A" * 96,
    )
    document = json.loads(msgspec.json.encode(sign(job, key)))
    serial = Serial("ZC-000001")

    def jobs_service(topic: str, _: bytes) -> list[tuple[str, bytes]]:
        if topic != topics.jobs_start_next(serial):
            return []
        body = {"timestamp": 1, "execution": {"jobId": "fw-2", "status": "IN_PROGRESS", "jobDocument": document}}
        return [(f"{topic}/accepted", json.dumps(body).encode())]

    async def story(broker: Broker, running: Running) -> None:
        update = topics.job_update(serial, "fw-2")

        def last() -> str:
            reports = broker.seen("publish", update)
            return json.loads(reports[-1].payload)["status"] if reports else ""

        await broker.wait_for(lambda: last() == "SUCCEEDED")
        phases = [json.loads(one.payload)["statusDetails"]["phase"] for one in broker.seen("publish", update)]
        assert list(dict.fromkeys(phases)) == ["downloading", "verifying", "installing", "restarted"]
        assert (running.devices[0].charger.image.version, len(broker.seen("connect"))) == ("2.0.0", 2)

    run(tmp_path, a_scenario(chargers=[{"serial": serial}]), story, lambda: Broker(answer=jobs_service))


def test_a_restart_by_command_is_done_over_the_wire(tmp_path: Path) -> None:
    """The connection drops, comes back, and the result is `done`."""
    serial = Serial("ZC-000001")

    async def story(broker: Broker, running: Running) -> None:
        await broker.wait_for_count(1, "publish", topics.shadow_get(serial, "config"))
        now_s = int(running.clock.now().timestamp())
        command = {"id": "c-1", "op": "restart", "issued_at": now_s, "ttl_s": 600}
        await broker.publish(topics.do(serial), json.dumps(command).encode())
        (result,) = await broker.wait_for_count(1, "publish", topics.result(serial))
        assert (json.loads(result.payload)["outcome"], result.connection) == ("done", 2)

    run(tmp_path, a_scenario(chargers=[{"serial": serial}]), story)
