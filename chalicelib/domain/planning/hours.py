"""A limit on energy per clock hour, met by giving each piece a share of its hour's energy.

Where an hour is one piece the share is the limit itself and nothing is lost. Where prices change inside the hour the
ways below are tried and the best plan is kept; that is not always the optimum.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from chalicelib.domain.planning.pieces import ENERGY_TOLERANCE_WH, Car, Piece

Budget = Mapping[int, float]


class _Way(NamedTuple):
    """How an hour's energy is shared among its pieces, and at which side of a piece part time stands."""

    cheapest_first: bool
    keep_going: bool
    at_left: tuple[bool, bool]


_WAYS = [
    _Way(cheapest_first, keep_going, at_left)
    for cheapest_first, keep_going, at_left in product(
        (True, False), (True, False), ((True, True), (False, True), (True, False))
    )
    if cheapest_first or keep_going
]


def within_hours(pieces: Sequence[Piece], car: Car, left_wh: Budget | None) -> Iterator[list[Piece]]:
    """The pieces with at most `left_wh` of each hour (hours that are not in it: no limit), in different ways."""
    by_hour: dict[int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        by_hour[piece.hour].append(piece)
    over = {
        hour
        for hour, group in by_hour.items()
        if left_wh is not None and sum(p.high_wh for p in group) > left_wh.get(hour, float("inf")) + ENERGY_TOLERANCE_WH
    }
    if left_wh is None or not over:
        yield list(pieces)
        return
    seen: list[list[Piece]] = []
    for way in _WAYS:
        shares = {hour: _shares(by_hour[hour], left_wh[hour], way) for hour in over}
        limited = _limited(pieces, car, shares, way)
        if limited not in seen:
            seen.append(limited)
            yield limited


def _shares(group: list[Piece], budget_wh: float, way: _Way) -> dict[Piece, float]:
    """Energy per piece of one hour: its minimum first where runs should keep going, then by price or evenly."""
    least = {p: p.low_wh if way.keep_going else 0.0 for p in group}
    if sum(least.values()) > budget_wh:
        least = dict.fromkeys(group, 0.0)
    rest_wh = max(budget_wh - sum(least.values()), 0.0)
    if not way.cheapest_first:
        room_wh = sum(p.high_wh - least[p] for p in group)
        return {p: least[p] + (p.high_wh - least[p]) * min(rest_wh / room_wh, 1.0) for p in group}
    shares = {}
    for piece in sorted(group, key=lambda p: p.price):
        more_wh = min(piece.high_wh - least[piece], rest_wh)
        shares[piece] = least[piece] + more_wh
        rest_wh -= more_wh
    return shares


def _limited(pieces: Sequence[Piece], car: Car, shares: Mapping[int, Mapping[Piece, float]], way: _Way) -> list[Piece]:
    limited: list[Piece] = []
    cut = False
    for piece in pieces:
        energy_wh = shares[piece.hour][piece] if piece.hour in shares else piece.high_wh
        linked = piece.linked and not cut
        if energy_wh >= piece.low_wh - ENERGY_TOLERANCE_WH:
            limited.append(piece._replace(high_wh=max(energy_wh, piece.low_wh), linked=linked))
            cut = False
            continue
        at_left = way.at_left[piece.hour % 2]
        cut = at_left or energy_wh <= ENERGY_TOLERANCE_WH
        if energy_wh > ENERGY_TOLERANCE_WH:
            limited.append(_part_time(piece, energy_wh, car, linked=linked, at_left=at_left))
    return limited


def _part_time(piece: Piece, energy_wh: float, car: Car, *, linked: bool, at_left: bool) -> Piece:
    """The part of a piece that gives `energy_wh` at full current."""
    length_s = energy_wh / (piece.cap_a * car.watts_per_a) * 3600.0
    low_wh = piece.low_wh * length_s / (piece.end_s - piece.start_s)
    if at_left:
        return piece._replace(end_s=piece.start_s + length_s, low_wh=low_wh, high_wh=energy_wh, linked=linked)
    return piece._replace(start_s=piece.end_s - length_s, low_wh=low_wh, high_wh=energy_wh, linked=False)
