"""From a meter's sample to the limit at the chargers, on a running system at real speed, and what may stand in its way.

A limit is due every 20 s. So that every sample brings one, what is remembered of the last limits' time is set back
between two samples; everything else is as it is in a house.
"""

import asyncio
import base64
import itertools
import json
import time
import zlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
from awscrt import mqtt

from device_shadows import topics
from device_shadows.limit import MESSAGE_EXPIRY_S, Limit
from device_shadows.meter import Lines, MeterList, MeterSample, post_body
from device_shadows.reading import Reading, ReadingKind
from local.system import System
from simulator.answers import Position
from simulator.car import Car
from simulator.connection import Endpoint
from simulator.device import Device
from simulator.phone import Phone
from simulator.powu import MqttReader
from simulator.powu_links import connection_of
from simulator.reader_key import make_reader_key

ROUNDS: Final = 5
PER_ROUND: Final = 20
PAUSE_S: Final = 0.05
SETTLE_S: Final = 1.0
PATIENCE_S: Final = 60.0
LONG_AGO_S: Final = -1e9
HOUSE_A: Final = (6.0, 3.0, 5.0)
BERGEN: Final = Position(lat=60.392, lon=5.324)
PHONE: Final = "+4790000078"
BATCH: Final = 10
PER_SECOND: Final = 100
BACKLOG: Final = {"ReadingQueue": 3000, "PlanningQueue": 1500}
"""Messages that wait elsewhere: readings that are stored and hours that are derived of them, plans that are made."""
Send = Callable[[Lines], Awaitable[None]]
Trips = tuple[tuple[float, ...], ...]


class Home:
    """A house with a meter reader and its chargers, each with a car that wants all it can get."""

    def __init__(self, system: System) -> None:
        self.system, self.devices = system, list(system.world.devices.values())
        self.charger_ids: dict[str, str] = {}
        self.made: dict[str, Any] = {}
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True), skip_auto_headers=("Content-Type",)
        )
        self._mqtt: Any = None
        self._number = itertools.count()
        self._waiting: dict[str, asyncio.Future[float]] = {}
        for device in self.devices:
            self._overhear(device)

    def _overhear(self, device: Device) -> None:
        hear = device.charger.hear_limit

        def noted(limit: Limit, at: datetime) -> None:
            hear(limit, at)
            if (waiting := self._waiting.pop(device.serial, None)) is not None:
                waiting.set_result(time.perf_counter())

        vars(device.charger)["hear_limit"] = noted

    async def settle(self) -> None:
        """Claimed, with a reader, cars and limits."""
        async with Phone.at(self.system.url) as phone:
            await phone.sign_in(PHONE)
            await phone.accept_terms()
            site = await phone.create_site("Bench", BERGEN)
            for box in self.system.chargers:
                claimed = await phone.claim(box.serial, box.fingerprint, site_id=site.site_id)
                self.charger_ids[box.serial] = claimed.charger_id
                await phone.set_mode(claimed.charger_id, "full")
            key_file = self.system.folder / "reader.key"
            self.made = await phone.register_meter(site.site_id, make_reader_key(key_file))
        await self.post(HOUSE_A)
        await _until(lambda: all(_follows_limits(one) for one in self.devices))
        for device in self.devices:
            device.plug_in(Car(need_wh=150_000))
        await _until(lambda: all(one.charger.status.reason == "fallback" for one in self.devices))
        await self._connect(key_file)
        async with asyncio.timeout(PATIENCE_S):
            while not all(one.charger.lease.seq >= 0 for one in self.devices):  # until the cloud knows of both cars
                await self.post(self._lines())
                await asyncio.sleep(SETTLE_S)

    async def _connect(self, key_file: Path) -> None:
        told = self.made["mqtt"]
        certificate = self.system.folder / "reader.pem"
        certificate.write_text(told["certificate_pem"])
        endpoint = Endpoint(
            host=told["host"],
            port=told["port"],
            ca_path=self.system.chargers[0].authority_file,
            certificate_path=certificate,
            key_path=key_file,
        )
        self._mqtt = connection_of(MqttReader(told["topic"], by_list=True), endpoint, told["client_id"])
        await asyncio.wrap_future(self._mqtt.connect())

    async def close(self) -> None:
        """The reader says goodbye."""
        await self._http.close()
        if self._mqtt is not None:
            await asyncio.wrap_future(self._mqtt.disconnect())

    async def post(self, lines: Lines) -> None:
        """A sample by HTTPS, as the firmware sends it."""
        body = post_body(self.made["token"], lines, 4000)
        async with self._http.post(f"{self.made['base_url']}/loadbalancer", data=body) as answer:
            answer.raise_for_status()

    async def publish_list(self, lines: Lines) -> None:
        """A sample by MQTT in JSON format 5, list 2 in a topic of its own."""
        self._publish(lines, by_list=True)

    async def publish_all(self, lines: Lines) -> None:
        """The same in format 0, where all lists have one topic."""
        self._publish(lines, by_list=False)

    def _publish(self, lines: Lines, *, by_list: bool) -> None:
        """Of a meter without a time, so that more than one a second is news."""
        sample = MeterSample(list=MeterList.LINES, power_w=4000.0, currents_a=lines, meter_type="MA304H3E")
        topic, payload = MqttReader(self.made["mqtt"]["topic"], by_list=by_list).message(sample)
        self._mqtt.publish(topic, payload, mqtt.QoS.AT_MOST_ONCE)

    async def tell(self, _: Lines) -> None:
        """The baseline: a limit that nobody decided, straight to the chargers, which are too wise to obey it."""
        limit = Limit(seq=0, boot_epoch=0, limit_a=32, ttl_s=1, issued_at=int(time.time()) - 60, reason="bench")
        data = self.system.aws.client("iot-data")
        for device in self.devices:
            await asyncio.to_thread(
                data.publish,
                topic=topics.limit(device.serial),
                qos=1,
                payload=msgspec.json.encode(limit),
                messageExpiry=MESSAGE_EXPIRY_S,
            )

    async def trip(self, send: Send) -> float:
        """Seconds from the sample to when the last charger knows its limit."""
        await asyncio.to_thread(self._let_limits_be_due)
        loop = asyncio.get_running_loop()
        self._waiting = {device.serial: loop.create_future() for device in self.devices}
        heard = list(self._waiting.values())
        began = time.perf_counter()
        await send(self._lines())
        async with asyncio.timeout(PATIENCE_S):
            return max(await asyncio.gather(*heard)) - began

    def _lines(self) -> Lines:
        """The house and its cars (IT: two lines each); the last digit moves, as mains voltage makes it."""
        cars_a, flicker_a = sum(one.charger.drawn_a for one in self.devices), next(self._number) % 7 / 10
        one, two, three = (round(line + flicker_a, 1) for line in HOUSE_A)
        return (one + cars_a, two + cars_a, three)

    def _let_limits_be_due(self) -> None:
        client, table = self.system.aws.client("dynamodb"), self.system.stack.resources["MetersTable"]
        rows = client.scan(TableName=table, ConsistentRead=True)["Items"]
        for row in (row for row in rows if row["part"]["S"].endswith("#load")):
            load = json.loads(zlib.decompress(row["packed"]["B"]))
            for held in load["balancing"]["held"]:
                held["sent_s"] = LONG_AGO_S
            client.put_item(TableName=table, Item=row | {"packed": {"B": zlib.compress(json.dumps(load).encode())}})


async def measure(home: Home, send: Send) -> Trips:
    """Trips one after the other; TimeoutError if a limit does not come."""
    return tuple([await _round(home, send) for _ in range(ROUNDS)])


async def _round(home: Home, send: Send) -> tuple[float, ...]:
    found = []
    for _ in range(PER_ROUND):
        found.append(await home.trip(send))
        await asyncio.sleep(PAUSE_S)
    return tuple(found)


def fill_up(home: Home) -> None:
    """Thousands of messages into the queues beside; each is work for its function."""
    client, stack = home.system.aws.client("sqs"), home.system.stack.resources
    for name, body_of in {"ReadingQueue": _reading, "PlanningQueue": _plan_request}.items():
        bodies = [body_of(home, number) for number in range(BACKLOG[name])]
        for first in range(0, len(bodies), BATCH):
            batch = enumerate(bodies[first : first + BATCH])
            entries = [{"Id": str(number), "MessageBody": body} for number, body in batch]
            client.send_message_batch(QueueUrl=stack[name], Entries=entries)


def left(home: Home) -> int:
    """How many of them wait or are being worked off."""
    client, stack = home.system.aws.client("sqs"), home.system.stack.resources
    asked = [client.get_queue_attributes(QueueUrl=stack[name], AttributeNames=["All"]) for name in BACKLOG]
    found = [one["Attributes"] for one in asked]
    return sum(int(count) for one in found for key, count in one.items() if key.startswith("ApproximateNumberOf"))


def _reading(home: Home, number: int) -> str:
    """As the rule forwards it; of the chargers in turn, each the next one of a new register."""
    device = home.devices[number % len(home.devices)]
    reading = Reading(
        epoch=device.charger.book.epoch + 1,
        seq=1 + number // len(home.devices),
        ts=device.charger.now_s + number // PER_SECOND,
        register_wh=number,
        plug_seq=device.charger.plug_seq,
        kind=ReadingKind.QUARTER,
    )
    payload = base64.b64encode(msgspec.json.encode(reading)).decode()
    return json.dumps({"payload": payload, "thing": device.serial})


def _plan_request(home: Home, number: int) -> str:
    serial = home.devices[number % len(home.devices)].serial
    return json.dumps({"charger_id": home.charger_ids[serial], "cause": "bench"})


def _follows_limits(device: Device) -> bool:
    return device.charger.config is not None and device.charger.config.load_balancing


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 (nobody sets an event)
            await asyncio.sleep(PAUSE_S)
