"""A house with a meter reader and two chargers, through the packaged template with policies enforced."""

import asyncio
import json
import time
import zlib
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from awscrt import mqtt

from device_shadows.limit import Limit
from device_shadows.meter import Lines, MeterList, MeterSample, parse_answer, post_body
from local.deploy import invoke
from local.system import Options, System
from simulator.answers import Position
from simulator.car import Car
from simulator.connection import Endpoint
from simulator.device import Device
from simulator.phone import Phone
from simulator.powu import MqttReader
from simulator.powu_links import connection_of
from simulator.reader_key import make_reader_key
from tests.e2e.running import SystemThread
from tests.e2e.waiting import until_async

START, SPEED = datetime.fromisoformat("2026-02-10T15:00:00+01:00"), 5.0
RHYTHM_S, LOOK_S = 10 / SPEED, 0.02
"""The meter has news each 10 s of product time."""
SAMPLES = 40
"""So many samples what they bring about may take on a crowded machine."""
QUIET, BUSY = (5.2, 3.1, 4.4), (13.2, 10.3, 12.1)
"""Line currents of a house that leaves room for two cars under 25 A, and of one that leaves room for one."""
Send = Callable[[Lines], Awaitable[object]]


@pytest.fixture(scope="module")
def evening() -> Iterator[SystemThread]:
    """A system whose time runs five times as fast, so that a lease of a minute takes 12 s."""
    with SystemThread(Options.on_free_ports(start=START, speed=SPEED)) as running:
        running.run(running.system.start_clock())
        yield running


class House:
    """The reader of the house with both of its ways in, and the two chargers there."""

    def __init__(self, system: System, folder: Path) -> None:
        self.system, self.folder, self.devices = system, folder, list(system.world.devices.values())
        self.token = self.base = ""
        self.connection: Any = None
        self.heard: dict[str, list[Limit]] = {device.serial: [] for device in self.devices}
        for device in self.devices:
            self._overhear(device)

    def _overhear(self, device: Device) -> None:
        """Every limit that reaches the charger is noted."""
        hear, notes = device.charger.hear_limit, self.heard[device.serial]

        def noted(limit: Limit, at: datetime) -> None:
            notes.append(limit)
            hear(limit, at)

        vars(device.charger)["hear_limit"] = noted

    async def post(self, lines: Lines, token: str = "") -> tuple[int, bytes]:
        """As the firmware does: a connection of its own, no content type."""
        shown = (lines[0] or 0.0, lines[1] or 0.0, lines[2] or 0.0)
        async with (
            aiohttp.ClientSession(skip_auto_headers=("Content-Type",)) as http,
            http.post(f"{self.base}/loadbalancer", data=post_body(token or self.token, shown, 4000)) as answer,
        ):
            return answer.status, await answer.read()

    def by_mqtt(self, topic: str, *, by_list: bool) -> Send:
        """A list by MQTT: format 5 `by_list`, else format 0."""
        reader = MqttReader(topic, by_list=by_list)

        async def publish(lines: Lines) -> None:
            ts = int(self.system.clock.now().timestamp())
            sample = MeterSample(list=MeterList.LINES, ts=ts, power_w=9000.0, currents_a=lines, meter_type="MA304H3E")
            where, payload = reader.message(sample)
            self.connection.publish(where, payload, mqtt.QoS.AT_MOST_ONCE)

        return publish

    async def connect(self, made: dict[str, Any], key_file: Path) -> None:
        """To the address and with the certificate that the owner got for the reader."""
        certificate = self.folder / "reader.pem"
        certificate.write_text(made["certificate_pem"])
        place = Endpoint(
            host=made["host"],
            port=made["port"],
            ca_path=self.system.chargers[0].authority_file,
            certificate_path=certificate,
            key_path=key_file,
        )
        self.connection = connection_of(MqttReader(made["topic"], by_list=True), place, made["client_id"])
        await asyncio.wrap_future(self.connection.connect())

    def limits(self) -> list[int | None]:
        """What each charger obeys now; None without a lease."""
        found = []
        for device in self.devices:
            device.charger.advance(self.system.clock.now())
            found.append(device.charger.lease.current_a(device.charger.now_s))
        return found

    def offers(self) -> list[tuple[int, str]]:
        """What each charger offers now, and why."""
        self.limits()
        return [(device.charger.status.offered_a, device.charger.status.reason) for device in self.devices]

    async def send_until(self, send: Send, house_a: Lines, is_good: Callable[[], bool], what: str) -> None:
        """The meter goes on until it is good: what the house takes, and the cars on two of the three lines (IT)."""
        for number in range(SAMPLES):
            cars_a = sum(device.charger.drawn_a for device in self.devices)
            flicker_a = number % 7 / 10  # mains voltage moves the last digit
            one, two, three = (round((line or 0.0) + flicker_a, 1) for line in house_a)
            await send((one + cars_a, two + cars_a, three))
            began = time.monotonic()
            while time.monotonic() - began < RHYTHM_S:
                if is_good():
                    return
                await asyncio.sleep(LOOK_S)
        raise AssertionError(f"{what}: {self.limits()}, {self.offers()}")


async def until(condition: Callable[[], bool]) -> None:
    """It holds, or patience ends: what is asserted afterwards tells."""

    async def look() -> bool:
        return condition()

    await until_async(look, bool)


async def _claim_all(phone: Phone, house: House) -> str:
    """Both chargers at one site, mode full."""
    site_id: str | None = None
    for box in house.system.chargers:
        place: dict[str, Any] = {"site_id": site_id} if site_id else {"position": Position(lat=60.39, lon=5.32)}
        claimed = await phone.claim(box.serial, box.fingerprint, **place)
        site_id = claimed.site_id
        await phone.set_mode(claimed.charger_id, "full")
    assert site_id is not None
    return site_id


def follows_limits(device: Device) -> bool:
    """Whether its settings say so."""
    return device.charger.config is not None and device.charger.config.load_balancing


async def _live(house: House) -> dict[str, Any]:
    found: dict[str, Any] = {}
    key_file = house.folder / "reader.key"
    async with Phone.at(house.system.url) as phone:
        await phone.sign_in("+4790000077")
        await phone.accept_terms()
        site_id = await _claim_all(phone, house)
        made = await phone.register_meter(site_id, make_reader_key(key_file))
        house.token, house.base, topic = made["token"], made["base_url"], made["mqtt"]["topic"]
        await _begin(house, found)
        found["load"] = await phone.get_load(site_id)
        await house.connect(made["mqtt"], key_file)
        await _change(house, phone, site_id, topic, found)
        found["again"] = await phone.get_load(site_id)
        found["meter"] = await phone.get_meter(site_id)
        await asyncio.wrap_future(house.connection.disconnect())
        found["told"] = await _lose(house, phone)
    return found


async def _begin(house: House, found: dict[str, Any]) -> None:
    """The reader's first words; then a car comes to each charger."""
    status, body = await house.post(QUIET)
    found["answer"] = status, parse_answer(body).heartbeat_s
    found["stranger"] = await house.post(QUIET, "x" * 20)
    await until(lambda: all(follows_limits(one) for one in house.devices))
    for device in house.devices:
        device.plug_in(Car(need_wh=40_000))
    await until(lambda: house.offers() == [(0, "fallback")] * 2)
    found["before"] = house.offers()
    await house.send_until(house.post, QUIET, lambda: house.limits() == [6, 6], "both cars should start")
    found["first"] = house.offers()


async def _change(house: House, phone: Phone, site_id: str, topic: str, found: dict[str, Any]) -> None:
    """The house takes more; the meter says nothing any more; it is back."""
    lists, whole = house.by_mqtt(topic, by_list=True), house.by_mqtt(topic, by_list=False)
    await house.send_until(lists, BUSY, lambda: sorted(map(str, house.limits())) == ["0", "6"], "one car should pause")
    found["lowered"] = sorted(house.offers())
    await until(lambda: house.limits() == [None, None])
    found["silent"] = house.offers()
    found["ends"] = [
        (device.charger.status.ts, device.charger.lease.ends_s, house.heard[device.serial][-1])
        for device in house.devices
    ]
    await until_async(lambda: phone.get_load(site_id), is_over)  # a lease that has only just ended may be renewed
    await house.send_until(whole, BUSY, lambda: None not in house.limits(), "the chargers should obey limits again")
    found["back"] = house.offers()


def is_over(load: dict[str, Any]) -> bool:
    """Whether the cloud, too, counts no lease any more and has heard that nothing is offered."""
    return all((one["reason"], one["offered_a"]) == ("fallback", 0) for one in load["chargers"])


async def _lose(house: House, phone: Phone) -> list[str]:
    """The reader was last heard twenty minutes ago: what the owner has been told after three looks of the watchdog."""
    system = house.system
    table, name = system.aws.client("dynamodb"), system.stack.resources["MetersTable"]
    [row] = [item for item in table.scan(TableName=name)["Items"] if item["part"]["S"].endswith("#load")]
    long_ago = (system.clock.now() - timedelta(minutes=20)).isoformat(timespec="seconds")
    content = json.loads(zlib.decompress(row["packed"]["B"])) | {"heard_at": long_ago}
    packed = zlib.compress(json.dumps(content).encode())
    table.put_item(TableName=name, Item=row | {"packed": {"B": packed}, "check_at": {"S": long_ago}})
    for _ in range(3):
        assert await asyncio.to_thread(invoke, system.aws, system.stack, "WatchMeters", {}) is None
    told = [one["kind"] for one in await until_async(phone.get_notifications, bool)]
    return [kind for kind in told if kind == "meter_lost"]


@pytest.fixture(scope="module")
def lived(evening: SystemThread, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was seen of it."""
    return evening.run(_live(House(evening.system, tmp_path_factory.mktemp("reader"))), 300)


def test_the_reader_gets_its_settings(lived: dict[str, Any]) -> None:
    """By the same address as on the device; whoever has no token gets nothing."""
    assert lived["answer"] == (200, 180)
    assert lived["stranger"] == (403, b"{}")


def test_a_sample_by_https_becomes_a_limit_at_each_charger(lived: dict[str, Any]) -> None:
    """Both cars wait for it, and start at 6 A, which the house leaves room for."""
    assert lived["before"] == [(0, "fallback"), (0, "fallback")]
    assert lived["first"] == [(6, "limit"), (6, "limit")]
    assert [one["limit_a"] for one in lived["load"]["chargers"]] == [6, 6]
    assert lived["load"]["state"] == "live"


def test_a_sample_by_mqtt_takes_the_current_away(lived: dict[str, Any]) -> None:
    """With the reader's own certificate, by the rule and its own queue: the house leaves enough for one car only."""
    assert lived["lowered"] == [(0, "limit"), (6, "limit")]


def test_without_the_meter_chargers_go_to_their_fallback(lived: dict[str, Any]) -> None:
    """By themselves, the second their lease of a minute ends; the fallback is nothing while the house is not known."""
    assert lived["silent"] == [(0, "fallback"), (0, "fallback")]
    for changed_s, lease_ends_s, last in lived["ends"]:
        assert changed_s == lease_ends_s
        assert (last.ttl_s, lease_ends_s <= last.issued_at + 60) == (60, True)


def test_with_the_meter_back_chargers_obey_limits_again(lived: dict[str, Any]) -> None:
    """In the reader's other format; who has lost his current waits five minutes for it."""
    assert lived["back"] == [(0, "limit"), (0, "limit")]
    assert (lived["again"]["state"], lived["meter"]["state"]) == ("live", "live")
    assert {one["reason"] for one in lived["again"]["chargers"]} <= {"waiting", "main_fuse", "shared"}


def test_the_owner_is_told_once_that_the_reader_is_lost(lived: dict[str, Any]) -> None:
    """By the watchdog with the rights of its own role."""
    assert lived["told"] == ["meter_lost"]
