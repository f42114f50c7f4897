"""The plan of one charger: least cost for its need, then fewest starts, then earliest finish."""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from chalicelib.domain.planning.greedy import Fill, fill_cheapest, fill_most
from chalicelib.domain.planning.pieces import ENERGY_TOLERANCE_WH
from chalicelib.domain.planning.repair import extend, trim
from chalicelib.domain.planning.search import MOST_LABELS, TIES_LABELS, Goal, SearchStoppedError, search
from chalicelib.domain.planning.segments import Hull, find_hull
from chalicelib.domain.planning.track import Track


def plan_energies(track: Track, need_wh: float, starts_left: int | None, *, is_draft: bool = False) -> list[float]:
    """Energies per piece of the best plan with at most `starts_left` new starts (None: any number).

    When the need cannot be delivered, the most energy counts before its cost. When no start is left and going on
    with the present run does not deliver the need, one more start is allowed: energy comes first. A draft is a good
    plan found without search.
    """
    if not track.prices or need_wh <= ENERGY_TOLERANCE_WH:
        return [0.0] * len(track.prices)
    if starts_left is not None and starts_left <= 0:
        going_on_wh = sum(fill_most(track, 0))
        starts_left = 0 if going_on_wh >= need_wh - ENERGY_TOLERANCE_WH else 1
    most_wh = fill_most(track, starts_left)
    if need_wh >= sum(most_wh) - ENERGY_TOLERANCE_WH:
        return most_wh
    cheapest = fill_cheapest(track, need_wh)
    starts = track.starts(cheapest.energies_wh)
    if starts_left is not None and starts > starts_left:
        hull = find_hull(track, need_wh, starts_left, most_wh, cheapest)
        trimmed = trim(track, hull.above, need_wh, cheapest.order)
        extended = extend(track, hull.below, need_wh, starts_left, cheapest.order)
        drafts = [trimmed] if extended is None else [trimmed, extended]
        if is_draft:
            return min(drafts, key=track.cost)
        return _best_within(track, drafts, Wanted(need_wh, starts_left, cheapest, hull.worth, hull.bound, hull))
    if starts <= 1 or is_draft or cheapest.is_unique(track):
        return cheapest.energies_wh
    bound = track.cost(cheapest.energies_wh)
    return _best_within(track, [cheapest.energies_wh], Wanted(need_wh, starts, cheapest, cheapest.price, bound))


class Wanted(NamedTuple):
    """What is searched: the need within so many starts, from a bound on its cost that was found at `worth`."""

    need_wh: float
    starts_left: int
    cheapest: Fill
    worth: float
    bound: float
    hull: Hull | None = None


def _best_within(track: Track, drafts: list[list[float]], wanted: Wanted) -> list[float]:
    """The best of `drafts` and of all that the search finds between the bound and their cost."""
    order, worth, need_wh = wanted.cheapest.order, wanted.worth, wanted.need_wh
    largest = max(abs(track.prices[order[0]]), abs(track.prices[order[-1]])) + abs(worth)
    ties = 1e-10 * need_wh * largest
    ranked = [(track.cost(draft), draft) for draft in drafts]
    least = min(ranked)[0]
    is_tied = least - wanted.bound <= ties
    if not is_tied or wanted.hull is None or not wanted.hull.is_simple():
        goal = Goal(need_wh, wanted.starts_left, worth, least + ties - worth * need_wh, ties)
        with suppress(SearchStoppedError):
            found = search(track, goal, TIES_LABELS if is_tied else MOST_LABELS)
            ranked += [(track.cost(draft), draft) for draft in found]
    return best(track, ranked, ties)


def best(track: Track, ranked: Sequence[tuple[float, list[float]]], ties: float) -> list[float]:
    """Of drafts with their costs the cheapest; within `ties` that of fewest starts, then the one that is done first."""
    least = min(ranked)[0]
    equal = [draft for cost, draft in ranked if cost <= least + ties]
    return equal[0] if len(equal) == 1 else min(equal, key=lambda draft: (track.starts(draft), _done(track, draft)))


def _done(track: Track, energies_wh: Sequence[float]) -> tuple[int, float]:
    """When the last energy of a draft flows: in which piece, and how much of that."""
    last = max(i for i, energy_wh in enumerate(energies_wh) if energy_wh > ENERGY_TOLERANCE_WH)
    return last, energies_wh[last] / track.highs_wh[last]
