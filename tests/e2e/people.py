"""People with phones on a running system, for tests that are plain functions."""

from typing import Any, NamedTuple, Self

from device_shadows.names import Serial
from local.system import System
from simulator.answers import Position, TicketView
from simulator.car import Car
from simulator.device import Device
from simulator.phone import ApiError, Phone
from tests.e2e.running import SystemThread


class Refusal(NamedTuple):
    """The status and the code of a problem document, or the charger's reason over Bluetooth."""

    status: int
    code: str


class Person:
    """Somebody who has signed in by a code from a message and accepted the terms."""

    def __init__(self, running: SystemThread, number: str) -> None:
        self.running, self.number = running, number
        self.phone = running.run(self._arrive(running.system))

    async def _arrive(self, system: System) -> Phone:
        phone = Phone.at(system.url)
        await phone.sign_in(self.number)
        await phone.accept_terms()
        return phone

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.running.run(self.phone.__aexit__())

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The body of the answer; ApiError when it is refused."""
        sent = {"Authorization": f"Bearer {self.phone.tokens.access_token}" if self.phone.tokens else "", **headers}
        return self.running.run(self.phone._send(method, path, body, sent))

    def get(self, path: str) -> Any:
        """What is there now."""
        return self.call("GET", path)

    def change(self, path: str, **settings: Any) -> Any:
        """Settings, changed from what they are now."""
        return self.call("PATCH", path, settings, **{"If-Match": str(self.get(path)["version"])})

    def refusal(self, method: str, path: str, body: Any = None) -> Refusal | None:
        """How a call is refused; None when it is not."""
        try:
            self.call(method, path, body)
        except ApiError as refused:
            return Refusal(refused.status, refused.code)
        return None

    def home(self) -> list[Any]:
        """The chargers on the home screen."""
        return list(self.get("/v1/home")["chargers"])

    def inbox(self, kind: str) -> list[Any]:
        """What the person was told of this kind, the newest first."""
        return [one for one in self.get("/v1/notifications")["notifications"] if one["kind"] == kind]

    def claim(self, box: Device, position: Position) -> str:
        """The id of a charger that is this person's now, at a site of its own."""
        claim = self.phone.claim(box.serial, box.key.fingerprint, position=position)
        return self.running.run(claim).charger_id

    def unlock(self, charger_id: str, box: Device) -> TicketView:
        """With the phone beside the charger, by a ticket made for this moment."""
        return self.running.run(self.phone.unlock(charger_id, box.serial))

    def keep_ticket(self, charger_id: str) -> TicketView:
        """A ticket for later."""
        return self.running.run(self.phone.get_ticket(charger_id))

    def present(self, box: Device, ticket: TicketView) -> Refusal | None:
        """How the charger refuses a kept ticket; None when it opens."""
        try:
            self.running.run(self.phone.unlock_without_network(box.serial, ticket))
        except ApiError as refused:
            return Refusal(refused.status, refused.code)
        return None


class Hands:
    """Cables and switches of the chargers of a running system."""

    def __init__(self, running: SystemThread) -> None:
        self.running = running

    def box(self, serial: Serial) -> Device:
        """The charger itself."""
        return self.running.system.world.devices[serial]

    def plug_in(self, box: Device, need_wh: int = 40_000) -> None:
        """A car comes."""

        async def act() -> None:
            box.plug_in(Car(need_wh=need_wh))

        self.running.run(act())

    def unplug(self, box: Device) -> None:
        """The car leaves."""

        async def act() -> None:
            box.unplug()

        self.running.run(act())

    def cut_power(self, box: Device) -> None:
        """Off and on again."""
        self.running.run(box.power_cycle())
