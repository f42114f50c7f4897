"""The best plan of at most K runs when energy itself is worth `worth` per Wh: the Lagrangian of the energy need.

A piece cheaper than `worth` gains when it is on in full, a dearer one loses least at its minimum. The best K runs of
such a sequence are found exactly by merging: take every cheap stretch, and while there are too many, drop the one
that gains least or bridge the gap that loses least.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from operator import mul
from typing import NamedTuple

from chalicelib.domain.planning.greedy import Fill
from chalicelib.domain.planning.track import Track

INFINITE = float("inf")
MOST_STEPS = 60


class Hull(NamedTuple):
    """A lower bound on the cost of `need_wh`, the worth it was found at, and the plans just below and above it."""

    bound: float
    worth: float
    below: list[float]
    above: list[float]
    sums: "_Sums"
    starts_left: int
    is_done: bool

    def is_simple(self) -> bool:
        """Whether at this worth one choice only changes nothing, that between the two plans: none else is as cheap.

        The merging finds shortest augmenting paths of a flow, and a flow that was made of paths that were each the only
        shortest one is the only cheapest one.
        """
        return self.is_done and self.sums.choices(self.worth, self.starts_left) <= 1


class _Runs(NamedTuple):
    gains: list[float]
    ends: list[tuple[int, int]]
    losses: list[float]


def find_hull(track: Track, need_wh: float, starts_left: int, most_wh: list[float], cheapest: Fill) -> Hull:
    """Walk the lower hull of (energy, cost) to the edge over `need_wh`, beginning at the price of `cheapest`."""
    sums = _Sums(track)
    below, below_wh, below_cost = [0.0] * len(track.prices), 0.0, 0.0
    above, above_wh, above_cost = most_wh, sum(most_wh), track.cost(most_wh)
    bound = -INFINITE
    worth = cheapest.price
    worths = _Worths(track.prices, cheapest)
    for _ in range(MOST_STEPS):
        runs = sums.best_runs(worth, starts_left)
        reduced = -sum(runs.gains)
        known = max(below_cost - worth * below_wh, above_cost - worth * above_wh)
        if reduced < known - 1e-13 * abs(known):
            plan = sums.energies(runs, worth)
            energy_wh, cost = sum(plan), track.cost(plan)
            reduced = cost - worth * energy_wh
        bound = reduced + worth * need_wh
        if reduced >= known - 1e-13 * (abs(below_cost) + abs(above_cost) + abs(worth * need_wh)):
            return Hull(bound, worth, below, above, sums, starts_left, is_done=True)
        if energy_wh <= need_wh:
            below, below_wh, below_cost = plan, energy_wh, cost
        else:
            above, above_wh, above_cost = plan, energy_wh, cost
        chord = (above_cost - below_cost) / (above_wh - below_wh)
        worth = worths.next(chord, is_short=energy_wh <= need_wh)
    return Hull(bound, worth, below, above, sums, starts_left, is_done=False)


class _Worths:
    """Where to look next: in growing steps through the prices until the need lies between, then by the chord.

    The chord alone is always right, and slow while one of its ends is still far away.
    """

    def __init__(self, prices: Sequence[float], cheapest: Fill) -> None:
        self.prices, self.order = prices, cheapest.order
        self.rank = bisect_left(cheapest.order, cheapest.price, key=prices.__getitem__)
        self.step = 1
        self.was_short: bool | None = None

    def next(self, chord: float, *, is_short: bool) -> float:
        """The worth to try after a plan that was short of the need, or not; `chord` is the slope between the best."""
        self.rank += self.step if is_short else -self.step
        self.step *= 2
        if self.was_short not in {None, is_short} or not 0 <= self.rank < len(self.order):
            self.order = []
            return chord
        self.was_short = is_short
        price = self.prices[self.order[self.rank]]
        return min(chord, price) if is_short else max(chord, price)


class _Sums:
    """The track with sums of its energies and costs up to each piece, so that a stretch costs two look-ups."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self.high_wh: list[float] = [*accumulate(track.highs_wh, initial=0.0)]
        self.low_wh: list[float] = [*accumulate(track.lows_wh, initial=0.0)]
        self.high_cost: list[float] = [*accumulate(map(mul, track.prices, track.highs_wh), initial=0.0)]
        self.low_cost: list[float] = [*accumulate(map(mul, track.prices, track.lows_wh), initial=0.0)]
        self.breaks = track.breaks()

    def best_runs(self, worth: float, starts_left: int) -> _Runs:
        """The at most `starts_left` new runs that are worth most; a present run may go on besides."""
        runs = self._cheap_runs(worth)
        allowed = starts_left + self.track.linked[0]
        while len(runs.gains) > allowed:
            _merge_once(runs)
        return runs

    def energies(self, runs: _Runs, worth: float) -> list[float]:
        """Energies of these runs: the most where that gains, else the least."""
        prices, lows_wh, highs_wh, _ = self.track
        energies_wh = [0.0] * len(prices)
        for first, last in runs.ends:
            energies_wh[first : last + 1] = highs_wh[first : last + 1]
            for i in range(first, last + 1):
                if prices[i] >= worth:
                    energies_wh[i] = lows_wh[i]
        return energies_wh

    def choices(self, worth: float, starts_left: int) -> int:
        """How often, on the way to the best runs for `worth`, two ways gain the same."""
        near = 1e-9 * max(abs(worth), 1e-3)
        choices = len([price for price in self.track.prices if -near < price - worth < near])
        runs = self._cheap_runs(worth)
        while len(runs.gains) > starts_left + self.track.linked[0]:
            least, second, *_ = sorted(runs.gains + runs.losses)
            choices += second - least < near * self.high_wh[-1]
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
        wh, cost = self.high_wh, self.high_cost
        gains = [worth * (wh[b + 1] - wh[a]) - cost[b + 1] + cost[a] for a, b in ends]
        if linked[0]:
            gains[0] = INFINITE
        wh, cost = self.low_wh, self.low_cost
        gaps = [(before[1] + 1, after[0]) for before, after in pairwise(ends)]
        losses = [cost[b] - cost[a] - worth * (wh[b] - wh[a]) for a, b in gaps]
        if self.breaks:  # no bridge leads over a break
            losses = [INFINITE if self._is_break_in(*gap) else loss for gap, loss in zip(gaps, losses, strict=True)]
        return _Runs(gains, ends, losses)

    def _is_break_in(self, first: int, end: int) -> bool:
        return bisect_right(self.breaks, end) > bisect_left(self.breaks, first)


def _merge_once(runs: _Runs) -> None:
    """Take away one run in the way that loses least: drop it or bridge a gap."""
    gains, ends, losses = runs
    gain, loss = min(gains), min(losses)
    if loss < gain:
        i = losses.index(loss)
        gains[i : i + 2] = [gains[i] + gains[i + 1] - loss]
        ends[i : i + 2] = [(ends[i][0], ends[i + 1][1])]
        del losses[i]
        return
    i = gains.index(gain)
    if 0 < i < len(losses):
        losses[i - 1 : i + 1] = [losses[i - 1] + losses[i] - gain]
    else:
        del losses[min(i, len(losses) - 1)]
    del gains[i], ends[i]
