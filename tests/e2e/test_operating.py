"""An owner operates a real simulated charger over the running system."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.system import SERIALS, Options
from simulator.answers import Position
from simulator.car import Car
from simulator.device import Device
from simulator.phone import Phone
from tests.e2e.conftest import NIGHT
from tests.e2e.running import SystemThread
from tests.e2e.waiting import until

BERGEN = Position(lat=60.39, lon=5.32)


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
        return until(self._told, lambda told: told == wanted)

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


def test_nothing_that_a_charger_says_by_the_contract_is_put_aside(home: Home) -> None:
    """Its first reports without orders and plan, and all that it has said since."""
    assert home.until(told("waiting", "price", ("smart", "auto"), 0))["settings"] == "applied"
    table = home.system.stack.resources["QuarantineTable"]
    kept = home.system.aws.client("dynamodb").scan(TableName=table)["Items"]
    assert [one for one in kept if one["thing"]["S"] != "unknown"] == [], "unknown is the record that warms a function"
