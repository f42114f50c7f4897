"""Runs a scenario with real connections: every charger, what happens to it, and the reader at the meter."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from device_shadows.names import parse_serial
from device_shadows.topics import meter as meter_topic
from simulator.ams_meter import AmsMeter
from simulator.clock import Clock
from simulator.connection import Endpoint
from simulator.device import Device
from simulator.download import fetch_by_https, fetch_from_folder
from simulator.firmware_key import FirmwareKeys
from simulator.house import read_house
from simulator.powu import HttpsReader, MqttReader
from simulator.powu_links import live_by_https, live_by_mqtt
from simulator.scenario import ChargerGroup, ReaderSpec, Scenario, after
from simulator.script import Step, make_script

logger = logging.getLogger(__name__)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where devices connect, and the folder with `authority.pem`, `<serial>.pem` and `<serial>.key`.

    Public keys for firmware are there as `<key id>.firmware.pem`; images come from `images` if it is given, else from
    the address in the job. What chargers remember is written to `state` if it is given.
    """

    host: str
    port: int
    folder: Path
    images: Path | None = None
    state: Path | None = None

    def endpoint(self, serial: str) -> Endpoint:
        """How the device with this serial connects."""
        return Endpoint(
            host=self.host,
            port=self.port,
            ca_path=self.folder / "authority.pem",
            certificate_path=self.folder / f"{serial}.pem",
            key_path=self.folder / f"{serial}.key",
        )


class Running:
    """A scenario that runs: its devices, and tasks that end with `run`."""

    def __init__(self, scenario: Scenario, clock: Clock, place: Place) -> None:
        self.scenario, self.clock, self.place = scenario, clock, place
        self.start = clock.now()
        self._keys = FirmwareKeys.from_folder(place.folder)
        self._scripts = list(self._make())
        self.devices = [device for device, _ in self._scripts]

    async def run(self) -> None:
        """Lives until the scenario ends, or until cancelled; then every charger says goodbye."""
        lives = [asyncio.create_task(device.run(), name=device.serial) for device in self.devices]
        plays = [asyncio.create_task(self._play(device, script)) for device, script in self._scripts]
        if self.scenario.reader:
            plays.append(asyncio.create_task(self._read_meter(self.scenario.reader)))
        for task in (*lives, *plays):
            task.add_done_callback(_tell_failure)
        try:
            await self._until_the_end()
        finally:
            for task in (*lives, *plays):
                task.cancel()
            await asyncio.gather(*lives, *plays, return_exceptions=True)

    def summary(self) -> dict[str, int]:
        """The world in numbers."""
        chargers = [device.charger for device in self.devices]
        for charger in chargers:
            charger.advance(self.clock.now())
        return {
            "chargers": len(chargers),
            "connected": sum(device.connection.is_connected for device in self.devices),
            "charging": sum(charger.power_mw > 0 for charger in chargers),
            "faulty": sum(bool(charger.faults) for charger in chargers),
            "register_wh": sum(charger.register_wh for charger in chargers),
            "unsent_readings": sum(len(charger.outbox) for charger in chargers),
        }

    def _make(self) -> Iterator[tuple[Device, list[Step]]]:
        place = self.place
        fetch = fetch_from_folder(place.images) if place.images else fetch_by_https
        for group in self.scenario.chargers:
            for number, serial in enumerate(group.serials):
                device = Device(
                    serial,
                    clock=self.clock,
                    endpoint=place.endpoint(serial),
                    hardware=group.hardware,
                    state_path=place.state / f"{serial}.json" if place.state else None,
                    firmware_keys=self._keys,
                    fetch=fetch,
                    quality=group.quality(self.scenario.seed + number),
                )
                yield device, self._script(group, number)

    def _script(self, group: ChargerGroup, number: int) -> list[Step]:
        return make_script(group, number, self.start)

    async def _play(self, device: Device, script: list[Step]) -> None:
        for step in script:
            await self.clock.sleep_until(step.at)
            logger.info("step", extra={"serial": device.serial, "step": step.name})
            try:
                await step.do(device)
            except ValueError as error:
                logger.warning("step_impossible", extra={"serial": device.serial, "step": step.name, "why": str(error)})

    async def _read_meter(self, spec: ReaderSpec) -> None:
        meter = AmsMeter(spec.meter_type, read_house(), self._chargers_a)
        alive = _alive(spec, self.start)
        if spec.way == "https":
            await live_by_https(HttpsReader(spec.token, spec.base), meter, self.clock, alive)
        serial = parse_serial(spec.serial)
        reader = MqttReader(meter_topic(serial), by_list=spec.way == "json5")
        await live_by_mqtt(reader, meter, self.clock, alive, self.place.endpoint(serial), serial)

    def _chargers_a(self) -> tuple[float, float, float]:
        drawn = [device.charger.present_status().drawn_a for device in self.devices]
        return sum(one for one, _, _ in drawn), sum(two for _, two, _ in drawn), sum(three for _, _, three in drawn)

    async def _until_the_end(self) -> None:
        if self.scenario.lasts_s is None:
            await asyncio.Event().wait()
        else:
            await self.clock.sleep_until(after(self.start, self.scenario.lasts_s))


def _alive(spec: ReaderSpec, start: datetime) -> Any:
    def alive(at: datetime) -> bool:
        second = (at - start).total_seconds()
        return not any(silence.at_s <= second < silence.at_s + silence.for_s for silence in spec.silences)

    return alive


def _tell_failure(task: asyncio.Task[None]) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        if error := task.exception():
            logger.error("task_died", exc_info=error, extra={"task": task.get_name()})
