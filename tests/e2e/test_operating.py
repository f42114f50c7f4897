"""An owner operates a real simulated charger over the running system; and a crowd that wants the same charger."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from local.system import SERIALS, Options, System
from simulator.answers import ChargerView, Claim, Position
from simulator.car import Car
from simulator.device import Device
from simulator.phone import ApiError, Phone
from tests.e2e.conftest import NIGHT
from tests.e2e.running import SystemThread

BERGEN = Position(lat=60.39, lon=5.32)
PATIENCE_S = 60.0
CROWD = 32


class Home:
    """Kari, her phone and her charger, from a test that is a plain function."""

    def __init__(self, running: SystemThread) -> None:
        self.running, self.system = running, running.system
        self.box: Device = self.system.world.devices[SERIALS[0]]
        self.phone = running.run(self._settle())

    async def _settle(self) -> Phone:
        phone = Phone.at(self.system.url)
        await phone.sign_in("+4790000071")
        await phone.accept_terms()
        [made] = [one for one in self.system.chargers if one.serial == self.box.serial]
        self.charger_id = (await phone.claim(made.serial, made.fingerprint, position=BERGEN)).charger_id
        return phone

    def call(self, method: str, path: str = "", body: Any = None, **headers: str) -> Any:
        """One call about the charger."""
        sent = {"Authorization": f"Bearer {self.phone.tokens.access_token}" if self.phone.tokens else "", **headers}
        return self.running.run(self.phone._send(method, f"/v1/chargers/{self.charger_id}{path}", body, sent))

    def change(self, **settings: Any) -> Any:
        """Settings, changed from what they are now."""
        return self.call("PATCH", body=settings, **{"If-Match": str(self.call("GET")["version"])})

    def until(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """What the API tells of the charger when it is `wanted`, or when patience ends."""
        deadline = time.monotonic() + PATIENCE_S
        while (told := self._told()) != wanted and time.monotonic() < deadline:
            time.sleep(0.1)
        return told

    def _told(self) -> dict[str, Any]:
        shown = self.call("GET")
        return {
            "status": shown["status"]["code"],
            "reason": shown["status"]["reason"],
            "orders": (shown["mode"], shown["run"], shown["orders_state"]["state"]),
            "settings": shown["settings_state"]["state"],
            "offered_a": self.box.charger.offer.current_a,
        }

    def plug(self, car: Car | None) -> None:
        """A car comes; None: the one that is there leaves."""

        async def act() -> None:
            if car is None:
                self.box.unplug()
            else:
                self.box.plug_in(car)

        self.running.run(act())


@pytest.fixture(scope="module")
def running() -> Iterator[SystemThread]:
    """A system of its own, where product time stands still."""
    with SystemThread(Options.on_free_ports(start=NIGHT, speed=0)) as running:
        yield running


@pytest.fixture(scope="module")
def home(running: SystemThread) -> Iterator[Home]:
    """Kari at home."""
    home = Home(running)
    yield home
    running.run(home.phone.__aexit__())


def told(status: str, reason: str, orders: tuple[str, str], offered_a: int) -> dict[str, Any]:
    """A charger that has applied everything."""
    return {
        "status": status,
        "reason": reason,
        "orders": (*orders, "applied"),
        "settings": "applied",
        "offered_a": offered_a,
    }


def test_the_owner_operates_the_charger(home: Home) -> None:
    """Plan, full, stop, start, disabled, enabled, unplugged, and the next car is smart again."""
    assert home.until(told("ready", "no_car", ("smart", "auto"), 0)) == told("ready", "no_car", ("smart", "auto"), 0)
    assert home.call("GET", "/network")["state"] == "connected"
    home.plug(Car(need_wh=20_000))
    steps: list[tuple[Any, dict[str, Any]]] = [
        (lambda: None, told("waiting", "price", ("smart", "auto"), 0)),
        (lambda: home.call("PUT", "/mode", {"mode": "full"}), told("charging", "full_mode", ("full", "auto"), 24)),
        (lambda: home.call("PUT", "/run", {"run": "stopped"}), told("waiting", "stopped", ("full", "stopped"), 0)),
        (lambda: home.call("PUT", "/run", {"run": "auto"}), told("charging", "full_mode", ("full", "auto"), 24)),
        (lambda: home.change(disabled=True), told("waiting", "disabled", ("full", "auto"), 0)),
        (lambda: home.change(disabled=False), told("charging", "full_mode", ("full", "auto"), 24)),
        (lambda: home.change(circuit_fuse_a=10), told("charging", "full_mode", ("full", "auto"), 10)),
        (lambda: home.plug(None), told("ready", "no_car", ("smart", "auto"), 0)),
        (lambda: home.plug(Car(need_wh=20_000)), told("waiting", "price", ("smart", "auto"), 0)),
    ]
    for act, expected in steps:
        act()
        assert home.until(expected) == expected


async def _newcomer(system: System, number: int) -> Phone:
    phone = Phone.at(system.url)
    await phone.sign_in(f"+47900001{number:02d}")
    await phone.accept_terms()
    return phone


async def _begin(phone: Phone, serial: str, fingerprint: str) -> tuple[Claim, dict[str, str]]:
    claim = await phone._call("POST", "/v1/claims", Claim, {"serial": serial, "fingerprint": fingerprint})
    return claim, {"signature": await phone.ask_signature(serial, claim)}


async def _prove(phone: Phone, claim: Claim, body: dict[str, str]) -> str:
    try:
        won = await phone._call("POST", f"/v1/claims/{claim.claim_id}/proof", ChargerView, body)
    except ApiError as error:
        return error.code
    return won.charger_id


async def _race(system: System) -> tuple[list[str], list[str], list[dict[str, Any]]]:
    """What each of the crowd was answered, twice; and what each sees at home afterwards."""
    made = next(one for one in system.chargers if one.serial == SERIALS[1])
    crowd = [await _newcomer(system, number) for number in range(CROWD)]
    begun = [await _begin(phone, made.serial, made.fingerprint) for phone in crowd]
    rounds = [await asyncio.gather(*(_prove(p, *b) for p, b in zip(crowd, begun, strict=True))) for _ in range(2)]
    homes = await asyncio.gather(*(phone.get_home() for phone in crowd))
    await asyncio.gather(*(phone.__aexit__() for phone in crowd))
    return rounds[0], rounds[1], homes


def test_of_thirty_two_claimants_exactly_one_gets_the_charger(running: SystemThread) -> None:
    """All have genuine proofs, at once; every answer is true, also when all send theirs again."""
    first, second, homes = running.run(_race(running.system))
    winners = [
        number for number, answer in enumerate(first) if answer.startswith("charger_") and answer != "charger_owned"
    ]
    owners = [number for number, home in enumerate(homes) if home["chargers"]]
    assert sorted(first)[:-1] == ["charger_owned"] * (CROWD - 1) or first.count("charger_owned") == CROWD - 1
    assert (len(winners), winners, first) == (1, owners, second)
