"""From energies per piece to intervals with currents: exact edges, whole amperes where the limits are whole."""

from collections.abc import Sequence
from math import ceil, floor
from typing import NamedTuple

from chalicelib.domain.planning.pieces import (
    CURRENT_TOLERANCE_A,
    ENERGY_TOLERANCE_WH,
    TIME_TOLERANCE_S,
    Car,
    Piece,
)


class Span(NamedTuple):
    """A current during [start_s, end_s), in seconds from now."""

    start_s: float
    end_s: float
    current_a: float


def lay_out(pieces: Sequence[Piece], energies_wh: Sequence[float], joined: Sequence[bool], car: Car) -> list[Span]:
    """The spans of a draft: a part of a piece stands next to the run it belongs to, else at its beginning.

    `joined` says for each piece whether its charging goes on from the left without a stop.
    """
    spans: list[Span] = []
    last = len(pieces) - 1
    ampere_s_per_wh = 3600.0 / car.watts_per_a
    run_s, until_s, at_a = 0.0, 0.0, 0.0  # pieces at one current that are not a span yet
    for i in [i for i, energy_wh in enumerate(energies_wh) if energy_wh > ENERGY_TOLERANCE_WH]:
        energy_wh = energies_wh[i]
        start_s, end_s, _, current_a, low_wh, _, _, _ = pieces[i]
        from_left, to_right = joined[i], i < last and joined[i + 1]
        is_whole = energy_wh * ampere_s_per_wh >= current_a * (end_s - start_s - TIME_TOLERANCE_S)
        if not is_whole and from_left and to_right and energy_wh == low_wh:  # a bridge
            current_a, is_whole = min(current_a, car.min_a), True
        if is_whole:
            if current_a != at_a or start_s - until_s > TIME_TOLERANCE_S:
                spans.append(Span(run_s, until_s, at_a))
                run_s, at_a = start_s, current_a
            until_s = end_s
            continue
        spans.append(Span(run_s, until_s, at_a))
        spans += _spans(pieces[i], energy_wh, car, from_left=from_left, to_right=to_right)
        at_a = 0.0
    spans.append(Span(run_s, until_s, at_a))
    return _merged(spans)


def _spans(piece: Piece, energy_wh: float, car: Car, *, from_left: bool, to_right: bool) -> list[Span]:
    full_s = energy_wh / (piece.cap_a * car.watts_per_a) * 3600.0
    if from_left and to_right:
        return _average(piece, energy_wh, car)
    if to_right:
        return [Span(piece.end_s - full_s, piece.end_s, piece.cap_a)]
    return [Span(piece.start_s, piece.start_s + full_s, piece.cap_a)]


def _average(piece: Piece, energy_wh: float, car: Car) -> list[Span]:
    """All of the piece at an average current, as two whole currents next to it."""
    length_s = piece.end_s - piece.start_s
    average_a = energy_wh / car.watts_per_a / length_s * 3600.0
    low_a = max(float(floor(average_a + CURRENT_TOLERANCE_A)), min(car.min_a, piece.cap_a))
    high_a = min(float(ceil(average_a - CURRENT_TOLERANCE_A)), piece.cap_a)
    if high_a - low_a <= CURRENT_TOLERANCE_A:
        return [Span(piece.start_s, piece.end_s, low_a)]
    middle_s = piece.start_s + length_s * min(max((average_a - low_a) / (high_a - low_a), 0.0), 1.0)
    parts = [Span(piece.start_s, middle_s, high_a), Span(middle_s, piece.end_s, low_a)]
    return [part for part in parts if part.end_s - part.start_s > TIME_TOLERANCE_S]


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in spans:
        if span.current_a == 0.0:
            continue
        if merged and merged[-1].current_a == span.current_a and span.start_s - merged[-1].end_s <= TIME_TOLERANCE_S:
            merged[-1] = merged[-1]._replace(end_s=span.end_s)
        else:
            merged.append(span)
    return merged
