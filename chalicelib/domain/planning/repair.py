"""From a plan just above or below the need to a plan of exactly the need: a good one to start the search with."""

from collections.abc import Sequence

from chalicelib.domain.planning.pieces import ENERGY_TOLERANCE_WH
from chalicelib.domain.planning.track import Track

INFINITE = float("inf")


def trim(track: Track, plan: list[float], need_wh: float, order: Sequence[int]) -> list[float]:
    """Give energy back where it is dearest, at the edges of runs or down to the minimum inside; starts never rise.

    `plan` has no piece below its minimum; `order` has the pieces by price.
    """
    energies_wh = list(plan)
    lows_wh, linked = track.lows_wh, (*track.linked, False)
    on = [i for i in reversed(order) if energies_wh[i] > ENERGY_TOLERANCE_WH]
    beside_wh = [INFINITE, *energies_wh, 0.0]  # a run that is on at the beginning came in from before
    excess_wh = sum(energies_wh) - need_wh
    while excess_wh > ENERGY_TOLERANCE_WH:
        for i in on:
            is_inside = linked[i] and linked[i + 1] and beside_wh[i] > 0.0 < beside_wh[i + 2]
            spare_wh = energies_wh[i] - (lows_wh[i] if is_inside else 0.0)
            if spare_wh > ENERGY_TOLERANCE_WH:
                break
        else:
            break
        taken_wh = min(excess_wh, spare_wh)
        energies_wh[i] -= taken_wh
        excess_wh -= taken_wh
        if not is_inside and taken_wh == spare_wh:
            beside_wh[i + 1] = 0.0
            on.remove(i)
    return energies_wh


def extend(
    track: Track, plan: list[float], need_wh: float, starts_left: int, order: Sequence[int]
) -> list[float] | None:
    """Buy what is missing where it is cheapest: in a run, at its edges, or in a new run if a start is left.

    `order` has the pieces by price.
    """
    energies_wh, highs_wh, linked = list(plan), track.highs_wh, (*track.linked, False)
    full_wh = [high_wh - ENERGY_TOLERANCE_WH for high_wh in highs_wh]
    missing_wh = need_wh - sum(energies_wh)
    while missing_wh > ENERGY_TOLERANCE_WH:
        may_start: bool | None = None
        for i in order:
            energy_wh = energies_wh[i]
            if energy_wh >= full_wh[i]:
                continue
            if (
                energy_wh > ENERGY_TOLERANCE_WH
                or (linked[i] and (i == 0 or energies_wh[i - 1] >= full_wh[i - 1]))
                or (linked[i + 1] and energies_wh[i + 1] >= full_wh[i + 1])
            ):
                break
            if may_start is None:
                may_start = track.starts(energies_wh) < starts_left
            if may_start:
                break
        else:
            return None
        bought_wh = min(missing_wh, highs_wh[i] - energy_wh)
        energies_wh[i] += bought_wh
        missing_wh -= bought_wh
    return energies_wh
