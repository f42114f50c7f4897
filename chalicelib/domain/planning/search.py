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


NOT_FREE = Free(0.0, 0.0, 0.0, 0.0)


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


# State, starts and bounds of lambda after a piece, the energy in it (None: it is the free piece), and the free piece.
Move = tuple[int, int, float, float, float | None, Free | None]


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
        frontier = _Frontier(pieces[i], goal, most, rest[i + 1], room_wh[i + 1])
        for label in labels:
            for move in _moves(pieces, i, goal, label):
                frontier.take(label, move)
        labels = list(frontier.kept.values())
        grown += len(labels)
        if grown > most_labels:
            raise SearchStoppedError
    for label in labels:
        if (plan := _finish(goal, label)) is not None:
            yield plan


class _Frontier:
    """The labels at one boundary that may still win and are not beaten by another of the same kind."""

    def __init__(
        self, piece: Piece, goal: Goal, most: float, rest: tuple[list[float], list[float]], room_wh: float
    ) -> None:
        self.kept: dict[tuple[object, ...], Label] = {}
        self.excess = piece.price - goal.worth
        self.starts_left = goal.starts_left
        self.most = most
        self.rest = rest
        self.most_wh = goal.need_wh + ENERGY_TOLERANCE_WH
        self.least_wh = goal.need_wh - ENERGY_TOLERANCE_WH - room_wh

    def take(self, label: Label, move: Move) -> None:
        """Keep the label that `move` leads to, if nothing rules it out; of equals the first, off the longest."""
        state, starts, low, high, added_wh, free = move
        if low > high:
            return
        energy_wh, reduced = label.energy_wh, label.reduced
        if added_wh:
            energy_wh += added_wh
            reduced += self.excess * added_wh
        _, free_low_wh, free_high_wh, free_least = free or NOT_FREE
        if (
            reduced + free_least + self.rest[state > OFF][self.starts_left - starts] > self.most
            or energy_wh + free_low_wh > self.most_wh
            or energy_wh + free_high_wh < self.least_wh
        ):
            return
        key = (state, starts, low, high, round(energy_wh, 4), free)
        old = self.kept.get(key)
        if old is None or reduced < old.reduced - 1e-12 * abs(old.reduced):
            self.kept[key] = Label(state, starts, low, high, energy_wh, reduced, free, (label.trail, added_wh))


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


def _moves(pieces: Sequence[Piece], i: int, goal: Goal, label: Label) -> Iterator[Move]:
    """All continuations of a label over piece `i`; bounds of lambda that cross are sorted out later."""
    piece = pieces[i]
    state, starts, low, high, _, _, free, _ = label
    before = pieces[i - 1].price if i else -inf
    if state and not piece.linked:
        if state == ON_AT_LEAST:
            return
        state, low = OFF, max(low, before)
    may_start = starts < goal.starts_left
    if state == OFF:
        yield OFF, starts, low, high, 0.0, free
        if may_start:
            yield (
                ON,
                starts + 1,
                max(low, piece.price),
                min(high, before) if piece.linked else high,
                piece.high_wh,
                free,
            )
    else:
        if state == ON:
            yield OFF, starts, max(low, before), min(high, piece.price), 0.0, free
        yield from _going_on(piece, label)
    if free is None and low <= piece.price <= high:
        yield from _freed(piece, goal, starts, is_on=state != OFF, may_start=may_start)


def _going_on(piece: Piece, label: Label) -> Iterator[Move]:
    """On all through the piece, at the most or at the least."""
    _, starts, low, high, _, _, free, _ = label
    if piece.low_wh >= piece.high_wh:
        yield ON, starts, low, high, piece.high_wh, free
        return
    yield ON, starts, max(low, piece.price), high, piece.high_wh, free
    yield ON_AT_LEAST, starts, low, min(high, nextafter(piece.price, -inf)), piece.low_wh, free


def _freed(piece: Piece, goal: Goal, starts: int, *, is_on: bool, may_start: bool) -> Iterator[Move]:
    """The piece as the free one: a run ends in it or goes through it, a new run begins in it, or both."""
    price, excess = piece.price, piece.price - goal.worth
    part = Free(price, 0.0, piece.high_wh, min(0.0, excess * piece.high_wh))
    if is_on:
        yield OFF, starts, price, price, None, part
        if piece.low_wh < piece.high_wh:
            whole = part._replace(low_wh=piece.low_wh, least=excess * (piece.low_wh if excess > 0 else piece.high_wh))
            just_below = nextafter(price, -inf)
            yield ON, starts, just_below, just_below, None, whole
    elif may_start:
        yield OFF, starts + 1, price, price, None, part
    if may_start:
        yield ON, starts + 1, price, price, None, part


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
