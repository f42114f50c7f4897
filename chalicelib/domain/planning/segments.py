"""The best plan of at most K runs when energy itself is worth `worth` per Wh: the Lagrangian of the energy need.

A piece cheaper than `worth` gains when it is on in full, a dearer one loses least at its minimum. The best K runs of
such a sequence are found exactly by merging: take every cheap stretch, and while there are too many, drop the one
that gains least or bridge the gap that loses least.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from heapq import nsmallest
from itertools import accumulate, pairwise
from operator import mul
from typing import NamedTuple

from chalicelib.domain.planning.track import Track

INFINITE = float("inf")
MOST_STEPS = 60


class Hull(NamedTuple):
    """A lower bound on the cost of `need_wh`, the worth it was found at, and the plans just below and above it.

    `is_simple` says that at this worth there is one choice only that changes nothing, the one between the two plans:
    no third plan reaches the bound. (The merging finds shortest augmenting paths of a flow, and a flow that was made
    of paths that were each the only shortest one is the only cheapest one.)
    """

    bound: float
    worth: float
    below: list[float]
    above: list[float]
    is_simple: bool


class _Runs(NamedTuple):
    gains: list[float]
    ends: list[tuple[int, int]]
    losses: list[float]


def find_hull(track: Track, need_wh: float, starts_left: int, most_wh: list[float], worth: float) -> Hull:
    """Walk the lower hull of (energy, cost) to the edge over `need_wh`, beginning at the slope `worth`."""
    sums = _Sums(track)
    below, below_wh, below_cost = [0.0] * len(track.prices), 0.0, 0.0
    above, above_wh, above_cost = most_wh, sum(most_wh), track.cost(most_wh)
    bound = -INFINITE
    worths = _Worths(track.prices, worth)
    for _ in range(MOST_STEPS):
        plan = sums.best_runs(worth, starts_left)
        energy_wh, cost = sum(plan), track.cost(plan)
        reduced = cost - worth * energy_wh
        bound = reduced + worth * need_wh
        known = max(below_cost - worth * below_wh, above_cost - worth * above_wh)
        if reduced >= known - 1e-13 * (abs(cost) + abs(worth * energy_wh)):
            break
        if energy_wh <= need_wh:
            below, below_wh, below_cost = plan, energy_wh, cost
        else:
            above, above_wh, above_cost = plan, energy_wh, cost
        chord = (above_cost - below_cost) / (above_wh - below_wh)
        worth = worths.next(chord, is_short=energy_wh <= need_wh)
    return Hull(bound, worth, below, above, sums.choices(worth, starts_left) <= 1)


class _Worths:
    """Where to look next: in growing steps through the prices until the need lies between, then by the chord.

    The chord alone is always right, and slow while one of its ends is still far away.
    """

    def __init__(self, prices: Sequence[float], worth: float) -> None:
        self.prices = sorted(set(prices))
        self.rank = bisect_left(self.prices, worth)
        self.step = 1
        self.was_short: bool | None = None

    def next(self, chord: float, *, is_short: bool) -> float:
        """The worth to try after a plan that was short of the need, or not; `chord` is the slope between the best."""
        self.rank += self.step if is_short else -self.step
        self.step *= 2
        if self.was_short not in {None, is_short} or not 0 <= self.rank < len(self.prices):
            self.prices = []
            return chord
        self.was_short = is_short
        return min(chord, self.prices[self.rank]) if is_short else max(chord, self.prices[self.rank])


def best_runs(track: Track, worth: float, starts_left: int) -> list[float]:
    """Energies of the at most `starts_left` new runs that are worth most; a present run may go on besides."""
    return _Sums(track).best_runs(worth, starts_left)


class _Sums:
    """The track with sums of its energies and costs up to each piece, so that a stretch costs two look-ups."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self.high_wh: list[float] = [*accumulate(track.highs_wh, initial=0.0)]
        self.low_wh: list[float] = [*accumulate(track.lows_wh, initial=0.0)]
        self.high_cost: list[float] = [*accumulate(map(mul, track.prices, track.highs_wh), initial=0.0)]
        self.low_cost: list[float] = [*accumulate(map(mul, track.prices, track.lows_wh), initial=0.0)]
        self.breaks = [i for i, linked in enumerate(track.linked) if not linked]

    def best_runs(self, worth: float, starts_left: int) -> list[float]:
        """As the function of this name."""
        prices, lows_wh, highs_wh, linked = self.track
        runs = self._cheap_runs(worth)
        allowed = starts_left + 1 if linked[0] else starts_left
        while len(runs.gains) > allowed:
            _merge_once(runs)
        energies_wh = [0.0] * len(prices)
        for first, last in runs.ends:
            for i in range(first, last + 1):
                energies_wh[i] = highs_wh[i] if prices[i] < worth else lows_wh[i]
        return energies_wh

    def choices(self, worth: float, starts_left: int) -> int:
        """How often, on the way to the best runs, two ways gained the same."""
        near = 1e-9 * max(abs(worth), 1e-3)
        choices = sum(-near < price - worth < near for price in self.track.prices)
        runs = self._cheap_runs(worth)
        allowed = starts_left + 1 if self.track.linked[0] else starts_left
        near *= self.high_wh[-1]
        while len(runs.gains) > allowed:
            first, second = nsmallest(2, [*runs.gains, *runs.losses])
            choices += second - first < near
            _merge_once(runs)
        return choices

    def _cheap_runs(self, worth: float) -> _Runs:
        """Every stretch that gains, with the losses of the gaps between; a present run is an endless gain at first."""
        linked = self.track.linked
        cheap = [i for i, price in enumerate(self.track.prices) if price < worth]
        ends: list[tuple[int, int]] = [(0, -1)] if linked[0] else []
        first = last = -2
        for i in cheap:
            if i != last + 1 or not linked[i]:
                if last >= 0:
                    ends.append((first, last))
                first = i
            last = i
        if last >= 0:
            ends.append((first, last))
        gains = [self._gain(first, last, worth) for first, last in ends]
        if linked[0]:
            gains[0] = INFINITE
        losses = [self._loss(ended + 1, begun, worth) for (_, ended), (begun, _) in pairwise(ends)]
        return _Runs(gains, ends, losses)

    def _gain(self, first: int, last: int, worth: float) -> float:
        """What the pieces from `first` to `last` gain at the most."""
        return worth * (self.high_wh[last + 1] - self.high_wh[first]) - self.high_cost[last + 1] + self.high_cost[first]

    def _loss(self, first: int, end: int, worth: float) -> float:
        """What the pieces from `first` to before `end` lose at the least; no bridge leads over a break."""
        if bisect_right(self.breaks, end) > bisect_right(self.breaks, first - 1):
            return INFINITE
        return self.low_cost[end] - self.low_cost[first] - worth * (self.low_wh[end] - self.low_wh[first])


def _merge_once(runs: _Runs) -> None:
    """Take away one run in the way that loses least: drop it, or bridge the gap between two."""
    gains, ends, losses = runs
    least_gain, least_loss = min(gains), min(losses)
    if least_loss < least_gain:
        i = losses.index(least_loss)
        gains[i : i + 2] = [gains[i] + gains[i + 1] - least_loss]
        ends[i : i + 2] = [(ends[i][0], ends[i + 1][1])]
        del losses[i]
        return
    i = gains.index(least_gain)
    if 0 < i < len(losses):
        losses[i - 1 : i + 1] = [losses[i - 1] + losses[i] - least_gain]
    else:
        del losses[min(i, len(losses) - 1)]
    del gains[i], ends[i]
