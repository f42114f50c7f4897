"""The best plan of at most K runs when energy itself is worth `worth` per Wh: the Lagrangian of the energy need.

A piece cheaper than `worth` gains when it is on in full, a dearer one loses least at its minimum. The best K runs of
such a sequence are found exactly by merging: take every cheap stretch, and while there are too many, drop the one
that gains least or bridge the gap that loses least.
"""

from collections.abc import Sequence
from typing import NamedTuple

from chalicelib.domain.planning.pieces import Piece, cost_of

INFINITE = float("inf")
MOST_STEPS = 60


class Hull(NamedTuple):
    """A lower bound on the cost of `need_wh`, the worth it was found at, and the plans just below and above it."""

    bound: float
    worth: float
    below: list[float]
    above: list[float]


class _Runs(NamedTuple):
    gains: list[float]
    ends: list[tuple[int, int]]
    losses: list[float]


def find_hull(pieces: Sequence[Piece], need_wh: float, starts_left: int, most_wh: list[float], worth: float) -> Hull:
    """Walk the lower hull of (energy, cost) to the edge over `need_wh`, beginning at the slope `worth`."""
    below, above = [0.0] * len(pieces), most_wh
    bound = -INFINITE
    for _ in range(MOST_STEPS):
        plan = best_runs(pieces, worth, starts_left)
        reduced, scale = _reduced(pieces, plan, worth)
        bound = reduced + worth * need_wh
        if reduced >= max(_reduced(pieces, p, worth)[0] for p in (below, above)) - 1e-13 * scale:
            break
        if sum(plan) <= need_wh:
            below = plan
        else:
            above = plan
        worth = _slope(pieces, below, above)
    return Hull(bound, worth, below, above)


def _reduced(pieces: Sequence[Piece], plan: list[float], worth: float) -> tuple[float, float]:
    """Cost less worth of a plan, and the size of the numbers it is the difference of."""
    cost, gain = cost_of(pieces, plan), worth * sum(plan)
    return cost - gain, abs(cost) + abs(gain)


def _slope(pieces: Sequence[Piece], below: list[float], above: list[float]) -> float:
    return (cost_of(pieces, above) - cost_of(pieces, below)) / (sum(above) - sum(below))


def best_runs(pieces: Sequence[Piece], worth: float, starts_left: int) -> list[float]:
    """Energies of the at most `starts_left` new runs that are worth most; a present run may go on besides."""
    runs = _cheap_runs(pieces, worth)
    allowed = starts_left + 1 if pieces[0].linked else starts_left
    while len(runs.gains) > allowed:
        _merge_once(runs)
    energies_wh = [0.0] * len(pieces)
    for first, last in runs.ends:
        for i in range(first, last + 1):
            energies_wh[i] = pieces[i].high_wh if pieces[i].price < worth else pieces[i].low_wh
    return energies_wh


def _cheap_runs(pieces: Sequence[Piece], worth: float) -> _Runs:
    """Every stretch that gains, with the losses of the gaps between; a present run is an endless gain before all."""
    runs = _Runs([], [], [])
    gap = INFINITE
    if pieces[0].linked:
        runs.gains.append(INFINITE)
        runs.ends.append((0, -1))
        gap = 0.0
    for i, piece in enumerate(pieces):
        if not piece.linked:
            gap = INFINITE
        if piece.price >= worth:
            gap += (piece.price - worth) * piece.low_wh
        elif runs.gains and gap == 0.0:
            runs.gains[-1] += (worth - piece.price) * piece.high_wh
            runs.ends[-1] = (runs.ends[-1][0], i)
        else:
            if runs.gains:
                runs.losses.append(gap)
            runs.gains.append((worth - piece.price) * piece.high_wh)
            runs.ends.append((i, i))
            gap = 0.0
    return runs


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
