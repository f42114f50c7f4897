"""The seconds of a house, synthesised from its recorded hours: no such series of a Norwegian home is public.

Of each hour the recording has the energy and the highest power (see simulator/data/SOURCES.md). Made from these: a
base, and steps of appliances of 30 s to 10 minutes, the largest of which reaches the hour's peak, so that the mean is
the hour's. Appliances of up to 3.5 kW sit on one pair of lines (IT) or one line (TN). A site scales the recording to
its main fuse: at the recording's highest peak the house alone takes `fullness` of the fuse on its worst line.
"""

import random
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec

from simulator.house import FEBRUARY_2026

HOUR_S: Final = 3600.0
_APPLIANCE_W: Final = 3500.0
_PAIRS: Final = ((0, 1), (1, 2), (0, 2))
Currents = tuple[float, float, float]


class Hour(msgspec.Struct, frozen=True):
    """A recorded hour: mean and highest power, W."""

    mean_w: float
    peak_w: float


class _Row(msgspec.Struct, frozen=True):
    start_local: datetime
    kwh: float
    p_max_w: float | None = None


class _Recording(msgspec.Struct, frozen=True):
    hours: tuple[_Row, ...]


@cache
def recorded(path: Path = FEBRUARY_2026) -> tuple[Hour, ...]:
    """The hours of a recording, in order; without a peak it is the usual 2.1 times the mean."""
    rows = msgspec.json.decode(path.read_bytes(), type=_Recording).hours
    return tuple(Hour(row.kwh * 1000, max(row.p_max_w or 2100 * row.kwh, 1000 * row.kwh)) for row in rows)


def house_changes(hours: Sequence[Hour], scale: float, grid: str, rng: random.Random) -> list[tuple[float, Currents]]:
    """(seconds from the first hour, line currents in A from then on), in order."""
    favourite = rng.sample(range(3), 3)
    changes: list[tuple[float, Currents]] = []
    for number, hour in enumerate(hours):
        changes += _hour_changes(number * HOUR_S, hour, scale, grid, favourite, rng)
    return changes


def scale_for(fuse_a: float, fullness: float, grid: str, hours: Sequence[Hour]) -> float:
    """What the recording's amperes are multiplied by, so that no line of the house is above `fullness` of the fuse."""
    return fullness * fuse_a / max(max(_currents(hour.peak_w, _base_w(hour), grid, (0, 1, 2))) for hour in hours)


def _base_w(hour: Hour) -> float:
    return min(0.6 * hour.mean_w, 0.9 * hour.peak_w)


def _hour_changes(
    start_s: float, hour: Hour, scale: float, grid: str, favourite: Sequence[int], rng: random.Random
) -> list[tuple[float, Currents]]:
    base_w = _base_w(hour)
    left_ws = (hour.mean_w - base_w) * HOUR_S
    steps: list[tuple[float, float]] = []
    power_w = hour.peak_w - base_w
    while left_ws > power_w * 30 and power_w > 1:
        length_s = min(rng.uniform(30, 600), left_ws / power_w)
        steps.append((length_s, power_w))
        left_ws -= length_s * power_w
        power_w = (hour.peak_w - base_w) * rng.uniform(0.25, 1.0)
    rng.shuffle(steps)
    return _laid_out(start_s, base_w, steps, scale, grid, favourite, rng)


def _laid_out(
    start_s: float,
    base_w: float,
    steps: Sequence[tuple[float, float]],
    scale: float,
    grid: str,
    favourite: Sequence[int],
    rng: random.Random,
) -> list[tuple[float, Currents]]:
    """The steps one after the other at random places of the hour."""
    free_s = max(HOUR_S - sum(length_s for length_s, _ in steps), 0.0)
    cuts = [0.0, *sorted(rng.uniform(0, free_s) for _ in steps)]
    gaps = [later - earlier for earlier, later in pairwise(cuts)]
    idle = _scaled(_currents(base_w, base_w, grid, favourite), scale)
    changes, at_s = [(start_s, idle)], start_s
    for (length_s, power_w), gap_s in zip(steps, gaps, strict=True):
        at_s += gap_s
        order = favourite if rng.random() < 0.5 else rng.sample(range(3), 3)  # noqa: PLR2004 - half of them
        changes.append((at_s, _scaled(_currents(base_w + power_w, base_w, grid, order), scale)))
        at_s += length_s
        changes.append((at_s, idle))
    return changes


def _currents(power_w: float, base_w: float, grid: str, order: Sequence[int]) -> Currents:
    """Line currents in A; the base is spread evenly, what is above it in pieces of one appliance at a time."""
    lines = [base_w / (3**0.5 * 230 if grid == "IT" else 3 * 230)] * 3
    rest_w, k = power_w - base_w, 0
    while rest_w > 0:
        piece_w = min(rest_w, _APPLIANCE_W)
        for line in _PAIRS[order[k % 3]] if grid == "IT" else (order[k % 3],):
            lines[line] += piece_w / 230
        rest_w, k = rest_w - piece_w, k + 1
    return (lines[0], lines[1], lines[2])


def _scaled(currents: Currents, scale: float) -> Currents:
    return (currents[0] * scale, currents[1] * scale, currents[2] * scale)
