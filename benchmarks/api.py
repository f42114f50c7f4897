"""`./dev bench api`: what the API itself costs: own code and calls to the store of each route, and a cold start.

Every route is called in process, on an emulator (moto) in the same process. The figures are of our own code with our
libraries and botocore: the clock that they are read from stands still from the moment botocore would send a request to
the moment its answer is there, and while requests are made ready. On that clock requests arrive at random, 50 a
second (benchmarks/arrivals.py), at one execution environment; waiting for the one before counts. Five rounds go through
all routes; a p50 is the median of the rounds' and stands beside that of GET /v1/health, which asks nobody for anything.
"""

import argparse
import contextlib
import functools
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console

from benchmarks.arrivals import Measured, OwnClock, arrivals, drive
from benchmarks.figures import Figure, compared, median_of_rounds, quantile, table
from chalicelib.observability import log
from local import build, bundle
from local.cold_start import MOST_BUNDLE_MB, MOST_IMPORT_MS, cold_import

PER_SECOND, ROUNDS, CALLS, WARM_UP = 50, 5, 40, 3
WIDTH: Final = 130
"""Names of routes are long."""
BASELINE: Final = "GET /v1/health"


def main(arguments: Sequence[str]) -> None:
    """Become the command."""
    parser = argparse.ArgumentParser(prog="./dev bench api", description="The API's own cost on this machine.")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON instead of tables")
    parser.add_argument("--calls", type=int, default=CALLS, help="of each route in each round (default %(default)s)")
    options = parser.parse_args(arguments)
    figures = {"bundle": bundle_figures(), "routes": route_figures(measure(options.calls))}
    if options.json:
        sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")
        return
    terminal = Console(width=max(Console().width, WIDTH))
    terminal.print(table("the bundle", figures["bundle"]))
    terminal.print(table(f"routes, at {PER_SECOND} requests a second", figures["routes"]))


def bundle_figures() -> list[Figure]:
    """Size of the laptop's bundle (the AWS one has the same files for another processor) and a cold import of it."""
    made = build.package(bundle.LAPTOP, lambda text: print(text, file=sys.stderr, flush=True))
    size = Figure(name="bundle", value=made.size_mb, unit="MB", note=f"zipped; at most {MOST_BUNDLE_MB}")
    found = cold_import(made.bundle)
    note = f"CPU, median of {found.runs} new processes; at most {MOST_IMPORT_MS}"
    bare = Figure(name="Python alone", value=found.bare_ms, unit="ms", note="the same without the import")
    return [size, bare, compared(Figure(name="cold import", value=found.own_ms, unit="ms", note=note), bare)]


def measure(calls: int) -> dict[str, Measured]:
    """Every route in every round, `calls` times each; log and metrics are written, to nowhere."""
    from benchmarks.routes import running_cloud

    clock = OwnClock()
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        log.registered_handler.setStream(nowhere)  # type: ignore[attr-defined]  # it is a StreamHandler
        with running_cloud(clock) as (cloud, routes):
            found = {route.name: Measured() for route in routes}
            for number in range(-1, ROUNDS):
                for route in routes:
                    at_s = arrivals(PER_SECOND, calls if number >= 0 else WARM_UP, seed=number)
                    took_s = drive(clock, at_s, functools.partial(cloud.ready, route, found[route.name]))
                    if number >= 0:
                        found[route.name].rounds.append(took_s)
    return found


def route_figures(found: dict[str, Measured]) -> list[Figure]:
    """p50 and p99 of each route, the p50 beside that of the baseline."""
    middle = {
        name: Figure(
            name=f"{name} p50",
            value=median_of_rounds(one.rounds, 0.5) * 1000,
            unit="ms",
            note=f"{one.store_calls} calls to the store",
        )
        for name, one in found.items()
    }
    told = []
    for name, one in found.items():
        all_s = [took_s for took in one.rounds for took_s in took]
        told.append(compared(middle[name], middle[BASELINE]))
        slow_ms = quantile(all_s, 0.99) * 1000
        told.append(Figure(name=f"{name} p99", value=slow_ms, unit="ms", note=f"of {len(all_s)} requests"))
    return told
