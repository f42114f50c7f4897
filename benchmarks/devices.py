"""`./dev bench devices`: what the local system does with real clients, and what is refused how fast."""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Final

import msgspec
from rich.console import Console

from benchmarks import fuzz, round_trips, stored
from benchmarks.figures import Figure, compared, median_of_rounds, quantile, table
from benchmarks.round_trips import Cloud, Listener, Rounds
from chalicelib.observability import log
from device_shadows.names import Serial
from local.devices import make_chargers
from local.system import Options, System, all_connected, device, running_system
from local.terminal import Progress, run_command
from simulator.device import Device

CLIENTS: Final = (1, 50, 200)
STORING: Final = 10
"""Chargers that send readings."""
CONNECT_S, SETTLE_S = 90.0, 2.0
TITLES: Final = {
    "round_trips": "desired -> applied -> reported",
    "readings": "readings, end to end",
    "codec": "codec",
    "workers": "workers",
}
Figures = dict[str, list[Figure]]


def main(arguments: Sequence[str]) -> None:
    """Become the command."""
    parser = argparse.ArgumentParser(prog="./dev bench devices", description="Devices on this machine, loopback only.")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON instead of tables")
    parser.add_argument("--messages", type=int, default=fuzz.MESSAGES, help="broken messages (default %(default)s)")
    parser.add_argument("--clients", type=int, nargs="+", default=CLIENTS, help="numbers of clients (default 1 50 200)")
    options, progress = parser.parse_args(arguments), Progress()
    log.setLevel("CRITICAL")
    figures = {"codec": fuzz.fuzz_codec(options.messages), "workers": fuzz.fuzz_workers(options.messages)}
    progress(f"{options.messages:,} broken messages at the codec and at the workers: each read or refused")
    work = run(figures, sorted(options.clients), progress, as_json=options.json)
    sys.exit(run_command("bench devices", work, progress))


async def run(figures: Figures, clients: Sequence[int], progress: Progress, *, as_json: bool) -> int:
    """What needs a running system, then everything that was measured."""
    async with running_system(Options.on_free_ports(serials=(_serial(0),)), progress) as system:
        await _measure(system, clients, figures, progress)
    if as_json:
        sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")
        return 0
    for name, title in TITLES.items():
        Console().print(table(title, figures[name]))
    return 0


async def _measure(system: System, clients: Sequence[int], figures: Figures, progress: Progress) -> None:
    """Round trips with ever more clients; readings as soon as there are chargers enough, before a crowd is there."""
    cloud, figures["round_trips"] = Cloud(system.aws), []
    listeners = [Listener(one) for one in system.world.devices.values()]
    for count in clients:
        began = time.monotonic()
        listeners += [Listener(one) for one in await _connect(system, count - len(listeners))]
        progress(f"{count} clients connected in {time.monotonic() - began:.0f} s")
        await asyncio.sleep(SETTLE_S)
        plain = await round_trips.measure(cloud.command, listeners)
        shadow = await round_trips.measure(cloud.desire, listeners)
        figures["round_trips"] += (found := _trip_figures(count, plain, shadow))
        progress(f"{count} clients: {found[-2].value:.0f} ms p50, {found[-1].value:.0f} ms p99")
        if "readings" not in figures and (count >= STORING or count == clients[-1]):
            devices = [listener.device for listener in listeners[:STORING]]
            await stored.claim(system, devices)
            figures["readings"] = _readings(await stored.measure(system, devices), len(devices))
            progress(f"{figures['readings'][-1].value:.1f} readings a second stored")


async def _connect(system: System, count: int) -> list[Device]:
    """So many more chargers, made and connected."""
    first = len(system.world.devices)
    serials = [_serial(number) for number in range(first, first + max(0, count))]
    if not serials:
        return []
    folder = system.folder / f"factory-{first}"
    made = await asyncio.to_thread(make_chargers, system.emulator, system.aws, system.stack, folder, serials)
    devices = [device(one, system.clock, system.emulator.mqtt_port) for one in made]
    for one in devices:
        system.world.add(one)
    await all_connected(system.world, CONNECT_S)
    return devices


def _trip_figures(count: int, plain: Rounds, shadow: Rounds) -> list[Figure]:
    def milliseconds(name: str, seconds: float, note: str) -> Figure:
        return Figure(name=f"{name}, {count} clients", value=seconds * 1000, unit="ms", note=note)

    def pair(name: str, rounds: Rounds) -> tuple[Figure, Figure]:
        many = f"{len(rounds.all)} round trips"
        middle = milliseconds(f"{name} p50", median_of_rounds(rounds.seconds, 0.5), f"median of {len(rounds.seconds)}")
        return middle, milliseconds(f"{name} p99", quantile(rounds.all, 0.99), many)

    plain_p50, plain_p99 = pair("publish and answer", plain)
    shadow_p50, shadow_p99 = pair("desired to reported", shadow)
    return [plain_p50, plain_p99, compared(shadow_p50, plain_p50), compared(shadow_p99, plain_p99)]


def _readings(bursts: Sequence[stored.Burst], chargers: int) -> list[Figure]:
    note = f"median of {len(bursts)} bursts of {stored.PER_CHARGER * chargers} from {chargers} chargers"
    sent = Figure(
        name="readings at the broker", value=statistics.median(one.sent_per_s for one in bursts), unit="/s", note=note
    )
    kept = Figure(
        name="readings in the table", value=statistics.median(one.stored_per_s for one in bursts), unit="/s", note=note
    )
    return [sent, compared(kept, sent)]


def _serial(number: int) -> Serial:
    return Serial(f"ZC-BENCH-{number:04d}")
