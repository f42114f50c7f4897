"""Two ways to unlock a real simulated charger on the deployed system, and what ends an unlock."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from local.system import SERIALS
from simulator.answers import ChargerView, Position
from simulator.phone import ApiError, Phone
from tests.e2e.running import SystemThread
from tests.e2e.waiting import until_async

BERGEN = Position(lat=60.393, lon=5.324)
PHONE = "+4790000087"


class Beside:
    """A person with a phone beside a charger of theirs, which is locked."""

    def __init__(self, running: SystemThread) -> None:
        self.system = running.system
        self.phone = Phone.at(self.system.url)
        self.charger: ChargerView | None = None
        self.serial = ""

    async def begin(self) -> "Beside":
        """Signs in, claims a charger, and has it locked as the setting does."""
        await self.phone.sign_in(PHONE)
        await self.phone.accept_terms()
        [made] = [one for one in (await self.sim("GET", "state"))["chargers"] if one["serial"] == SERIALS[1]]
        self.serial = made["serial"]
        self.charger = await self.phone.claim(self.serial, made["fingerprint"], position=BERGEN)
        await self.phone.change_charger(self.charger.charger_id, access="via_phone")
        await self.sim("POST", f"chargers/{self.serial}/plug-in", {"need_wh": 9000})
        await self.await_reason("locked")
        return self

    async def sim(self, method: str, path: str, body: Any = None) -> Any:
        """Hands, cables and the world."""
        return await self.phone._send(method, f"/sim/{path}", body, {})

    async def revoke(self) -> None:
        """The charger is told that nobody has a right, as the cloud tells the end of a guest's."""
        client = self.system.aws.client("iot-data")
        answer = await asyncio.to_thread(client.get_thing_shadow, thingName=self.serial, shadowName="config")
        epoch = json.loads(answer["payload"].read())["state"]["desired"]["access_epoch"]
        payload = json.dumps({"state": {"desired": {"access_epoch": epoch + 1, "rights": []}}}).encode()
        await asyncio.to_thread(client.update_thing_shadow, thingName=self.serial, shadowName="config", payload=payload)

    async def status(self) -> Any:
        """As the charger has reported it."""
        client = self.system.aws.client("iot-data")
        answer = await asyncio.to_thread(client.get_thing_shadow, thingName=self.serial, shadowName="status")
        return json.loads(answer["payload"].read())["state"]["reported"]

    async def await_status(self, is_there: Callable[[Any], bool]) -> Any:
        """The first status that is so."""
        status = await until_async(self.status, is_there)
        assert is_there(status), status
        return status

    async def await_reason(self, reason: str) -> Any:
        """The charger says that it is so."""
        return await self.await_status(lambda status: status["reason"] == reason)

    async def replug(self) -> None:
        """The cable goes to another car."""
        await self.sim("POST", f"chargers/{self.serial}/unplug")
        await self.sim("POST", f"chargers/{self.serial}/plug-in", {"need_wh": 9000})
        await self.await_reason("locked")


@pytest.fixture(scope="module")
def beside(frozen: SystemThread) -> Iterator[Beside]:
    async def begin() -> Beside:
        return await Beside(frozen).begin()

    async def end() -> None:
        if made.charger:
            await made.phone.remove(made.charger.charger_id)  # the next test finds it free
        await made.phone.__aexit__()

    made = frozen.run(begin())
    yield made
    frozen.run(end())


def play(frozen: SystemThread, beside: Beside, story: Callable[[Beside], Awaitable[None]]) -> None:
    """One story, in the system's own loop."""

    async def run() -> None:
        await story(beside)

    frozen.run(run())


def test_a_ticket_for_this_moment_opens_and_names_the_session(frozen: SystemThread, beside: Beside) -> None:
    """By nonce, with the key of the deployed stage; unplugging locks again."""

    async def story(beside: Beside) -> None:
        assert beside.charger
        assert (await beside.phone.unlock(beside.charger.charger_id, beside.serial)).kind == "nonce"
        status = await beside.await_status(lambda status: status["reason"] != "locked")
        assert status["unlocked_by"] == "owner"
        await beside.replug()

    play(frozen, beside, story)


def test_a_kept_ticket_opens_each_time_by_a_new_challenge(frozen: SystemThread, beside: Beside) -> None:
    """Without the cloud; the answer to the challenge before is refused."""

    async def story(beside: Beside) -> None:
        assert beside.charger
        ticket = await beside.phone.get_ticket(beside.charger.charger_id)
        nonce = await beside.phone.ask_nonce(beside.serial)
        await beside.phone.present(beside.serial, ticket, nonce)
        await beside.await_status(lambda status: status["reason"] != "locked")
        await beside.replug()
        with pytest.raises(ApiError) as refused:
            await beside.phone.present(beside.serial, ticket, nonce)
        assert (ticket.kind, refused.value.code) == ("cached", "no_challenge")
        await beside.phone.unlock_without_network(beside.serial, ticket)
        await beside.await_status(lambda status: status["reason"] != "locked")

    play(frozen, beside, story)


def test_a_power_cut_voids_and_a_revoked_right_is_over_with_the_delta(frozen: SystemThread, beside: Beside) -> None:
    """Off and on: locked. A ticket kept from before a higher epoch: refused, and counted as a stranger's."""

    async def story(beside: Beside) -> None:
        assert beside.charger
        ticket = await beside.phone.get_ticket(beside.charger.charger_id)
        await beside.phone.unlock_without_network(beside.serial, ticket)
        await beside.await_status(lambda status: status["reason"] != "locked")
        await beside.sim("POST", f"chargers/{beside.serial}/power-cycle")
        await beside.await_reason("locked")
        await beside.phone.unlock_without_network(beside.serial, ticket)
        await beside.await_status(lambda status: status["reason"] != "locked")
        await beside.revoke()
        await beside.await_reason("locked")
        with pytest.raises(ApiError) as refused:
            await beside.phone.unlock_without_network(beside.serial, ticket)
        assert refused.value.code == "old_epoch"
        status = await beside.await_status(lambda status: status.get("attempt") is not None)
        assert status["attempt"]["reason"] == "old_epoch"

    play(frozen, beside, story)
