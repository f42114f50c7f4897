"""Readings end to end: chargers send, the rule, the queue and the function pass on, the table has them."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from device_shadows.reading import Reading, ReadingKind
from local.system import System
from simulator.answers import Position
from simulator.device import Device
from simulator.phone import Phone
from simulator.records import Outgoing

ROUNDS: Final = 5
PER_CHARGER: Final = 5
PATIENCE_S: Final = 60.0
SENT_LOOK_S, STORED_LOOK_S = 0.005, 0.2
AFTER_CLAIM_S: Final = 2
BERGEN: Final = Position(lat=60.392, lon=5.324)
PHONE: Final = "+4790000077"


class Burst(msgspec.Struct, frozen=True, kw_only=True):
    """One burst of readings: how many a second the broker had, and how many a second the table had."""

    sent_per_s: float
    stored_per_s: float


async def claim(system: System, devices: Sequence[Device]) -> None:
    """Readings of a charger that nobody owns are forgotten, so a person claims them all."""
    async with Phone.at(system.url) as phone:
        await phone.sign_in(PHONE)
        await phone.accept_terms()
        site = await phone.create_site("Bench", BERGEN)
        for device in devices:
            await phone.claim(device.serial, device.key.fingerprint, site_id=site.site_id)


async def measure(system: System, devices: Sequence[Device]) -> list[Burst]:
    """Bursts of readings of all these chargers, which must be claimed; the first one only warms up."""
    return [await _burst(system, devices) for _ in range(ROUNDS + 1)][1:]


async def _burst(system: System, devices: Sequence[Device]) -> Burst:
    count = PER_CHARGER * len(devices)
    wanted = await _stored(system) + count
    began = time.perf_counter()
    for device in devices:
        _queue_readings(device)
        device.connection.wake()
    while any(device.charger.outbox for device in devices):
        await _sleep(SENT_LOOK_S, began)
    sent = time.perf_counter()
    while await _stored(system) < wanted:
        await _sleep(STORED_LOOK_S, began)
    return Burst(sent_per_s=count / (sent - began), stored_per_s=count / (time.perf_counter() - began))


def _queue_readings(device: Device) -> None:
    """As after a time without a connection, one second apart; those from before the claim would be forgotten."""
    book, now_s = device.charger.book, device.charger.now_s
    for _ in range(PER_CHARGER):
        last, book.seq = book.last, book.seq + 1
        reading = Reading(
            epoch=last.epoch,
            seq=book.seq,
            ts=max(last.ts + 1, now_s + AFTER_CLAIM_S),
            register_wh=last.register_wh + 1,
            plug_seq=1,
            kind=ReadingKind.QUARTER,
        )
        book.last = msgspec.structs.replace(last, seq=reading.seq, ts=reading.ts, register_wh=reading.register_wh)
        book.outbox.append(Outgoing(due_s=now_s, reading=reading))


async def _stored(system: System) -> int:
    table = system.stack.resources["ReadingsTable"]
    pages: Any = system.aws.client("dynamodb").get_paginator("scan")
    return sum(
        page["Count"] for page in await asyncio.to_thread(lambda: list(pages.paginate(TableName=table, Select="COUNT")))
    )


async def _sleep(delay_s: float, began: float) -> None:
    if time.perf_counter() - began > PATIENCE_S:
        raise TimeoutError(f"readings were not stored within {PATIENCE_S:.0f} s")
    await asyncio.sleep(delay_s)
