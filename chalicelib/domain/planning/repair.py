"""From a plan just above or below the need to a plan of exactly the need: a good one to start the search with."""

from collections.abc import Sequence

from chalicelib.domain.planning.pieces import ENERGY_TOLERANCE_WH
from chalicelib.domain.planning.track import Track

INFINITE = float("inf")


def trim(track: Track, plan: list[float], need_wh: float) -> list[float]:
    """Give energy back where it is dearest, at the edges of runs or down to the minimum inside; starts never rise."""
    energies_wh = list(plan)
    prices, lows_wh = track.prices, track.lows_wh
    while (excess_wh := sum(energies_wh) - need_wh) > ENERGY_TOLERANCE_WH:
        joined = [*track.joined(energies_wh), False]
        best, most_wh, dearest = -1, 0.0, -INFINITE
        for i in [i for i, energy_wh in enumerate(energies_wh) if energy_wh > ENERGY_TOLERANCE_WH]:
            if prices[i] >= dearest:
                spare_wh = energies_wh[i] - (lows_wh[i] if joined[i] and joined[i + 1] else 0.0)
                if spare_wh > ENERGY_TOLERANCE_WH:
                    best, most_wh, dearest = i, spare_wh, prices[i]
        if best < 0:
            break
        energies_wh[best] -= min(excess_wh, most_wh)
    return energies_wh


def extend(
    track: Track, plan: list[float], need_wh: float, starts_left: int, order: Sequence[int]
) -> list[float] | None:
    """Buy what is missing where it is cheapest: in a run, at its edges, or in a new run if a start is left.

    `order` has the pieces by price.
    """
    energies_wh = list(plan)
    while (missing_wh := need_wh - sum(energies_wh)) > ENERGY_TOLERANCE_WH:
        may_start = track.starts(energies_wh) < starts_left
        for i in order:
            room_wh = track.highs_wh[i] - energies_wh[i]
            if room_wh > ENERGY_TOLERANCE_WH and (may_start or _touches_a_run(track, energies_wh, i)):
                energies_wh[i] += min(missing_wh, room_wh)
                break
        else:
            return None
    return energies_wh


def _touches_a_run(track: Track, energies_wh: list[float], i: int) -> bool:
    """True where energy in piece `i` needs no new start: it is on, or a full neighbour's run can come in."""
    if energies_wh[i] > ENERGY_TOLERANCE_WH or (i == 0 and track.linked[0]):
        return True
    from_left = i > 0 and track.linked[i] and _is_full(track, energies_wh, i - 1)
    to_right = i + 1 < len(energies_wh) and track.linked[i + 1] and _is_full(track, energies_wh, i + 1)
    return from_left or to_right


def _is_full(track: Track, energies_wh: list[float], i: int) -> bool:
    return energies_wh[i] >= track.highs_wh[i] - ENERGY_TOLERANCE_WH
