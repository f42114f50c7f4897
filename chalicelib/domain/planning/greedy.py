"""Cheapest pieces first: the least cost when starts do not matter, and a bound when they do."""

from collections.abc import Sequence
from typing import NamedTuple

from chalicelib.domain.planning.pieces import ENERGY_TOLERANCE_WH, Piece


class Fill(NamedTuple):
    """Energies per piece, the price of the last energy bought, and whether no other energies cost the same."""

    energies_wh: list[float]
    price: float
    unique: bool


def fill_cheapest(pieces: Sequence[Piece], need_wh: float) -> Fill:
    """Buy `need_wh` (not more than the pieces hold) in the cheapest pieces, the earlier of equal ones first."""
    energies_wh = [0.0] * len(pieces)
    left_wh, price, last = need_wh, 0.0, 0
    for last in sorted(range(len(pieces)), key=lambda i: pieces[i].price):
        price = pieces[last].price
        energies_wh[last] = min(pieces[last].high_wh, left_wh)
        left_wh -= energies_wh[last]
        if left_wh <= ENERGY_TOLERANCE_WH:
            break
    same = [i for i, piece in enumerate(pieces) if piece.price == price]
    all_full = all(energies_wh[i] >= pieces[i].high_wh - ENERGY_TOLERANCE_WH for i in same)
    return Fill(energies_wh, price, unique=len(same) == 1 or all_full)


def fill_most(pieces: Sequence[Piece], starts_left: int | None) -> list[float]:
    """The most energy that `starts_left` new starts can deliver: the largest unbroken stretches, then the cheapest."""
    groups: list[list[int]] = []
    for i, piece in enumerate(pieces):
        if i and piece.linked:
            groups[-1].append(i)
        else:
            groups.append([i])
    held = groups[:1] if pieces and pieces[0].linked else []
    rest = groups[len(held) :]
    if starts_left is not None and starts_left < len(rest):
        rest = sorted(rest, key=lambda group: _largest_then_cheapest(pieces, group))[:starts_left]
    energies_wh = [0.0] * len(pieces)
    for i in (i for group in held + rest for i in group):
        energies_wh[i] = pieces[i].high_wh
    return energies_wh


def _largest_then_cheapest(pieces: Sequence[Piece], group: list[int]) -> tuple[float, float, int]:
    energy_wh = sum(pieces[i].high_wh for i in group)
    return (-round(energy_wh, 3), sum(pieces[i].high_wh * pieces[i].price for i in group), group[0])
