"""Time cut into pieces of one price and one highest current, and what a draft of energies in them means."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

ENERGY_TOLERANCE_WH = 1e-6
TIME_TOLERANCE_S = 1e-6
CURRENT_TOLERANCE_A = 1e-9


class Piece(NamedTuple):
    """A stretch in which a charger may run; seconds count from `now`, energies are those of the whole stretch.

    `low_wh` is the least energy with the current on all through, `high_wh` the most that may be taken;
    `linked` says that a run may come in from the left: from the piece before, or, at the first piece, from a
    charger that is charging now.
    """

    start_s: float
    end_s: float
    price: float
    cap_a: float
    low_wh: float
    high_wh: float
    linked: bool
    hour: int = 0


class Stretch(NamedTuple):
    """A stretch of the site's time: one price and one limit in amperes; `hour` numbers the clock hours."""

    start_s: float
    end_s: float
    price: float
    limit_a: float
    hour: int = 0


class Car(NamedTuple):
    """What limits one charger: its window in seconds from now, its currents, watts per ampere, energy and starts."""

    from_s: float
    until_s: float
    min_a: float
    max_a: float
    watts_per_a: float
    need_wh: float
    starts_left: int | None
    is_charging: bool


def cut_at(stretch: Stretch, edges_s: Sequence[float]) -> Iterator[Stretch]:
    """The parts of a stretch between the edges inside it; `edges_s` ascend."""
    start_s = stretch.start_s
    for edge_s in edges_s:
        if start_s < edge_s < stretch.end_s:
            yield stretch._replace(start_s=start_s, end_s=edge_s)
            start_s = edge_s
    yield stretch._replace(start_s=start_s)


_new = tuple.__new__  # half the time of Piece(...)


def cut_pieces(stretches: Sequence[Stretch], car: Car) -> list[Piece]:
    """The pieces in which `car` may run; a stretch whose limit is under `min_a` leaves a break."""
    car_from_s, car_until_s, min_a, max_a, watts_per_a, _, _, is_charging = car
    least_a = max(min_a - CURRENT_TOLERANCE_A, 1e-9)
    pieces: list[Piece] = []
    before_s = 0.0 if is_charging else float("-inf")
    before_price = before_cap_a = before_hour = float("nan")
    for start_s, end_s, price, limit_a, hour in stretches:
        if start_s < car_from_s:
            start_s = car_from_s  # noqa: PLW2901 - thousands are cut a second
        if end_s > car_until_s:
            end_s = car_until_s  # noqa: PLW2901
        cap_a = limit_a if limit_a < max_a else max_a
        if end_s - start_s <= TIME_TOLERANCE_S or cap_a < least_a:
            continue
        linked = start_s - before_s <= TIME_TOLERANCE_S
        if price == before_price and linked and cap_a == before_cap_a and hour == before_hour:
            last = pieces.pop()
            start_s, linked = last.start_s, last.linked  # noqa: PLW2901
        before_s, before_price, before_cap_a, before_hour = end_s, price, cap_a, hour
        wh_per_a = (end_s - start_s) / 3600.0 * watts_per_a
        low_wh = (min_a if min_a < cap_a else cap_a) * wh_per_a
        pieces.append(_new(Piece, (start_s, end_s, price, cap_a, low_wh, cap_a * wh_per_a, linked, hour)))
    return pieces
