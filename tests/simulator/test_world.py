"""The routes by which hands, cables and Bluetooth are played."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from device_shadows.claim import from_base64url, to_base64url
from device_shadows.names import Serial
from device_shadows.ticket import Ticket
from simulator.clock import Clock
from simulator.connection import Endpoint
from simulator.device import Device
from simulator.world import World
from tests.simulator.nights import CONFIG, at
from tests.tickets import LOCKED, PHONE, SIGNING

CLAIM = {"nonce": "n" * 43, "user_hash": "ab" * 32, "claim_epoch": 0}
Call = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]


def a_device(folder: Path) -> Device:
    """A charger that is not connected: its world stands still at 18:00."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "x.key").write_bytes(pem)
    files = {"ca_path": folder / "ca.pem", "certificate_path": folder / "x.pem", "key_path": folder / "x.key"}
    endpoint = Endpoint(host="localhost", port=1, **files)
    return Device(Serial("ZC-000001"), clock=Clock.frozen(at(-6)), endpoint=endpoint)


def play(device: Device, story: Callable[[Call], Awaitable[None]]) -> None:
    """Runs a story against the routes of a world with one charger."""

    async def run() -> None:
        world = World(device.clock, mqtt_host="127.0.0.1", mqtt_port=8883, devices=[device])
        async with TestClient(TestServer(world.application())) as client:

            async def call(method: str, path: str, **more: Any) -> tuple[int, dict[str, Any]]:
                async with client.request(method, path, **more) as answer:
                    return answer.status, await answer.json(content_type=None)

            await story(call)

    asyncio.run(run())


def test_the_state_tells_time_place_and_chargers(tmp_path: Path) -> None:
    """Everything a person needs to look at, before a car comes."""
    device = a_device(tmp_path)

    async def story(call: Call) -> None:
        assert await call("GET", "/state") == (
            200,
            {
                "now": "2026-02-10T17:00:00+00:00",
                "speed": 0.0,
                "mqtt": {"host": "127.0.0.1", "port": 8883},
                "chargers": [
                    {
                        "serial": "ZC-000001",
                        "fingerprint": device.key.fingerprint,
                        "evse_state": "A",
                        "plug_seq": 0,
                        "register_wh": 0,
                        "drawn_w": 0,
                        "battery_wh": None,
                        "need_wh": None,
                        "connected": False,
                    }
                ],
            },
        )

    play(device, story)


def test_a_car_comes_charges_and_leaves(tmp_path: Path) -> None:
    """Without a body it is the car of the demo: 36 kWh, 32 A, one phase."""
    device = a_device(tmp_path)
    device.charger.apply_config(CONFIG, at(-6))

    async def story(call: Call) -> None:
        status, charger = await call("POST", "/chargers/ZC-000001/plug-in")
        assert (status, charger["evse_state"], charger["need_wh"], charger["plug_seq"]) == (200, "B", 36_000, 1)
        assert (await call("POST", "/chargers/ZC-000001/plug-in"))[0] == 409
        status, charger = await call("POST", "/chargers/ZC-000001/unplug")
        assert (status, charger["evse_state"], charger["need_wh"]) == (200, "A", None)
        assert (await call("POST", "/chargers/ZC-000001/unplug"))[0] == 409

    play(device, story)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "sentence"),
    [
        ("POST", "/chargers/ZC-000001/plug-in", b'{"need_wh":-1}', 400, "need_wh"),
        ("POST", "/chargers/ZC-000001/plug-in", b'{"need_wh":1e9}', 400, "need_wh"),
        ("POST", "/chargers/ZC-000001/plug-in", b'{"phases":2}', 400, "phases"),
        ("POST", "/chargers/ZC-000001/plug-in", b'{"max_current_a":5}', 400, "max_current_a"),
        ("POST", "/chargers/ZC-000001/plug-in", b'{"colour":"red"}', 400, "colour"),
        ("POST", "/chargers/ZC-000001/plug-in", b"{", 400, "body"),
        ("POST", "/chargers/ZC-000001/plug-in", b" " * 20_000, 413, "Too Large"),
        ("POST", "/chargers/ZC-000002/plug-in", b"", 404, "no charger"),
        ("POST", "/chargers/ZC-000001/fly", b"", 404, "Not Found"),
        ("GET", "/chargers/ZC-000001/plug-in", b"", 405, "Not Allowed"),
        ("POST", "/chargers/ZC-000001/claim-signature", b"{}", 400, "nonce"),
        ("POST", "/chargers/ZC-000001/unlock", b"{}", 400, "ticket"),
        ("POST", "/chargers/ZC-000001/unlock", b'{"ticket":"?","proof":""}', 400, "base64url"),
        ("POST", "/chargers/ZC-000001/unlock", b'{"ticket":"","proof":""}', 409, "does not unlock"),
        ("POST", "/chargers/ZC-000002/nonce", b"", 404, "no charger"),
        ("GET", "/chargers/ZC-000002/networks", b"", 404, "no charger"),
        ("POST", "/chargers/ZC-000001/network", b'{"kind":"5g"}', 400, "kind"),
        (
            "POST",
            "/chargers/ZC-000001/claim-signature",
            b'{"nonce":"x","user_hash":"y","claim_epoch":0}',
            400,
            "nonce",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    tmp_path: Path, method: str, path: str, body: bytes, status: int, sentence: str
) -> None:
    """A problem document, never a stack trace."""

    async def story(call: Call) -> None:
        answered, problem = await call(method, path, data=body)
        assert answered == status
        assert sentence in problem["detail"]

    play(a_device(tmp_path), story)


def test_a_phone_unlocks_over_the_stand_in_for_bluetooth(tmp_path: Path) -> None:
    """A nonce, then ticket and proof; a second answer to the same nonce is refused with the charger's reason."""
    device = a_device(tmp_path)
    device.charger.apply_config(LOCKED, at(-6))
    now_s = device.charger.now_s

    async def story(call: Call) -> None:
        assert (await call("POST", "/chargers/ZC-000001/plug-in"))[0] == 200
        status, given = await call("POST", "/chargers/ZC-000001/nonce")
        challenge = from_base64url(given["nonce"])
        facts: dict[str, Any] = {
            "serial": "ZC-000001",
            "subject": "owner",
            "access_epoch": 3,
            "issued_at": now_s,
            "until": None,
        }
        ticket = SIGNING.issue(Ticket(**facts, expires_at=now_s + 120, phone_key=PHONE.point, nonce=challenge))
        proof = PHONE.prove(device.serial, challenge, ticket)
        body = {"ticket": to_base64url(ticket), "proof": to_base64url(proof)}
        assert (status, (await call("POST", "/chargers/ZC-000001/unlock", json=body))[0]) == (200, 200)
        assert device.charger.present_status().unlocked_by == "owner"
        status, problem = await call("POST", "/chargers/ZC-000001/unlock", json=body)
        assert (status, problem["code"]) == (409, "no_challenge")

    play(device, story)


def test_a_phone_is_told_which_wifi_the_charger_hears(tmp_path: Path) -> None:
    """The strongest first, none at 5 GHz only; of the house's own also what stands on the router."""

    async def story(call: Call) -> None:
        status, told = await call("GET", "/chargers/ZC-000001/networks")
        assert (status, [each["name"] for each in told["networks"]]) == (200, ["Hjemme", "Nabo"])
        assert told["router"] == {"name": "Hjemme", "password": "billig-om-natta"}

    play(a_device(tmp_path), story)


def test_the_charger_signs_a_claim_in_its_first_ten_minutes_only(tmp_path: Path) -> None:
    """In real time; afterwards it says what to do."""
    device, seconds = a_device(tmp_path), [0.0]
    device.key._monotonic = lambda: seconds[0]
    device.key.power_on()

    async def story(call: Call) -> None:
        status, answer = await call("POST", "/chargers/ZC-000001/claim-signature", json=CLAIM)
        assert (status, list(answer)) == (200, ["signature"])
        seconds[0] = 601.0
        status, problem = await call("POST", "/chargers/ZC-000001/claim-signature", json=CLAIM)
        assert (status, "switch it off and on" in problem["detail"]) == (409, True)

    play(device, story)
