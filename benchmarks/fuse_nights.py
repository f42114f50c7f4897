"""Nights lived by several processes, and kept in a file, so that a long run may be done in pieces."""

import hashlib
import multiprocessing
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from benchmarks.fuse_cases import case_of
from benchmarks.fuse_records import Night
from benchmarks.fuse_rules import Policy
from benchmarks.fuse_site import Site
from simulator.house import FEBRUARY_2026

_ROOT = Path(__file__).parents[1]
_SOURCES = (
    *(f"benchmarks/fuse_{name}.py" for name in ("breaker", "cases", "devices", "faults", "house", "records", "site")),
    "chalicelib/domain/balancing/*.py",
    "chalicelib/domain/meter_readers.py",
    "device_shadows/limit.py",
)
Key = tuple[str, str, int]
"""A policy's name and conditions, and the number of the day."""


class Kept(msgspec.Struct, frozen=True):
    """A night as it is kept; `stamp` is what it depends on."""

    stamp: str
    key: Key
    night: Night


def key_of(policy: Policy, day: int) -> Key:
    """What a night is found by."""
    return (policy.name, policy.among, day)


def night_of(policy: Policy, day: int, loads: Path = FEBRUARY_2026) -> Night:
    """One site-day; the same `day` is the same house, cars and faults whatever the policy."""
    return Site(case_of(day, loads), policy.faults, policy.rules, policy.mutant).run()


def lived(
    wanted: Iterable[tuple[Policy, int]], loads: Path, *, kept: Path | None, processes: int, seconds: float
) -> dict[Key, Night]:
    """The wanted nights, kept ones and new ones; those for which `seconds` did not suffice are missing."""
    wanted = list(wanted)
    stamps = {key_of(policy, day): stamp_of(policy, loads) for policy, day in wanted}
    nights = {one.key: one.night for one in _read(kept) if one.stamp == stamps.get(one.key)}
    todo = [(policy, loads, day) for policy, day in wanted if key_of(policy, day) not in nights]
    ends_s = time.monotonic() + seconds
    with multiprocessing.Pool(processes) as pool:
        for key, night in pool.imap(_live, todo):
            nights[key] = night
            if kept is not None:
                with kept.open("ab") as file:
                    file.write(msgspec.json.encode(Kept(stamps[key], key, night)) + b"\n")
            if time.monotonic() > ends_s:
                pool.terminate()
                break
    return nights


def _live(what: tuple[Policy, Path, int]) -> tuple[Key, Night]:
    policy, loads, day = what
    return key_of(policy, day), night_of(policy, day, loads)


def _read(kept: Path | None) -> list[Kept]:
    if kept is None or not kept.exists():
        return []
    return [msgspec.json.decode(line, type=Kept) for line in kept.read_bytes().splitlines() if line.endswith(b"}")]


def stamp_of(policy: Policy, loads: Path) -> str:
    """A digest of all that a night depends on: nights of another simulation are not taken for its own."""
    return hashlib.sha256(_sources(loads) + msgspec.json.encode(policy)).hexdigest()[:16]


@cache
def _sources(loads: Path) -> bytes:
    paths = [path for pattern in _SOURCES for path in sorted(_ROOT.glob(pattern))]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in (*paths, loads))).digest()
