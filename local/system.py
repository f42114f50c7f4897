"""The whole system in one `async with`: local AWS, stack, chargers, schedules, one origin; afterwards all is gone."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from device_shadows.names import Serial
from local import build, bundle, deploy, devices, meter_door, origin, schedules
from local.aws import Aws
from local.emulator import SHIM, Emulator, running_emulator
from local.errors import LocalError
from local.ports import LOOPBACK, free_ports, require_free
from local.runs import run_folder
from simulator.clock import Clock
from simulator.connection import Endpoint
from simulator.device import Device
from simulator.download import Fetch
from simulator.firmware_key import FirmwareKeys
from simulator.price_feed import PriceFeed, read_recording
from simulator.world import World

Progress = Callable[[str], None]
_CONNECT_S, _LOOK_S = 20.0, 0.02
_NOT_YET_S, _RESTART_S = 3600.0, 8.0
"""A clock that waits to be started is anchored so far ahead; updating and warming the functions takes so long, or twice
as long as warming them took the first time, on a machine that is slow."""
OPERATOR_FILE = "operator.json"
"""In the run's folder: how `zmart --laptop` reaches it (cli/stage.py)."""
SERIALS = (Serial("ZC-BERGEN-01"), Serial("ZC-BERGEN-02"))


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to run and where; times are product time.

    `start` None with `speed` 1 is real time. Any other clock stands at its start until `System.start_clock` is called,
    so that everything can be ready before time begins to run.
    """

    page_port: int = 8080
    mqtt_port: int = 8883
    cloud_port: int = 4566
    mqtt_host: str = LOOPBACK
    start: datetime | None = None
    speed: float = 1.0
    serials: tuple[Serial, ...] = SERIALS
    shim: Path = SHIM

    @classmethod
    def on_free_ports(cls, **more: Any) -> "Options":
        """Options for a system beside others: every port is free at this moment."""
        page, mqtt, cloud = free_ports(3)
        return cls(page_port=page, mqtt_port=mqtt, cloud_port=cloud, **more)

    def clock(self) -> Clock:
        """The one clock of cloud and devices; unless real, it does not run yet."""
        if self.start is None and self.speed == 1:
            return Clock.real()
        return Clock(self.start or datetime.now(UTC), self.speed, time.time() + _NOT_YET_S)


@dataclass(frozen=True, kw_only=True)
class System:
    """A running system; `url` serves the page, /v1, /sim and /feed."""

    url: str
    clock: Clock
    emulator: Emulator
    aws: Aws
    stack: deploy.Stack
    chargers: tuple[devices.MadeCharger, ...]
    world: World
    folder: Path
    warm_s: float

    async def start_clock(self) -> None:
        """Let product time run, in a few seconds, for functions and devices alike; nothing to do for a real clock.

        The functions learn of it by an update of the stack, which replaces their workers: they are warmed again.
        """
        if self.clock.is_real:
            return
        self.clock.anchor = round(time.time() + max(_RESTART_S, 2 * self.warm_s), 3)
        await asyncio.to_thread(deploy.set_clock, self.aws, self.stack, self.clock.setting())
        await asyncio.to_thread(deploy.warm, self.aws, self.stack)


class Deployed(NamedTuple):
    """A stack and the clock that its functions live by."""

    stack: deploy.Stack
    clock: Clock


def _require_ports(options: Options) -> None:
    require_free(options.page_port, "page and API", "--port")
    require_free(options.cloud_port, "the local AWS", "--cloud-port")
    require_free(options.mqtt_port, "MQTT", "--mqtt-port", options.mqtt_host)


def _parameters(options: Options, clock: Clock, emulator: Emulator) -> dict[str, str]:
    """What the laptop chooses in the template."""
    return {
        "Clock": clock.setting(),
        "PriceFeedBase": f"http://{LOOPBACK}:{options.page_port}/feed",
        "AddressBase": f"http://{LOOPBACK}:{options.page_port}/feed",
        "JwksBase": emulator.url,
        "MeterBase": f"http://{LOOPBACK}:{options.page_port}/meter",
        "MqttEndpoint": f"localhost:{options.mqtt_port}",
        "ScheduleState": "DISABLED",
        "Place": "laptop",
        "Size": "laptop",
        "Protected": "no",
    }


async def _deploy(options: Options, emulator: Emulator, aws: Aws, made: build.Package, progress: Progress) -> Deployed:
    """The stack with this run's clock, warm, and with what its schedules would have done before."""
    clock = options.clock()
    stack = await asyncio.to_thread(deploy.create_stack, emulator, aws, made, _parameters(options, clock, emulator))
    progress(f"deployed {len(stack.resources)} resources")
    await asyncio.to_thread(deploy.switch_on_time_to_live, aws, stack)
    await asyncio.to_thread(deploy.put_gateway_responses, aws, stack)
    return Deployed(stack, clock)


def device(one: devices.MadeCharger, clock: Clock, mqtt_port: int, fetch: Fetch = devices.fetch_firmware) -> Device:
    """A simulated charger with the files from its factory."""
    endpoint = Endpoint(
        host="localhost",
        port=mqtt_port,
        ca_path=one.authority_file,
        certificate_path=one.certificate_file,
        key_path=one.key_file,
    )
    keys = FirmwareKeys.from_folder(one.key_file.parent)
    return Device(one.serial, clock=clock, endpoint=endpoint, firmware_keys=keys, fetch=fetch)


async def all_connected(world: World, patience_s: float = _CONNECT_S) -> None:
    """Return when every charger is connected; LocalError if that takes too long."""
    deadline = time.monotonic() + patience_s
    while not all(device.connection.is_connected for device in world.devices.values()):
        if time.monotonic() > deadline:
            raise LocalError(f"The chargers did not connect within {patience_s:.0f} s.")
        await asyncio.sleep(_LOOK_S)


def _warm(aws: Aws, stack: deploy.Stack) -> float:
    """Start the functions; the seconds that it took."""
    began = time.monotonic()
    deploy.warm(aws, stack)
    return time.monotonic() - began


@contextlib.asynccontextmanager
async def _living(world: World) -> AsyncIterator[None]:
    """The chargers live, all of them connected, and say goodbye at the end."""
    world.start()
    try:
        await all_connected(world)
        yield
    finally:
        await world.stop()


@contextlib.asynccontextmanager
async def _beside(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Work that runs beside the body and ends with it; if it fails, the body is cancelled and the failure raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
            yield
            for task in tasks:
                task.cancel()
    except BaseExceptionGroup as failures:
        raise (failures.subgroup(LocalError) or failures).exceptions[0] from None


@contextlib.asynccontextmanager
async def _serving(
    options: Options, emulator: Emulator, aws: Aws, deployed: Deployed, world: World
) -> AsyncIterator[str]:
    """Everything on one origin; its address. Days that are not recorded are answered with recorded ones."""
    feed = PriceFeed(read_recording(), deployed.clock, replay=True)
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        application = origin.make_origin(
            api_url=deployed.stack.api_url,
            emulator_url=emulator.url,
            session=session,
            simulator=world.application(),
            feed=feed.application(),
            meter_door=meter_door.MeterDoor(aws, deployed.stack).handle,
        )
        async with origin.serving(application, options.page_port) as url:
            yield url


@contextlib.asynccontextmanager
async def running_system(options: Options, progress: Progress) -> AsyncIterator[System]:
    """A system that is ready to be used; LocalError, with a sentence for its user, if it cannot be had or breaks."""
    cloud, mqtt, host = options.cloud_port, options.mqtt_port, options.mqtt_host
    async with contextlib.AsyncExitStack() as parts:
        folder = parts.enter_context(run_folder())  # first: it ends a killed run that may still be holding our ports
        _require_ports(options)
        made = await asyncio.to_thread(build.package, bundle.LAPTOP, progress)
        started = running_emulator(folder, cloud_port=cloud, mqtt_port=mqtt, mqtt_host=host, shim=options.shim)
        emulator = await parts.enter_async_context(started)
        (folder / OPERATOR_FILE).write_text(json.dumps(emulator.environment()))
        await parts.enter_async_context(_beside(emulator.watch()))
        aws = Aws(emulator)
        deployed = await _deploy(options, emulator, aws, made, progress)
        stack, clock = deployed
        factory = asyncio.to_thread(devices.make_chargers, emulator, aws, stack, folder / "factory", options.serials)
        chargers, warm_s = await asyncio.gather(factory, asyncio.to_thread(_warm, aws, stack))
        progress(f"{len(chargers)} chargers left the factory")
        world = World(clock, mqtt_host=host, mqtt_port=mqtt, devices=[device(one, clock, mqtt) for one in chargers])
        url = await parts.enter_async_context(_serving(options, emulator, aws, deployed, world))
        await asyncio.to_thread(schedules.fire_once, aws, stack)
        progress("the functions are warm")
        await parts.enter_async_context(_living(world))
        await parts.enter_async_context(_beside(schedules.follow_schedules(aws, stack, clock, progress)))
        yield System(
            url=url,
            clock=clock,
            emulator=emulator,
            aws=aws,
            stack=stack,
            chargers=tuple(chargers),
            world=world,
            folder=folder,
            warm_s=warm_s,
        )
