"""The plan of one charger: least cost for its need, then fewest starts, then earliest finish."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from chalicelib.domain.planning.greedy import fill_cheapest, fill_most
from chalicelib.domain.planning.pieces import ENERGY_TOLERANCE_WH, Piece, cost_of, count_starts
from chalicelib.domain.planning.repair import extend, trim
from chalicelib.domain.planning.search import MOST_LABELS, TIES_LABELS, Goal, SearchStoppedError, search
from chalicelib.domain.planning.segments import find_hull


def plan_energies(pieces: Sequence[Piece], need_wh: float, starts_left: int | None) -> list[float]:
    """Energies per piece of the best plan with at most `starts_left` new starts (None: any number).

    When the need cannot be delivered, the most energy counts before its cost. When no start is left and going on
    with the present run does not deliver the need, one more start is allowed: energy comes first.
    """
    if not pieces or need_wh <= ENERGY_TOLERANCE_WH:
        return [0.0] * len(pieces)
    if starts_left is not None and starts_left <= 0:
        going_on_wh = sum(fill_most(pieces, 0))
        starts_left = 0 if going_on_wh >= need_wh - ENERGY_TOLERANCE_WH else 1
    most_wh = fill_most(pieces, starts_left)
    if need_wh >= sum(most_wh) - ENERGY_TOLERANCE_WH:
        return most_wh
    cheapest = fill_cheapest(pieces, need_wh)
    starts = count_starts(pieces, cheapest.energies_wh)
    if starts_left is None or starts <= starts_left:
        if cheapest.unique or starts <= 1:
            return cheapest.energies_wh
        bound = cost_of(pieces, cheapest.energies_wh)
        return _best_within(pieces, [cheapest.energies_wh], Goal(need_wh, starts, cheapest.price, 0.0), bound)
    return _plan_with_few_starts(pieces, need_wh, starts_left, most_wh, cheapest.price)


def _plan_with_few_starts(
    pieces: Sequence[Piece], need_wh: float, starts_left: int, most_wh: list[float], worth: float
) -> list[float]:
    hull = find_hull(pieces, need_wh, starts_left, most_wh, worth)
    known = [trim(pieces, hull.above, need_wh), extend(pieces, hull.below, need_wh, starts_left)]
    drafts = [draft for draft in known if draft is not None]
    return _best_within(pieces, drafts, Goal(need_wh, starts_left, hull.worth, 0.0), hull.bound)


def _best_within(pieces: Sequence[Piece], drafts: list[list[float]], goal: Goal, bound: float) -> list[float]:
    """The best of `drafts` and of all that the search finds between `bound` and their cost."""
    scale = 1e-10 * goal.need_wh * (max(abs(p.price) for p in pieces) + abs(goal.worth))
    known = best(pieces, drafts, scale)
    gap = cost_of(pieces, known) - bound
    limit = TIES_LABELS if gap <= scale else MOST_LABELS
    with suppress(SearchStoppedError):
        found = search(pieces, goal._replace(slack=gap + scale), limit)
        return best(pieces, [known, *found], scale)
    return known


def best(pieces: Sequence[Piece], drafts: Iterable[list[float]], cost_tolerance: float) -> list[float]:
    """The cheapest draft; within `cost_tolerance` the one of fewest starts, then the one that is done first."""
    ranked = [(cost_of(pieces, draft), draft) for draft in drafts]
    least = min(cost for cost, _ in ranked)
    equal = [draft for cost, draft in ranked if cost <= least + cost_tolerance]
    return min(equal, key=lambda draft: (count_starts(pieces, draft), _done_s(pieces, draft)))


def _done_s(pieces: Sequence[Piece], energies_wh: Sequence[float]) -> float:
    """When the last energy of a draft has flowed."""
    last = max(i for i, energy_wh in enumerate(energies_wh) if energy_wh > ENERGY_TOLERANCE_WH)
    piece = pieces[last]
    return piece.start_s + (piece.end_s - piece.start_s) * energies_wh[last] / piece.high_wh
