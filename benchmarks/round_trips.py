"""Desired to applied: the cloud writes a charger's shadow, the charger obeys and reports, the broker has the report.

The baseline is the same way without shadows: a command is published to the charger, which answers it.
"""

import asyncio
import itertools
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec

from device_shadows import topics
from device_shadows.charging import ChargingMode, ChargingReported
from device_shadows.command import Command, Operation, Result
from device_shadows.names import CHARGING
from local.aws import Aws
from simulator.device import Device

PER_SECOND: Final = 10
"""Round trips begun each second, however many clients there are: each is two shadow writes, and the local AWS bears
some 30 to 50 a second."""
ROUNDS: Final = 5
PER_ROUND: Final = 40
PATIENCE_S: Final = 15.0


class Listener:
    """Tells when the broker has what one charger said."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._waiting: dict[object, asyncio.Future[None]] = {}
        session = device.connection.session
        acknowledge = session.acknowledged

        def acknowledged(message: Any) -> None:
            acknowledge(message)
            self._notice(message.says)

        vars(session)["acknowledged"] = acknowledged

    def expect(self, what: object) -> asyncio.Future[None]:
        """Done when the charger's word `what` has arrived."""
        self._waiting[what] = asyncio.get_running_loop().create_future()
        return self._waiting[what]

    def _notice(self, said: object) -> None:
        what: object = None
        if isinstance(said, ChargingReported):
            what = said.mode
        elif isinstance(said, Result):
            what = said.id
        if waiting := self._waiting.pop(what, None):
            waiting.set_result(None)


class Rounds(msgspec.Struct, frozen=True):
    """Seconds of every round trip, by round."""

    seconds: tuple[tuple[float, ...], ...]

    @property
    def all(self) -> tuple[float, ...]:
        """Of all rounds."""
        return tuple(itertools.chain.from_iterable(self.seconds))


Trip = Callable[[Listener], Awaitable[float]]


class Cloud:
    """The cloud's side: it writes shadows and publishes, as our functions do."""

    def __init__(self, aws: Aws) -> None:
        self._data = aws.client("iot-data")
        self._ids = itertools.count()

    async def desire(self, listener: Listener) -> float:
        """Let the charger change its mode; seconds until the broker has its report."""
        charger = listener.device.charger
        mode = ChargingMode.SMART if charger.charging.mode is ChargingMode.FULL else ChargingMode.FULL
        payload = json.dumps({"state": {"desired": {"mode": mode.value}}}).encode()
        reported, began = listener.expect(mode), time.perf_counter()
        await asyncio.to_thread(
            self._data.update_thing_shadow, thingName=charger.serial, shadowName=CHARGING, payload=payload
        )
        await asyncio.wait_for(reported, PATIENCE_S)
        return time.perf_counter() - began

    async def command(self, listener: Listener) -> float:
        """Let the charger blink; seconds until the broker has its result."""
        charger, id_ = listener.device.charger, f"bench-{next(self._ids)}"
        command = Command(id=id_, op=Operation.IDENTIFY, issued_at=int(time.time()), ttl_s=60)
        answered, began = listener.expect(id_), time.perf_counter()
        payload = msgspec.json.encode(command)
        await asyncio.to_thread(self._data.publish, topic=topics.do(charger.serial), qos=1, payload=payload)
        await asyncio.wait_for(answered, PATIENCE_S)
        return time.perf_counter() - began


async def measure(trip: Trip, listeners: Sequence[Listener]) -> Rounds:
    """Begin trips at an even pace, each with the next charger that has none under way; TimeoutError if one is lost."""
    turn = itertools.cycle(listeners)
    return Rounds(tuple([await _round(trip, [next(turn) for _ in range(PER_ROUND)]) for _ in range(ROUNDS)]))


async def _round(trip: Trip, listeners: Sequence[Listener]) -> tuple[float, ...]:
    loop, busy = asyncio.get_running_loop(), dict[Listener, asyncio.Task[float]]()
    began, tasks = loop.time(), list[asyncio.Task[float]]()
    for number, listener in enumerate(listeners):
        await asyncio.sleep(max(0.0, began + number / PER_SECOND - loop.time()))
        if listener in busy:
            await busy[listener]
        busy[listener] = loop.create_task(_timed(trip, listener))
        tasks.append(busy[listener])
    return tuple(await asyncio.gather(*tasks))


async def _timed(trip: Trip, listener: Listener) -> float:
    return await trip(listener)
