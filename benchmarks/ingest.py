"""`./dev bench ingest`: what a reading costs in our own code and in calls, and whether every order ends alike."""

import argparse
import base64
import hashlib
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.figures import Figure, compared, table
from benchmarks.memory_store import NO5, MemoryStore
from chalicelib.domain.calendar import DAY, HOUR, QUARTER, day_stretch, local_day, steps
from chalicelib.domain.prices import MARKET_TZ, PriceDay, PriceSlot
from chalicelib.observability import log
from chalicelib.settings import settings
from chalicelib.workers import readings as worker
from device_shadows.codec import decode
from device_shadows.reading import Reading, ReadingKind

BATCH: Final = 10
ROUNDS: Final = 5
FIRST_DAY: Final = datetime(2026, 3, 15, tzinfo=UTC)
"""The month holds the night that lacks an hour."""
POWER_W: Final = 7360
DOUBLES: Final = 0.2


def main(arguments: Sequence[str]) -> None:
    """Become the command."""
    parser = argparse.ArgumentParser(prog="./dev bench ingest", description="Readings into history, on one core.")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON instead of a table")
    parser.add_argument("--chargers", type=int, default=1000, help="in the replay of a month (default %(default)s)")
    parser.add_argument("--days", type=int, default=30, help="of the replay (default %(default)s)")
    options = parser.parse_args(arguments)
    quiet()
    figures = [*speeds(), *replay(options.chargers, options.days)]
    if options.json:
        sys.stdout.write(msgspec.json.encode({"ingest": figures}).decode() + "\n")
    else:
        Console().print(table("ingest", figures))


def quiet() -> None:
    """No log, and product time after everything that is read here."""
    import os

    os.environ["CLOCK"] = "2026-04-20T12:00:00+02:00@0@0"
    os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "bench")
    settings.cache_clear()
    log.setLevel("CRITICAL")


def nights(seed: int, days: int) -> Iterator[Reading]:
    """A charger that charges one to three hours almost every night, a reading each quarter, as ours send them."""
    chance, seq, wh = random.Random(seed), 0, chance_start(seed)  # noqa: S311 - made data, repeatable
    for number in range(days):
        if chance.random() < 0.15:  # noqa: PLR2004 - a night away
            continue
        plugged = FIRST_DAY + number * DAY + timedelta(hours=17, seconds=chance.randrange(7200))
        began = plugged + timedelta(hours=chance.randrange(1, 7), seconds=chance.randrange(900))
        ended = began + timedelta(seconds=chance.randrange(3600, 10_800))
        unplugged = ended + timedelta(hours=chance.randrange(1, 4))
        moments = [(plugged, ReadingKind.SESSION_START), (began, ReadingKind.FLOW_START)]
        quarter = datetime.fromtimestamp(began.timestamp() // 900 * 900 + 900, UTC)
        while quarter < ended:
            moments.append((quarter, ReadingKind.QUARTER))
            quarter += QUARTER
        moments += [(ended, ReadingKind.FLOW_STOP), (unplugged, ReadingKind.SESSION_END)]
        last = began
        for at, kind in moments:
            if began < at <= ended:
                wh, last = wh + int(POWER_W * (at - last).total_seconds() / 3600), at
            seq += 1
            stamp = int(at.timestamp())
            yield Reading(epoch=1, seq=seq, ts=stamp, register_wh=wh, plug_seq=number + 1, kind=kind)


def chance_start(seed: int) -> int:
    """What the register has counted before."""
    return seed * 1000


def prices(days: int) -> list[PriceDay]:
    """A price for each hour of NO5."""
    found = []
    for number in range(-1, days + 2):
        day = local_day(FIRST_DAY + number * DAY + HOUR * 12, MARKET_TZ)
        hours = enumerate(steps(day_stretch(day, MARKET_TZ), HOUR))
        slots = tuple(
            PriceSlot(hour.start, hour.end, Decimal(f"0.{41 + (7 * place) % 53}{place:03d}")) for place, hour in hours
        )
        found.append(PriceDay(zone=NO5, day=day, currency="NOK", slots=slots, source="made", fetched_at=FIRST_DAY))
    return found


def bodies(serial: str, seed: int, days: int) -> list[str]:
    """The messages of a charger as the rule forwards them."""
    made = (base64.b64encode(msgspec.json.encode(reading)).decode() for reading in nights(seed, days))
    return [json.dumps({"payload": payload, "thing": serial}) for payload in made]


def event(batch: Sequence[str]) -> dict[str, Any]:
    """What SQS hands to the function."""
    records = [
        {"messageId": str(number), "body": body, "eventSource": "aws:sqs", "receiptHandle": "x", "attributes": {}}
        for number, body in enumerate(batch)
    ]
    return {"Records": records}


def take_in(store: MemoryStore, messages: Sequence[str], tell: Callable[[int], object] = id) -> float:
    """Seconds of own code and of the store in memory for all of it, in batches; `tell` hears how many are done."""
    took_s = 0.0
    with store.in_place():
        for first in range(0, len(messages), BATCH):
            batch = event(messages[first : first + BATCH])
            began = time.process_time()
            answer = worker.handle(batch, None)
            took_s += time.process_time() - began
            assert answer == {"batchItemFailures": []}
            tell(min(first + BATCH, len(messages)))
    return took_s


def speeds() -> list[Figure]:
    """Readings a second and calls for each: batches of one charger, and batches in which each is of another one."""
    days = 20
    serials = [f"ZC-BENCH-{number:04d}" for number in range(BATCH)]
    by_charger = [bodies(serial, number, days) for number, serial in enumerate(serials)]
    alone = [body for one in by_charger for body in one[: len(one) // BATCH * BATCH]]
    shortest = min(map(len, by_charger))
    mixed = [one[place] for place in range(shortest) for one in by_charger]
    base = _decoding(alone)
    found = [base]
    for name, messages in (("batches of one charger", alone), ("batches of ten chargers", mixed)):
        rates, calls = [], 0.0
        for _ in range(ROUNDS):
            store = MemoryStore(serials, prices(days))
            rates.append(len(messages) / take_in(store, messages))
            calls = sum(store.calls.values()) / len(messages)
        note = f"median of {ROUNDS} rounds of {len(messages)} in batches of {BATCH}, the store a few dictionaries"
        found.append(compared(Figure(name=name, value=median(rates), unit="readings/s", note=note), base))
        found.append(Figure(name=f"calls to the store, {name}", value=calls, unit="per reading"))
    return found


def _decoding(messages: Sequence[str]) -> Figure:
    """The baseline: the same messages unpacked and decoded, nothing else."""
    rates = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for body in messages:
            decode(base64.b64decode(json.loads(body)["payload"]), Reading)
        rates.append(len(messages) / (time.process_time() - began))
    return Figure(name="unpacked and decoded only", value=median(rates), unit="readings/s", note="the baseline")


def replay(chargers: int, days: int) -> list[Figure]:
    """A month in order, and the same shuffled with doubles: the histories must be the same to the byte."""
    serials = [f"ZC-BENCH-{number:04d}" for number in range(chargers)]
    by_charger = [bodies(serial, number, days) for number, serial in enumerate(serials)]
    messages = [body for one in by_charger for body in one]
    chance = random.Random(1)  # noqa: S311 - repeatable
    mixed = messages + chance.sample(messages, int(len(messages) * DOUBLES))
    chance.shuffle(mixed)
    with _progress() as progress:
        wanted, _, _ = _replayed(serials, days, messages, progress, "in order")
        found, took_s, calls = _replayed(serials, days, mixed, progress, "shuffled, with doubles")
    assert found == wanted, "another order gave another history"
    note = f"{chargers} chargers, {days} days, {len(messages)} readings and {DOUBLES:.0%} doubles: byte-identical"
    each = "every reading late, each batch of ten chargers"
    return [
        Figure(name="shuffled replay", value=len(mixed) / took_s, unit="readings/s", note=note),
        Figure(name="calls to the store, shuffled", value=calls / len(mixed), unit="per reading", note=each),
    ]


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _replayed(
    serials: Sequence[str], days: int, messages: Sequence[str], progress: Progress, name: str
) -> tuple[dict[str, bytes], float, int]:
    """A digest of the history of each charger, seconds of own code, calls; the store is forgotten."""
    store, task = MemoryStore(serials, prices(days)), progress.add_task(name, total=len(messages))
    took_s = take_in(store, messages, lambda done: progress.update(task, completed=done))
    digests = {one: hashlib.blake2b(store.history_of(one)).digest() for one in store.ledgers}
    return {str(one): digest for one, digest in digests.items()}, took_s, store.calls.total()
