"""What happens to one charger in a scenario: steps in order of time, and how each is done to a device; pure."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from simulator.car import Car
from simulator.scenario import Breakdown, CarVisit, ChargerGroup, ClockError, LinkLoss, Mishap, PowerCut, after

Do = Callable[[Any], Awaitable[None]]


class Step(msgspec.Struct, frozen=True):
    """Something that happens at `at` to a device (`simulator.device.Device`, or one that does as it does)."""

    at: datetime
    name: str
    do: Do


def make_script(group: ChargerGroup, number: int, start: datetime) -> list[Step]:
    """The steps of the charger with this number (from 0) in its group, in order of time."""
    steps = [step for visit in group.cars for step in _visit(visit, number, start)]
    steps += [step for mishap in group.mishaps for step in _mishap(mishap, start)]
    return sorted(steps, key=lambda step: step.at)


def _visit(visit: CarVisit, number: int, start: datetime) -> Iterator[Step]:
    late_s = visit.spread_s * number

    async def come(device: Any) -> None:
        car: Car = visit.make()
        device.plug_in(car)

    async def leave(device: Any) -> None:
        device.unplug()

    yield Step(after(start, visit.at_s + late_s), "car comes", come)
    if visit.leaves_at_s is not None:
        yield Step(after(start, visit.leaves_at_s + late_s), "car leaves", leave)


def _mishap(mishap: Mishap, start: datetime) -> Iterable[Step]:
    at = after(start, mishap.at_s)
    if isinstance(mishap, LinkLoss):
        return _link_loss(mishap, at)
    if isinstance(mishap, PowerCut):
        return _power_cut(mishap, at)
    if isinstance(mishap, ClockError):
        return _clock_error(mishap, at)
    if isinstance(mishap, Breakdown):
        return _breakdown(mishap, at)
    return [Step(at, "register reset", _reset_register)]


def _link_loss(mishap: LinkLoss, at: datetime) -> Iterator[Step]:
    async def lose(device: Any) -> None:
        await device.connection.link_down()

    async def regain(device: Any) -> None:
        device.connection.link_up()

    yield Step(at, "link lost", lose)
    yield Step(after(at, mishap.for_s), "link back", regain)


def _power_cut(mishap: PowerCut, at: datetime) -> Iterator[Step]:
    async def lose(device: Any) -> None:
        await device.lose_power()

    async def regain(device: Any) -> None:
        device.regain_power(is_clock_known=not mishap.clock_unknown_s)

    yield Step(at, "power lost", lose)
    yield Step(after(at, mishap.for_s), "power back", regain)
    if mishap.clock_unknown_s:
        yield Step(after(at, mishap.for_s + mishap.clock_unknown_s), "clock set", _set_clock)


def _clock_error(mishap: ClockError, at: datetime) -> Iterator[Step]:
    async def disturb(device: Any) -> None:
        device.charger.disturb_clock(mishap.error_s, device.clock.now())
        device.connection.wake()

    yield Step(at, "clock wrong", disturb)
    yield Step(after(at, mishap.for_s), "clock set", _set_clock)


def _breakdown(mishap: Breakdown, at: datetime) -> Iterator[Step]:
    async def fail(device: Any) -> None:
        device.charger.break_down(str(mishap.fault), device.clock.now())
        device.connection.wake()

    async def repair(device: Any) -> None:
        device.charger.repair(str(mishap.fault), device.clock.now())

    yield Step(at, "breakdown", fail)
    yield Step(after(at, mishap.for_s), "repaired", repair)


async def _set_clock(device: Any) -> None:
    device.charger.set_clock(device.clock.now())
    device.connection.wake()


async def _reset_register(device: Any) -> None:
    device.charger.reset_register(device.clock.now())
    device.connection.wake()
