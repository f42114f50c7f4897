"""A fault on its way from a charger to its owner's phone, through the packaged template with policies enforced."""

from typing import Any

import pytest

from local.system import SERIALS, System
from simulator.answers import Position
from simulator.device import Device
from simulator.phone import Phone
from tests.e2e.running import SystemThread
from tests.e2e.waiting import messages_in, until, until_async

CHARGER = SERIALS[0]


def break_down(device: Device, fault: str) -> None:
    """A part fails, and the charger says so."""
    device.charger.break_down(fault, device.clock.now())
    device.connection.wake()


async def told(phone: Phone, count: int) -> list[dict[str, Any]]:
    """The inbox as soon as it has `count` notifications, or what is in it when patience ends."""
    return await until_async(phone.get_notifications, lambda found: len(found) >= count)


async def _live(system: System) -> list[dict[str, Any]]:
    [box] = [one for one in system.chargers if one.serial == CHARGER]
    device = system.world.devices[CHARGER]
    async with Phone.at(system.url) as phone:
        await phone.sign_in("+4790000055")
        await phone.accept_terms()
        charger = await phone.claim(CHARGER, box.fingerprint, position=Position(lat=60.39, lon=5.32))
        await phone.register_push("t" * 64, "apns")
        break_down(device, "contactor_fault")
        await told(phone, 1)
        break_down(device, "earth_fault")  # its report names the first fault again
        heard = await told(phone, 2)
        await phone.remove(charger.charger_id)  # the next test finds it free
        return heard


@pytest.fixture(scope="module")
def inbox(frozen: SystemThread) -> list[dict[str, Any]]:
    """What the owner reads after two faults, one after the other."""
    return frozen.run(_live(frozen.system))


def test_each_fault_of_a_charger_reaches_its_owner_once(inbox: list[dict[str, Any]]) -> None:
    """In the words of the account's language, under the charger's own name."""
    assert sorted(one["text"] for one in inbox) == [  # the clock stands still: both are told at one instant
        "Det er en feil på laderen. Feilkode: contactor_fault",
        "Det er en feil på laderen. Feilkode: earth_fault",
    ]
    assert {one["kind"] for one in inbox} == {"fault"}
    assert len({one["title"] for one in inbox}) == 1


def test_the_phone_s_push_is_worked_off(inbox: list[dict[str, Any]], frozen: SystemThread) -> None:
    """The laptop has no platform application: a line in the log takes its place, and no message fails."""
    queues = ("NotificationQueue", "NotificationDeadLetters")
    assert until(lambda: messages_in(frozen.system, *queues), lambda count: count == 0) == 0
    assert len(inbox) == 2
    rows = frozen.system.aws.client("dynamodb").scan(TableName=frozen.system.stack.resources["NotificationsTable"])
    assert [len(row["pushed"]["SS"]) for row in rows["Items"] if "fault" in row["event_key"]["S"]] == [1, 1]
