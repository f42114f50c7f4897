"""The profile that the goals are for, lived on the running local system while `benchmarks/recorder.py` writes.

Without load balancing: a whole evening, night and morning of one home. With it: spells of charging, waiting and no car
at a pace at which limits still work, to be multiplied by how long each lasts in the day of the profile.
"""

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.cost_house import SecondsHouse
from local.places import ROOT
from local.system import Options, Progress, System, running_system
from simulator.answers import ChargerView, Position
from simulator.car import Car
from simulator.phone import Phone
from simulator.price_feed import OSLO

RECORDER: Final = ROOT / "benchmarks" / "recorder.py"
BERGEN: Final = Position(lat=60.392, lon=5.324)
NIGHT_SPEED: Final = 300.0
METER_SPEED: Final = 10.0
BEGIN: Final = datetime(2026, 2, 10, 16, tzinfo=OSLO)
PLUG_IN: Final = datetime(2026, 2, 10, 17, tzinfo=OSLO)
UNPLUG: Final = datetime(2026, 2, 11, 7, 30, tzinfo=OSLO)
END: Final = datetime(2026, 2, 11, 8, tzinfo=OSLO)
OPENED: Final = (
    datetime(2026, 2, 10, 16, 30, tzinfo=OSLO),
    datetime(2026, 2, 10, 17, 10, tzinfo=OSLO),
    datetime(2026, 2, 11, 7, tzinfo=OSLO),
)
"""When the phone is opened: before the car comes, when it is plugged in, in the morning."""
LOOK_S: Final = 60
"""So long it stays open, asking for news at the pace it is told."""
NEED_WH: Final = 18_400
"""2.5 hours at 32 A on one phase of 230 V."""
CURRENT_A: Final = 32
CHARGING_H, WAITING_H, EMPTY_H = 2.5, 12.0, 9.5
"""The day of the profile: charging, plugged in and not charging, no car."""
RISING_S: Final = 540
"""From plug-in on the limit rises by steps, each of which is a message and a report, once a session."""
SPELLS_S: Final = {"rising": RISING_S, "charging": 660, "waiting": 720, "empty": 720}
"""How long each spell is recorded, seconds of product time."""
SETTLE_S: Final = 20
"""What follows the end of charging belongs to no spell at rest."""


class Recorded(NamedTuple):
    """What was written down between two moments, and the product time it stands for, seconds."""

    lines: tuple[dict[str, Any], ...]
    lasted_s: float


class Moment(NamedTuple):
    """A point in a recording: real and product time."""

    real_s: float
    at: datetime


async def record_night(progress: Progress) -> Recorded:
    """One night of a home without a meter reader."""
    options = Options.on_free_ports(start=BEGIN, speed=NIGHT_SPEED, shim=RECORDER)
    async with running_system(options, progress) as system, Phone.at(system.url) as phone:
        charger = await _move_in(system, phone)
        await system.start_clock()
        first = _moment(system)
        device = system.world.devices[system.chargers[0].serial]
        for at, work in sorted(
            [*((one, "open") for one in OPENED), (PLUG_IN, "plug_in"), (UNPLUG, "unplug"), (END, "end")]
        ):
            await system.clock.sleep_until(at)
            progress(f"{at:%H:%M}  {work}")
            if work == "open":
                await open_phone(phone, charger)
            elif work == "plug_in":
                device.plug_in(Car(need_wh=NEED_WH, max_current_a=CURRENT_A, phases=1))
            elif work == "unplug":
                device.unplug()
        if device.charger.register_wh < NEED_WH:
            progress(f"only {device.charger.register_wh} Wh were charged: this is not the profile")
        await asyncio.sleep(3)
        return between(system.folder, first, _moment(system))


async def record_meter(progress: Progress) -> dict[str, Recorded]:
    """Spells of a home with a meter reader by HTTPS, one for each state; its house has appliances (`SecondsHouse`)."""
    options = Options.on_free_ports(start=PLUG_IN, speed=METER_SPEED, shim=RECORDER)
    async with running_system(options, progress) as system, Phone.at(system.url) as phone:
        charger = await _move_in(system, phone)
        device = system.world.devices[system.chargers[0].serial]
        await system.start_clock()
        system.world.house = SecondsHouse()
        reader = await phone.register_meter(charger.site_id)
        body = {"token": reader["token"], "base_url": reader["base_url"]}
        await phone._send("POST", "/sim/meter-reader", body, {})  # noqa: SLF001 - the simulator's door, not the API's
        found = {}
        for state in SPELLS_S:
            if state != "charging":  # that is what rising has become
                await _become(state, phone, charger, device)
            if state in {"waiting", "empty"}:
                await _pass(system, SETTLE_S)
            first = _moment(system)
            await _pass(system, SPELLS_S[state])
            found[state] = between(system.folder, first, _moment(system))
            progress(f"recorded {state}, {device.charger.drawn_w} W")
        return found


async def _become(state: str, phone: Phone, charger: ChargerView, device: Any) -> None:
    if state == "rising":
        await phone.set_mode(charger.charger_id, "full")
        device.plug_in(Car(need_wh=60_000, max_current_a=CURRENT_A, phases=1))
    elif state == "waiting":
        await phone._call("PUT", f"/v1/chargers/{charger.charger_id}/run", dict[str, Any], {"run": "stopped"})  # noqa: SLF001
    else:
        device.unplug()


async def _pass(system: System, seconds: float) -> None:
    await system.clock.sleep_until(system.clock.now() + timedelta(seconds=seconds))


async def _move_in(system: System, phone: Phone) -> ChargerView:
    await phone.sign_in("+4790000001")
    await phone.accept_terms()
    device = system.world.devices[system.chargers[0].serial]
    site = await phone.create_site("Hjemme", BERGEN)
    return await phone.claim(device.serial, device.key.fingerprint, site_id=site.site_id)


async def open_phone(phone: Phone, charger: ChargerView) -> None:
    """What the page asks for when it is opened and looked at for a minute."""
    await phone.refresh()
    home = await phone.get_home()
    for path in (
        f"/v1/chargers/{charger.charger_id}/history?month={OPENED[0]:%Y-%m}",
        f"/v1/chargers/{charger.charger_id}/history?day={OPENED[0]:%Y-%m-%d}",
    ):
        await phone._call("GET", path, dict[str, Any])  # noqa: SLF001
    if "plan" in home["chargers"][0] and home["chargers"][0]["plan"]:
        await phone.get_plan(charger.charger_id)
    for _ in range(max(0, LOOK_S // int(home["poll_after_s"]) - 1)):
        await phone.get_home()


def _moment(system: System) -> Moment:
    return Moment(system.clock.real_now(), system.clock.now())


def between(folder: Path, first: Moment, last: Moment) -> Recorded:
    """What the recorder wrote between two moments."""
    lines = tuple(line for line in _lines(folder) if first.real_s <= line["at"] < last.real_s)
    return Recorded(lines, (last.at - first.at).total_seconds())


def _lines(folder: Path) -> Iterator[dict[str, Any]]:
    with (folder / "recorded.jsonl").open() as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)
