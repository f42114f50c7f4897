"""A house with a meter reader and two chargers, through the packaged template with policies enforced."""

import asyncio
import base64
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from awscrt import mqtt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from device_shadows.meter import Lines, MeterList, MeterSample, parse_answer, post_body
from local.system import Options, System
from simulator.answers import Position
from simulator.car import Car
from simulator.connection import Endpoint
from simulator.device import Device
from simulator.phone import Phone
from simulator.powu import MqttReader
from simulator.powu_links import connection_of
from tests.e2e.running import SystemThread

START, SPEED = datetime.fromisoformat("2026-02-10T15:00:00+01:00"), 4.0
PATIENCE_S, LOOK_S = 60.0, 0.05
SLACK_S = 15 * SPEED
"""Product time by which a crowded machine may see late that a lease has ended."""
QUIET, FULL = (6.4, 3.1, 5.2), (24.9, 20.0, 22.0)
"""Line currents of a house that leaves room for two cars, and of one that leaves none under 25 A."""


@pytest.fixture(scope="module")
def evening() -> Iterator[SystemThread]:
    """A system whose time runs four times as fast, so that a lease of a minute takes 15 s."""
    with SystemThread(Options.on_free_ports(start=START, speed=SPEED)) as running:
        running.run(running.system.start_clock())
        yield running


class House:
    """The reader of the house with both of its ways in, and the two chargers there."""

    def __init__(self, system: System, folder: Path) -> None:
        self.system, self.folder, self.devices = system, folder, list(system.world.devices.values())
        self.token = self.base = ""
        self.connection: Any = None
        self.reader: MqttReader | None = None

    async def post(self, lines: tuple[float, float, float], token: str = "") -> tuple[int, bytes]:
        """As the firmware does: a connection of its own, no content type."""
        async with (
            aiohttp.ClientSession(skip_auto_headers=("Content-Type",)) as http,
            http.post(f"{self.base}/loadbalancer", data=post_body(token or self.token, lines, 4000)) as answer,
        ):
            return answer.status, await answer.read()

    async def publish(self, lines: Lines) -> None:
        """A list by MQTT, format 5."""
        assert self.reader is not None
        ts = int(self.system.clock.now().timestamp())
        sample = MeterSample(list=MeterList.LINES, ts=ts, power_w=9000.0, currents_a=lines, meter_type="MA304H3E")
        topic, payload = self.reader.message(sample)
        self.connection.publish(topic, payload, mqtt.QoS.AT_MOST_ONCE)

    async def connect(self, made: dict[str, Any], key_file: Path) -> None:
        """With the certificate that the owner got for it."""
        certificate = self.folder / "reader.pem"
        certificate.write_text(made["certificate_pem"])
        ca_path = self.system.chargers[0].authority_file
        place = Endpoint(
            host="localhost",
            port=self.devices[0].connection.endpoint.port,
            ca_path=ca_path,
            certificate_path=certificate,
            key_path=key_file,
        )
        self.reader = MqttReader(made["topic"], by_list=True)
        self.connection = connection_of(self.reader, place, made["client_id"])
        await asyncio.wrap_future(self.connection.connect())

    def limits(self) -> list[int | None]:
        """What each charger obeys now; None without a lease."""
        found = []
        for device in self.devices:
            device.charger.advance(self.system.clock.now())
            found.append(device.charger.lease.current_a(device.charger.now_s))
        return found


async def until(condition: Callable[[], bool], what: str) -> float:
    """Seconds until it holds; AssertionError if it never does."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < PATIENCE_S, what
        await asyncio.sleep(LOOK_S)
    return time.monotonic() - began


def key_and_request(folder: Path) -> tuple[Path, str]:
    """The reader's own key, and what it asks a certificate with (DER, base64)."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ams-1122")]),
    )
    target = folder / "reader.key"
    plain = serialization.NoEncryption()
    target.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return target, base64.b64encode(request.public_bytes(serialization.Encoding.DER)).decode()


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
    key_file, request = key_and_request(house.folder)
    async with Phone.at(house.system.url) as phone:
        await phone.sign_in("+4790000077")
        await phone.accept_terms()
        site_id = await _claim_all(phone, house)
        made = await phone.register_meter(site_id, request)
        house.token, house.base = made["token"], made["base_url"]
        status, body = await house.post(QUIET)
        found["answer"] = status, parse_answer(body).heartbeat_s
        found["stranger"] = await house.post(QUIET, "x" * 20)
        await until(lambda: all(follows_limits(one) for one in house.devices), "no charger was told to follow limits")
        for device in house.devices:
            device.plug_in(Car(need_wh=40_000))
        await until(lambda: all(one.charger.status.reason == "fallback" for one in house.devices), "no fallback")
        await asyncio.sleep(1)
        found["first_s"] = await _send_until(house, house.post, QUIET, lambda: all(house.limits()))
        found["first"] = house.limits()
        found["load"] = await phone.get_load(site_id)
        await house.connect(made["mqtt"], key_file)
        found["lowered_s"] = await _send_until(house, house.publish, FULL, lambda: house.limits() == [0, 0])
        found["lowered"] = house.limits()
        found["lease_s"] = SPEED * await until(lambda: house.limits() == [None, None], "the leases did not end")
        found["offered"] = [one.charger.status.offered_a for one in house.devices]
        await asyncio.wrap_future(house.connection.disconnect())
    return found


async def _send_until(house: House, send: Callable[..., Any], lines: Lines, condition: Callable[[], bool]) -> float:
    """Seconds from the last sample to when the condition holds; the last digit moves, as mains voltage makes it."""
    for number in range(12):
        await send(tuple(round((line or 0.0) + number / 10, 1) for line in lines))
        began = time.monotonic()
        while time.monotonic() - began < 2.5:  # the meter's rhythm of 10 s
            if condition():
                return time.monotonic() - began
            await asyncio.sleep(0.01)
    raise AssertionError(f"limits are {house.limits()}")


@pytest.fixture(scope="module")
def lived(evening: SystemThread, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was seen of it."""
    return evening.run(_live(House(evening.system, tmp_path_factory.mktemp("reader"))), 300)


def test_the_reader_gets_its_settings(lived: dict[str, Any]) -> None:
    """By the same address as on the device; whoever has no token gets nothing."""
    assert lived["answer"] == (200, 45)
    assert lived["stranger"] == (403, b"{}")


def test_a_sample_by_https_becomes_a_limit_at_each_charger(lived: dict[str, Any]) -> None:
    """Both cars start at 6 A, which the house leaves room for."""
    assert lived["first"] == [6, 6]
    assert [one["limit_a"] for one in lived["load"]["chargers"]] == [6, 6]
    assert lived["load"]["state"] == "live"


def test_a_sample_by_mqtt_takes_the_current_away(lived: dict[str, Any]) -> None:
    """With the reader's own certificate, by the rule and its own queue."""
    assert lived["lowered"] == [0, 0]


def test_without_the_meter_chargers_go_to_their_fallback(lived: dict[str, Any]) -> None:
    """By themselves, when their lease of a minute ends; the fallback is nothing while the house is not known."""
    assert 30 <= lived["lease_s"] <= 60 + SLACK_S
    assert lived["offered"] == [0, 0]
