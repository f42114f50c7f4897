"""Cheapest pieces first: the least cost when starts do not matter, and a bound when they do."""

from collections.abc import Sequence
from typing import NamedTuple

from chalicelib.domain.planning.pieces import ENERGY_TOLERANCE_WH
from chalicelib.domain.planning.track import Track


class Fill(NamedTuple):
    """Energies per piece, the price of the last energy bought, and the pieces by price (of equal ones the earlier)."""

    energies_wh: list[float]
    price: float
    order: list[int]

    def is_unique(self, track: Track) -> bool:
        """Whether no other energies cost the same."""
        same = [i for i, other in enumerate(track.prices) if other == self.price]
        return len(same) == 1 or all(self.energies_wh[i] >= track.highs_wh[i] - ENERGY_TOLERANCE_WH for i in same)


def fill_cheapest(track: Track, need_wh: float) -> Fill:
    """Buy `need_wh` (not more than the pieces hold) in the cheapest pieces, the earlier of equal ones first."""
    prices, highs_wh = track.prices, track.highs_wh
    energies_wh = [0.0] * len(prices)
    left_wh, price = need_wh, 0.0
    order = sorted(range(len(prices)), key=prices.__getitem__)
    for i in order:
        energy_wh = highs_wh[i]
        price = prices[i]
        if energy_wh >= left_wh - ENERGY_TOLERANCE_WH:
            energies_wh[i] = min(energy_wh, left_wh)
            break
        energies_wh[i] = energy_wh
        left_wh -= energy_wh
    return Fill(energies_wh, price, order)


def fill_most(track: Track, starts_left: int | None) -> list[float]:
    """The most energy that `starts_left` new starts can deliver: the largest unbroken stretches, then the cheapest."""
    begins = track.breaks()
    held = 1 if track.linked[0] else 0
    if starts_left is None or held + starts_left > len(begins):
        return list(track.highs_wh)
    groups = list(zip([0, *begins], [*begins, len(track.linked)], strict=True))
    rest = sorted(groups[held:], key=lambda group: _largest_then_cheapest(track, group))[:starts_left]
    energies_wh = [0.0] * len(track.prices)
    for first, end in groups[:held] + rest:
        energies_wh[first:end] = track.highs_wh[first:end]
    return energies_wh


def _largest_then_cheapest(track: Track, group: tuple[int, int]) -> tuple[float, float, int]:
    highs_wh: Sequence[float] = track.highs_wh[slice(*group)]
    cost = sum(price * energy_wh for price, energy_wh in zip(track.prices[slice(*group)], highs_wh, strict=True))
    return -round(sum(highs_wh), 3), cost, group[0]
