"""The exact search for one charger with a limited number of starts and currents of 0 or minimum..maximum.

Some optimum has every run edge on a boundary of pieces and every piece at its least or most energy, but for one: the
free piece, which takes what is missing. Its price is called lambda. No other edge or current could be moved against it
with profit, so each one bounds lambda: a start at boundary a|b needs price(a) >= lambda >= price(b), an end the
reverse, a current at the most price <= lambda, at the least price > lambda (of equal prices the earlier fill first).
Labels walk over the pieces and are dropped when these bounds cross, when the need is out of reach, or when their
reduced cost and the least reduced cost of the rest exceed what the best known plan leaves.
"""

from collections.abc import Iterator, Sequence
from math import inf, nextafter
from typing import NamedTuple

from chalicelib.domain.planning.pieces import ENERGY_TOLERANCE_WH, Piece

OFF, ON, ON_AT_LEAST = 0, 1, 2
TIES_LABELS = 4_000
MOST_LABELS = 400_000

Trail = tuple["Trail | None", float | None]


class Free(NamedTuple):
    """The free piece's price, the energies it may take, and the least reduced cost of them."""

    price: float
    low_wh: float
    high_wh: float
    least: float


class Label(NamedTuple):
    """A plan for the pieces so far: state at the right boundary, bounds of lambda, energy without the free piece."""

    state: int
    starts: int
    lambda_low: float
    lambda_high: float
    energy_wh: float
    reduced: float
    free: Free | None
    trail: Trail | None


class Goal(NamedTuple):
    """What the search must reach: energy, starts, the worth of the bound, and how far above the bound to look."""

    need_wh: float
    starts_left: int
    worth: float
    slack: float


class SearchStoppedError(Exception):
    """The search grew over its limit; the best plan known before it stands."""


def search(pieces: Sequence[Piece], goal: Goal, most_labels: int) -> Iterator[list[float]]:
    """Every undominated plan of exactly the need within the slack; raises SearchStoppedError over `most_labels`."""
    rest = least_rest(pieces, goal)
    room_wh = _room(pieces)
    labels = [Label(ON if pieces[0].linked else OFF, 0, -inf, inf, 0.0, 0.0, None, None)]
    most = rest[0][pieces[0].linked][goal.starts_left] + goal.slack
    grown = 0
    for i in range(len(pieces)):
        kept: dict[tuple[object, ...], Label] = {}
        for label in labels:
            for new in _steps(pieces, i, goal, label):
                if _may_win(new, goal, most, rest[i + 1], room_wh[i + 1]):
                    _keep(kept, new)
        labels = list(kept.values())
        grown += len(labels)
        if grown > most_labels:
            raise SearchStoppedError
    for label in labels:
        if (plan := _finish(goal, label)) is not None:
            yield plan


def least_rest(pieces: Sequence[Piece], goal: Goal) -> list[tuple[list[float], list[float]]]:
    """For each boundary the least reduced cost of all that follows, when off and when on, by starts left."""
    counts = range(goal.starts_left + 1)
    off = [0.0] * len(counts)
    on = off
    table = [(off, on)]
    for piece in reversed(pieces):
        value = (piece.price - goal.worth) * (piece.high_wh if piece.price < goal.worth else piece.low_wh)
        next_off = [min(off[k], value + on[k - 1]) if k else off[0] for k in counts]
        on = [min(off[k], value + on[k]) for k in counts] if piece.linked else next_off
        off = next_off
        table.append((off, on))
    table.reverse()
    return table


def _room(pieces: Sequence[Piece]) -> list[float]:
    room_wh = [0.0]
    for piece in reversed(pieces):
        room_wh.append(room_wh[-1] + piece.high_wh)
    room_wh.reverse()
    return room_wh


def _may_win(label: Label, goal: Goal, most: float, rest: tuple[list[float], list[float]], room_wh: float) -> bool:
    low_wh, high_wh, least = label.free[1:] if label.free else (0.0, 0.0, 0.0)
    return (
        label.reduced + least + rest[label.state > OFF][goal.starts_left - label.starts] <= most
        and label.energy_wh + low_wh <= goal.need_wh + ENERGY_TOLERANCE_WH
        and label.energy_wh + high_wh + room_wh >= goal.need_wh - ENERGY_TOLERANCE_WH
    )


def _keep(kept: dict[tuple[object, ...], Label], new: Label) -> None:
    """Of labels that differ in reduced cost only, keep the lower; of equals the first, which is off the longest."""
    key = (*new[:4], round(new.energy_wh, 4), new.free)
    old = kept.get(key)
    if old is None or new.reduced < old.reduced - 1e-12 * abs(old.reduced):
        kept[key] = new


def _steps(pieces: Sequence[Piece], i: int, goal: Goal, label: Label) -> Iterator[Label]:
    """All continuations of a label over piece `i`."""
    piece = pieces[i]
    if label.state and not piece.linked:
        if label.state == ON_AT_LEAST or (bounded := _bounded(label, OFF, pieces[i - 1].price, inf)) is None:
            return
        label = bounded
    if label.state == OFF:
        yield label._replace(trail=(label.trail, 0.0))
        if label.starts < goal.starts_left:
            yield from _starting(pieces, i, goal, label)
        return
    if label.state == ON and (ended := _ended(pieces, i, label)):
        yield ended
    yield from _going_on(piece, goal, label)
    if label.free is None and label.lambda_low <= piece.price <= label.lambda_high:
        yield from _free_from_on(piece, goal, label)


def _bounded(label: Label, state: int, low: float, high: float) -> Label | None:
    """The label in `state` with lambda in [low, high] besides, or None when nothing is left."""
    low, high = max(label.lambda_low, low), min(label.lambda_high, high)
    return label._replace(state=state, lambda_low=low, lambda_high=high) if low <= high else None


def _ended(pieces: Sequence[Piece], i: int, label: Label) -> Label | None:
    before = pieces[i - 1].price if i else -inf
    ended = _bounded(label, OFF, before, pieces[i].price)
    return ended and ended._replace(trail=(label.trail, 0.0))


def _added(label: Label, piece: Piece, goal: Goal, energy_wh: float) -> Label:
    return label._replace(
        energy_wh=label.energy_wh + energy_wh,
        reduced=label.reduced + (piece.price - goal.worth) * energy_wh,
        trail=(label.trail, energy_wh),
    )


def _starting(pieces: Sequence[Piece], i: int, goal: Goal, label: Label) -> Iterator[Label]:
    piece = pieces[i]
    started = label._replace(starts=label.starts + 1)
    before = pieces[i - 1].price if piece.linked else inf
    if on := _bounded(started, ON, piece.price, before):
        yield _added(on, piece, goal, piece.high_wh)
    if label.free is None and label.lambda_low <= piece.price <= label.lambda_high:
        yield _freed(started, OFF, piece, goal, 0.0)
        yield _freed(started, ON, piece, goal, 0.0)


def _going_on(piece: Piece, goal: Goal, label: Label) -> Iterator[Label]:
    if piece.low_wh >= piece.high_wh:
        yield _added(label._replace(state=ON), piece, goal, piece.high_wh)
        return
    if most := _bounded(label, ON, piece.price, inf):
        yield _added(most, piece, goal, piece.high_wh)
    if least := _bounded(label, ON_AT_LEAST, -inf, nextafter(piece.price, -inf)):
        yield _added(least, piece, goal, piece.low_wh)


def _free_from_on(piece: Piece, goal: Goal, label: Label) -> Iterator[Label]:
    """The free piece after a running one: the run ends in it, goes through it, or stops and starts again in it."""
    yield _freed(label, OFF, piece, goal, 0.0)
    if piece.low_wh < piece.high_wh:
        through = _freed(label, ON, piece, goal, piece.low_wh)
        just_below = nextafter(piece.price, -inf)
        yield through._replace(lambda_low=just_below, lambda_high=just_below)
    if label.starts < goal.starts_left:
        yield _freed(label._replace(starts=label.starts + 1), ON, piece, goal, 0.0)


def _freed(label: Label, state: int, piece: Piece, goal: Goal, low_wh: float) -> Label:
    excess = piece.price - goal.worth
    free = Free(piece.price, low_wh, piece.high_wh, min(excess * low_wh, excess * piece.high_wh))
    return label._replace(
        state=state, lambda_low=piece.price, lambda_high=piece.price, free=free, trail=(label.trail, None)
    )


def _finish(goal: Goal, label: Label) -> list[float] | None:
    """The energies of a label that ends in order and reaches the need, else None."""
    if label.free is None or label.state == ON_AT_LEAST:
        return None
    free_wh = goal.need_wh - label.energy_wh
    if not label.free.low_wh - ENERGY_TOLERANCE_WH <= free_wh <= label.free.high_wh + ENERGY_TOLERANCE_WH:
        return None
    energies_wh: list[float] = []
    trail = label.trail
    while trail is not None:
        trail, energy_wh = trail
        energies_wh.append(free_wh if energy_wh is None else energy_wh)
    energies_wh.reverse()
    return energies_wh
