"""The columns of a charger's pieces: what a search through thousands of drafts needs at hand."""

from collections.abc import Sequence
from operator import mul
from typing import NamedTuple

from chalicelib.domain.planning.pieces import ENERGY_TOLERANCE_WH, Piece


class Track(NamedTuple):
    """Prices, least and most energies in Wh, and whether a run may come in from the left; one entry per piece."""

    prices: Sequence[float]
    lows_wh: Sequence[float]
    highs_wh: Sequence[float]
    linked: Sequence[bool]

    def cost(self, energies_wh: Sequence[float]) -> float:
        """Sum of price times energy, in price units times Wh."""
        return float(sum(map(mul, self.prices, energies_wh)))

    def breaks(self) -> list[int]:
        """The pieces, but for the first, that no run can come into from the left."""
        linked = self.linked[1:]
        return [i for i, is_linked in enumerate(linked, 1) if not is_linked] if False in linked else []

    def joined(self, energies_wh: Sequence[float]) -> list[bool]:
        """For each piece whether its charging goes on from the left without a stop.

        A piece filled to less than its minimum is on in a part of its time and can touch one side only; it touches
        the left side if it can.
        """
        joined = [False] * len(energies_wh)
        reaches = True
        for i, energy_wh in enumerate(energies_wh):
            if energy_wh <= ENERGY_TOLERANCE_WH:
                reaches = False
            elif reaches and self.linked[i]:
                joined[i] = True
                reaches = energy_wh >= self.lows_wh[i] - ENERGY_TOLERANCE_WH
            else:
                reaches = True
        return joined

    def starts(self, energies_wh: Sequence[float]) -> int:
        """New starts of a draft; going on with a present run is none."""
        starts, reaching = 0, -1
        for i in [i for i, energy_wh in enumerate(energies_wh) if energy_wh > ENERGY_TOLERANCE_WH]:
            joins = i == reaching + 1 and self.linked[i]
            starts += not joins
            is_through = not joins or energies_wh[i] >= self.lows_wh[i] - ENERGY_TOLERANCE_WH
            reaching = i if is_through else -2
        return starts


def track_of(pieces: Sequence[Piece]) -> Track:
    """The columns of `pieces`."""
    if not pieces:
        return Track((), (), (), ())
    _, _, prices, _, lows_wh, highs_wh, linked, _ = zip(*pieces, strict=True)
    return Track(prices, lows_wh, highs_wh, linked)
