"""Prices come and every home with a car is planned anew: queue, functions, shadows, second by second.

The way is the product's (docs/planner.md): a message for each part of each zone; each shares out a page of sites as
messages of a batch, delayed at random within a window, and asks for the next page when the window is over; a function
with a bounded concurrency plans batch after batch; each plan is written into a shadow, and the charger reports it.
"""

import heapq
import itertools
import random
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

SCALE_UP_PER_S: Final = 300 / 60
"""A function that reads a queue gets so many more at once each second (Lambda guide, SQS, since November 2023)."""
FIRST: Final = 5
"""With so many at once it begins."""
HOMES_OF_ZONE: Final[Mapping[str, float]] = {"NO1": 0.40, "NO2": 0.24, "NO3": 0.14, "NO4": 0.10, "NO5": 0.12}
"""Assumed: Norway's households by bidding zone, roughly as its people."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of the way; those of the product as they are now."""

    parts: int = 16
    page_sites: int = 6000
    batch_sites: int = 25
    zone_sites_per_s: float = 1500.0
    concurrency: int = 300
    site_s: float = 0.15
    """What one site takes of a function, seconds, with its calls."""
    batch_s: float = 0.1
    """What a batch takes beside its sites: prices, the queue."""
    shadow_requests: int = 3
    """Of each plan: the version is read, the plan is written, the charger reports."""
    writes: float = 6.0
    """Units of DynamoDB of each plan, all tables."""
    reads: float = 12.0
    price_reads: float = 10.0
    """Units of each batch for the prices of its zone, all of one key."""


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a round, second by second."""

    way: Way
    planned: tuple[int, ...]
    """Sites whose plan was made in each second."""
    waiting: tuple[int, ...]
    """Sites in messages that wait, at the end of each second, those that are delayed left out."""
    delayed: tuple[int, ...]
    busy: tuple[int, ...]
    """Functions at work."""
    zone_peak: float
    """The most sites of one zone in a second, mean of ten seconds."""

    @property
    def last_s(self) -> int:
        """When the last plan was made."""
        return len(self.planned)

    @property
    def peak(self) -> float:
        """Plans a second, the best ten seconds."""
        return peak(self.planned)


def peak(per_s: tuple[int, ...], seconds: int = 10) -> float:
    """The largest mean of so many seconds on end."""
    sums = [sum(per_s[first : first + seconds]) for first in range(max(1, len(per_s) - seconds + 1))]
    return max(sums) / min(seconds, max(1, len(per_s)))


def live(homes: int, way: Way, seed: int = 1) -> Round:
    """One round of so many homes with a car."""
    messages = sorted(_messages(homes, way, random.Random(seed)))  # noqa: S311 - a simulation that repeats
    return _work(messages, way)


def _messages(homes: int, way: Way, chance: random.Random) -> list[tuple[float, str, int]]:
    """When each batch may be read, of which zone, of how many sites."""
    found = []
    for zone, share in HOMES_OF_ZONE.items():
        part_sites = round(homes * share / way.parts)
        for _ in range(way.parts):
            begins_s, left = 0.0, part_sites
            while left > 0:
                page = min(left, way.page_sites)
                window_s = page * way.parts / way.zone_sites_per_s
                sizes = [min(way.batch_sites, page - first) for first in range(0, page, way.batch_sites)]
                found += [(begins_s + chance.uniform(0, window_s), zone, size) for size in sizes]
                begins_s, left = begins_s + window_s, left - page
    return found


class _Batch(NamedTuple):
    """When it may be read, when a function took it and when that was done, seconds; its zone and sites."""

    ready_s: float
    began_s: float
    ended_s: float
    zone: str
    sites: int


def _work(messages: list[tuple[float, str, int]], way: Way) -> Round:
    """First come, first served, by as many functions as there are by then."""
    free_s = [0.0] * min(FIRST, way.concurrency)
    free_s += [(number + 1) / SCALE_UP_PER_S for number in range(way.concurrency - len(free_s))]
    batches = []
    for ready_s, zone, sites in messages:
        began_s = max(ready_s, heapq.heappop(free_s))
        ended_s = began_s + way.batch_s + sites * way.site_s
        heapq.heappush(free_s, ended_s)
        batches.append(_Batch(ready_s, began_s, ended_s, zone, sites))
    last_s = int(max(one.ended_s for one in batches)) + 1
    planned = {zone: [0] * last_s for zone in HOMES_OF_ZONE}
    for one in batches:
        planned[one.zone][int(one.ended_s)] += one.sites
    return Round(
        way=way,
        planned=tuple(map(sum, zip(*planned.values(), strict=True))),
        waiting=_between([(one.ready_s, one.began_s, one.sites) for one in batches], last_s),
        delayed=_between([(0.0, one.ready_s, one.sites) for one in batches], last_s),
        busy=_between([(one.began_s, one.ended_s, 1) for one in batches], last_s),
        zone_peak=max(peak(tuple(counts)) for counts in planned.values()),
    )


def _between(spans: list[tuple[float, float, int]], last_s: int) -> tuple[int, ...]:
    """How many are between their two moments, at each whole second."""
    steps = [0] * (last_s + 2)
    for first_s, then_s, count in spans:
        if int(first_s) < int(then_s):
            steps[int(first_s) + 1] += count
            steps[int(then_s) + 1] -= count
    return tuple(itertools.accumulate(steps))[1 : last_s + 1]
