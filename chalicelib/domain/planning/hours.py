"""A limit on energy per clock hour, met by giving each piece a share of its hour's energy.

Where an hour is one piece the share is the limit itself and nothing is lost. Where prices change inside the hour the
ways below are tried, for all hours alike and then hour by hour; that comes near the optimum and is not always it.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from chalicelib.domain.planning.pieces import ENERGY_TOLERANCE_WH, Car, Piece

Budget = Mapping[int, float]


class Way(NamedTuple):
    """How an hour's energy is shared: which pieces first (None: evenly), a minimum for each or not, part time where."""

    order: Callable[[Piece], float] | None
    keep_going: bool
    at_left: tuple[bool, bool]


_ORDERS: tuple[Callable[[Piece], float] | None, ...] = (
    lambda piece: piece.price,
    lambda piece: piece.start_s,
    lambda piece: -piece.start_s,
    None,
)
_SIDES = ((True, True), (False, True), (True, False))
WAYS = [Way(*way) for way in product(_ORDERS, (True, False), _SIDES)]


class HourLimit:
    """The pieces of one car and what is left of each hour's energy (hours that are not in it: no limit)."""

    def __init__(self, pieces: Sequence[Piece], car: Car, left_wh: Budget) -> None:
        self.pieces = pieces
        self.car = car
        self.left_wh = left_wh
        self.by_hour: dict[int, list[Piece]] = defaultdict(list)
        for piece in pieces:
            self.by_hour[piece.hour].append(piece)
        self.hours_over = [
            hour
            for hour, group in self.by_hour.items()
            if sum(p.high_wh for p in group) > self.left_wh.get(hour, float("inf")) + ENERGY_TOLERANCE_WH
        ]

    @property
    def ways(self) -> list[Way]:
        """Those worth trying: where every hour over the limit is one piece there is nothing to put in order."""
        is_whole = all(len(self.by_hour[hour]) == 1 for hour in self.hours_over)
        return [way for way in WAYS if way.order is _ORDERS[0]] if is_whole else WAYS

    def pieces_by(self, ways: Mapping[int, Way]) -> list[Piece]:
        """The pieces with at most the energy left in each hour, shared by the way of that hour."""
        shares = {hour: _shares(self.by_hour[hour], self.left_wh[hour], way) for hour, way in ways.items()}
        limited: list[Piece] = []
        cut = False
        for piece in self.pieces:
            energy_wh = shares[piece.hour][piece] if piece.hour in shares else piece.high_wh
            linked = piece.linked and not cut
            if energy_wh >= piece.low_wh - ENERGY_TOLERANCE_WH:
                limited.append(piece._replace(high_wh=max(energy_wh, piece.low_wh), linked=linked))
                cut = False
                continue
            at_left = ways[piece.hour].at_left[piece.hour % 2]
            cut = at_left or energy_wh <= ENERGY_TOLERANCE_WH
            if energy_wh > ENERGY_TOLERANCE_WH:
                limited.append(_part_time(piece, energy_wh, self.car, linked=linked, at_left=at_left))
        return limited


def _shares(group: list[Piece], budget_wh: float, way: Way) -> dict[Piece, float]:
    """Energy per piece of one hour: its minimum first where runs should keep going, then in the order of the way."""
    least = {p: p.low_wh if way.keep_going else 0.0 for p in group}
    if sum(least.values()) > budget_wh:
        least = dict.fromkeys(group, 0.0)
    rest_wh = max(budget_wh - sum(least.values()), 0.0)
    if way.order is None:
        room_wh = sum(p.high_wh - least[p] for p in group)
        return {p: least[p] + (p.high_wh - least[p]) * min(rest_wh / room_wh, 1.0) for p in group}
    shares = {}
    for piece in sorted(group, key=way.order):
        more_wh = min(piece.high_wh - least[piece], rest_wh)
        shares[piece] = least[piece] + more_wh
        rest_wh -= more_wh
    return shares


def _part_time(piece: Piece, energy_wh: float, car: Car, *, linked: bool, at_left: bool) -> Piece:
    """The part of a piece that gives `energy_wh` at full current."""
    length_s = energy_wh / (piece.cap_a * car.watts_per_a) * 3600.0
    low_wh = piece.low_wh * length_s / (piece.end_s - piece.start_s)
    if at_left:
        return piece._replace(end_s=piece.start_s + length_s, low_wh=low_wh, high_wh=energy_wh, linked=linked)
    return piece._replace(start_s=piece.end_s - length_s, low_wh=low_wh, high_wh=energy_wh, linked=False)
