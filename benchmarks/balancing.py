"""`./dev bench balancing`: from a meter's sample to the limit at the charger, alone and beside a backlog elsewhere."""

import argparse
import asyncio
import itertools
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from rich.console import Console

from benchmarks import limit_trips
from benchmarks.figures import Figure, compared, median_of_rounds, quantile, table
from benchmarks.limit_trips import Home, Send, Trips
from chalicelib.domain.balancing import BalancedCharger, BalancingState, LineSample, Supply, step
from chalicelib.domain.balancing.model import Held
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.meter_readers import SiteLoad
from local.system import Options, running_system
from local.terminal import Progress, run_command

DECISIONS: Final = 2000
WARM_UP: Final = 5
GOAL_MS, DECISION_GOAL_MS = 1000, 10
RHYTHM: Final = timedelta(seconds=10)
START: Final = datetime(2026, 2, 10, 17, 0, tzinfo=UTC)
SUPPLY: Final = Supply(main_fuse_a=63, grid_type="IT")


def main(arguments: Sequence[str]) -> None:
    """Become the command."""
    parser = argparse.ArgumentParser(prog="./dev bench balancing", description="Sample to limit on this machine.")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON instead of a table")
    options, progress = parser.parse_args(arguments), Progress()
    sys.exit(run_command("bench balancing", run(progress, as_json=options.json), progress))


async def run(progress: Progress, *, as_json: bool) -> int:
    """Everything, on a system of its own in real time."""
    figures = decisions()
    async with running_system(Options.on_free_ports(), progress) as system:
        home = Home(system)
        try:
            await home.settle()
            progress("two cars wait behind one meter")
            figures += await _measure(home, progress)
        finally:
            await home.close()
    if as_json:
        sys.stdout.write(msgspec.json.encode({"balancing": figures}).decode() + "\n")
    else:
        Console().print(table("load balancing", figures))
    return 0


async def _measure(home: Home, progress: Progress) -> list[Figure]:
    ways = {
        "HTTPS sample to limit": home.post,
        "MQTT sample to limit, format 0": home.publish_all,
        "MQTT sample to limit, format 5": home.publish_list,
    }
    for send in (*ways.values(), home.tell):
        for _ in range(WARM_UP):
            await home.trip(send)
    plain = await limit_trips.measure(home, home.tell)
    figures = _figures("a limit that is only sent", plain, ())
    for name, send in ways.items():
        alone = await limit_trips.measure(home, send)
        figures += _figures(name, alone, figures[:2])
        progress(f"{name}: p50 {figures[-2].value:.0f} ms, p99 {figures[-1].value:.0f} ms")
        figures += await _beside_a_backlog(home, name, send, figures[-2:])
        progress(
            f"beside a backlog: p50 {figures[-2].value:.0f} ms, p99 {figures[-1].value:.0f} ms ({figures[-1].note})"
        )
    return figures


async def _beside_a_backlog(home: Home, name: str, send: Send, alone: Sequence[Figure]) -> list[Figure]:
    await asyncio.to_thread(limit_trips.fill_up, home)
    before = await asyncio.to_thread(limit_trips.left, home)
    busy = await limit_trips.measure(home, send)
    after = await asyncio.to_thread(limit_trips.left, home)
    return _figures(f"{name}, backlog", busy, alone, f"{before} messages elsewhere, {after} at its end")


def _figures(name: str, trips: Trips, baseline: Sequence[Figure], note: str = "") -> list[Figure]:
    everything = tuple(itertools.chain.from_iterable(trips))
    many = f"{len(everything)} samples; {note}".rstrip("; ")
    p50 = Figure(name=f"{name} p50", value=1000 * median_of_rounds(trips, 0.5), unit="ms", note=f"of {len(trips)}")
    p99 = Figure(name=f"{name} p99", value=1000 * quantile(everything, 0.99), unit="ms", note=many)
    return [compared(one, base) for one, base in zip((p50, p99), baseline, strict=True)] if baseline else [p50, p99]


def decisions() -> list[Figure]:
    """Own code of one decision: what is remembered is read, the step made, the next state written; two cars."""
    content, took_s, baseline_s = first_state(), list[float](), list[float]()
    for number in range(DECISIONS):
        began = time.thread_time()
        content = decided(content, number, START + number * RHYTHM)
        took_s.append(time.thread_time() - began)
        began = time.thread_time()
        msgspec.json.encode(msgspec.json.decode(content, type=SiteLoad))
        baseline_s.append(time.thread_time() - began)
    goal = f"of {DECISIONS}, CPU; goal {DECISION_GOAL_MS} ms"
    plain = Figure(name="state read and written p99", value=1000 * quantile(baseline_s, 0.99), unit="ms")
    made = Figure(name="own code of a decision p99", value=1000 * quantile(took_s, 0.99), unit="ms", note=goal)
    return [plain, compared(made, plain)]


def first_state() -> bytes:
    """Nothing is known of the site yet."""
    return msgspec.json.encode(SiteLoad(version=0, balancing=BalancingState(boot_epoch=1)))


def held_in(content: bytes) -> tuple[Held, ...]:
    """What is remembered of each charger."""
    return msgspec.json.decode(content, type=SiteLoad).balancing.held


def decided(content: bytes, number: int, now: datetime) -> bytes:
    """What is remembered after one more sample; a large load of the house comes and goes each ten minutes."""
    load = msgspec.json.decode(content, type=SiteLoad)
    draws = [float(held.limit_a) for held in load.balancing.held] or [0.0, 0.0]
    chargers = [_charger(place, drawn_a) for place, drawn_a in enumerate(draws)]
    house_a = 8.0 + 45.0 * (number // 60 % 2) + number % 7 / 10
    lines = (house_a + sum(draws), None, house_a / 2 + sum(draws))
    decision = step(load.balancing, LineSample(currents_a=lines, received_at=now), chargers, SUPPLY, now)
    return msgspec.json.encode(
        msgspec.structs.replace(load, version=load.version + 1, balancing=decision.state, currents_a=lines)
    )


def _charger(place: int, drawn_a: float) -> BalancedCharger:
    return BalancedCharger(
        charger_id=ChargerId(f"chg_{place}"),
        plug_seq=1,
        phases=3,
        max_a=32,
        fallback_a=0,
        wanted_a=32,
        offered_a=int(drawn_a),
        drawn_a=(drawn_a, drawn_a, 0.0),
    )
