"""What a register says about energy, found in another way than the product does: the whole history at once.

At each quarter-hour boundary the register is read off the straight line between the two readings around it and rounded
down; what a quarter has is the difference. It knows nothing of windows, tails, ledgers or sessions' rows.
"""

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

QUARTER_S = 900
Told = tuple[int, int, int, int]
"""A reading: (seq, epoch seconds, register in Wh, plug-in), all of one epoch."""


def quarters(readings: Iterable[Told]) -> dict[tuple[int, int], int]:
    """Wh by (start of the quarter in epoch seconds, plug-in), those that have any."""
    found: dict[tuple[int, int], int] = defaultdict(int)
    ordered = sorted(set(readings))
    for (_, at, wh, plug), (_, later, later_wh, _) in pairwise(ordered):
        edges = [at, *range(at // QUARTER_S * QUARTER_S + QUARTER_S, later, QUARTER_S), later]
        levels = [_level(at, wh, later, later_wh, edge) for edge in edges]
        for edge, low, high in zip(edges, levels, levels[1:], strict=False):
            found[edge // QUARTER_S * QUARTER_S, plug] += high - low
    return {slot: wh for slot, wh in found.items() if wh}


def _level(at: int, wh: int, later: int, later_wh: int, edge: int) -> int:
    if later == at:
        return later_wh if edge == later else wh
    line = Fraction(later_wh - wh, later - at)
    return (wh + line * (edge - at)).__floor__()
