"""`./dev bench zones [MAP]`: how long a look-up of a place takes, and how far it agrees with a finer map.

MAP is a GeoJSON of polygons with the property `zone`, as the one in the bundle. Places are drawn at random, on
land and at sea.
"""

import argparse
import random
import time
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import msgspec
from rich.console import Console

from benchmarks.figures import Figure, quantile, table
from chalicelib.adapters import zone_map
from chalicelib.domain.zones import Position, ZoneMap, locate

PLACES = 4000
SEED = 2026
_SOUTH, _NORTH, _WEST, _EAST = 54.5, 71.2, 4.0, 31.5


def main(options: list[str]) -> None:
    """Print a table, or with --json one line."""
    parser = argparse.ArgumentParser(prog="./dev bench zones", description="Look-ups of bidding zones.")
    parser.add_argument("map", nargs="?", type=Path, help="a finer map to compare with")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    given = parser.parse_args(options)
    found = figures(None if given.map is None else zone_map.read(given.map.read_bytes()))
    print(msgspec.json.encode(found).decode()) if given.json else Console().print(table("zones", found))


def figures(finer: ZoneMap | None = None) -> list[Figure]:
    """Times of the processor in microseconds, and shares of places in percent."""
    content = files("chalicelib").joinpath("data", "zones.geojson").read_bytes()
    before = time.thread_time_ns()
    known = zone_map.read(content)
    read_us = (time.thread_time_ns() - before) / 1000
    places = _places(known)
    times = [_time_us(place, known) for place in places]
    measured = [
        Figure(name="map in the bundle", value=len(content) / 1000, unit="kB"),
        Figure(name="reading it, once", value=read_us / 1000, unit="ms"),
        *(Figure(name=f"look-up, {name}", value=quantile(times, share), unit="us") for name, share in _SHARES),
    ]
    return measured if finer is None else [*measured, *_agreement(places, known, finer)]


_SHARES = (("median", 0.5), ("p99", 0.99), ("slowest", 1.0))


def _places(known: ZoneMap) -> list[Position]:
    """Places that we serve."""
    drawn = random.Random(SEED)  # noqa: S311 - places, not secrets
    found: list[Position] = []
    while len(found) < PLACES:
        place = Position(lat=drawn.uniform(_SOUTH, _NORTH), lon=drawn.uniform(_WEST, _EAST))
        if locate(place, known).zone is not None:
            found.append(place)
    return found


def _time_us(place: Position, known: ZoneMap) -> float:
    before = time.thread_time_ns()
    locate(place, known)
    return (time.thread_time_ns() - before) / 1000


def _agreement(places: Sequence[Position], known: ZoneMap, finer: ZoneMap) -> list[Figure]:
    ours = [(locate(place, known), locate(place, finer).zone) for place in places]
    near = [pair for pair in ours if len(pair[0].candidates) > 1]
    sure = [pair for pair in ours if not pair[0].must_ask]
    groups = (("everywhere", ours), ("within 10 km of a border", near), ("where nobody is asked", sure))
    return [
        Figure(
            name=f"agrees with the finer map, {name}",
            value=100 * sum(one.zone == other for one, other in group) / len(group),
            unit="%",
            note=f"{len(group)} places",
        )
        for name, group in groups
    ]
