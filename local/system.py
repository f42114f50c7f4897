"""The whole system in one `async with`: package, local AWS, stack, chargers, schedules, one origin; and all of it gone after."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from device_shadows.names import Serial
from local import build, bundle, deploy, devices, origin, schedules
from local.aws import Aws
from local.emulator import Emulator, running_emulator
from local.errors import LocalError
from local.ports import LOOPBACK, free_ports, require_free
from local.runs import run_folder
from simulator.clock import Clock

Progress = Callable[[str], None]
SERIALS = (Serial("ZC-BERGEN-01"), Serial("ZC-BERGEN-02"))


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to run and where; times are product time.

    `start` None with `speed` 1 is real time. A scaled clock stands at `start` until `settle_s` real seconds after the
    deployment has begun, so that everything is ready before time begins to run.
    """

    page_port: int = 8080
    mqtt_port: int = 8883
    cloud_port: int = 4566
    mqtt_host: str = LOOPBACK
    start: datetime | None = None
    speed: float = 1.0
    settle_s: float = 15.0
    serials: tuple[Serial, ...] = SERIALS

    @classmethod
    def on_free_ports(cls, **more: Any) -> "Options":
        """Options for a system beside others: every port is free at this moment."""
        page, mqtt, cloud = free_ports(3)
        return cls(page_port=page, mqtt_port=mqtt, cloud_port=cloud, **more)

    def clock(self) -> Clock:
        """The one clock of cloud and devices, anchored now."""
        if self.start is None and self.speed == 1:
            return Clock.real()
        return Clock(self.start or datetime.now(UTC), self.speed, time.time() + self.settle_s)


@dataclass(frozen=True, kw_only=True)
class System:
    """A running system; `url` serves the page, /v1, /sim and /feed."""

    url: str
    clock: Clock
    emulator: Emulator
    aws: Aws
    stack: deploy.Stack
    chargers: tuple[devices.MadeCharger, ...]
    world: Any
    folder: Path

    @property
    def late_s(self) -> float:
        """Real seconds by which everything was ready after the clock had begun to run; 0 when in time."""
        return 0.0 if self.clock.is_real else max(0.0, time.time() - self.clock.anchor)


def _require_ports(options: Options) -> None:
    require_free(options.page_port, "page and API", "--port")
    require_free(options.cloud_port, "the local AWS", "--cloud-port")
    require_free(options.mqtt_port, "MQTT", "--mqtt-port", options.mqtt_host)


def _parameters(options: Options, clock: Clock, emulator: Emulator) -> dict[str, str]:
    """What the laptop chooses in the template."""
    return {
        "Clock": clock.setting(),
        "PriceFeedBase": f"http://{LOOPBACK}:{options.page_port}/feed",
        "JwksBase": emulator.url,
        "ScheduleState": "DISABLED",
    }
