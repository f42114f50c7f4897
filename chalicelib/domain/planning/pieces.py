"""Time cut into pieces of one price and one highest current, and what a draft of energies in them means."""

from collections.abc import Sequence
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


def cut_pieces(stretches: Sequence[Stretch], car: Car) -> list[Piece]:
    """The pieces in which `car` may run; a stretch whose limit is under `min_a` leaves a break."""
    found: list[Stretch] = []
    for stretch in stretches:
        start_s, end_s = max(stretch.start_s, car.from_s), min(stretch.end_s, car.until_s)
        cap_a = min(car.max_a, stretch.limit_a)
        if end_s - start_s <= TIME_TOLERANCE_S or cap_a < car.min_a - CURRENT_TOLERANCE_A or cap_a <= 0:
            continue
        cut = Stretch(start_s, end_s, stretch.price, cap_a, stretch.hour)
        if found and found[-1][2:] == cut[2:] and start_s - found[-1].end_s <= TIME_TOLERANCE_S:
            found[-1] = found[-1]._replace(end_s=end_s)
        else:
            found.append(cut)
    return _measured(found, car)


def _measured(found: list[Stretch], car: Car) -> list[Piece]:
    pieces: list[Piece] = []
    before_s = 0.0 if car.is_charging else float("-inf")
    for start_s, end_s, price, cap_a, hour in found:
        watt_hours_per_a = (end_s - start_s) / 3600.0 * car.watts_per_a
        low_wh, high_wh = min(car.min_a, cap_a) * watt_hours_per_a, cap_a * watt_hours_per_a
        linked = start_s - before_s <= TIME_TOLERANCE_S
        pieces.append(Piece(start_s, end_s, price, cap_a, low_wh, high_wh, linked, hour))
        before_s = end_s
    return pieces


def joined_runs(pieces: Sequence[Piece], energies_wh: Sequence[float]) -> list[bool]:
    """For each piece whether its charging goes on from the left without a stop.

    A piece filled to less than its minimum is on in a part of its time and can touch one side only; it touches the
    left side if it can.
    """
    joined: list[bool] = []
    reaches = True
    for piece, energy_wh in zip(pieces, energies_wh, strict=True):
        on = energy_wh > ENERGY_TOLERANCE_WH
        joins = on and reaches and piece.linked
        reaches = on and (not joins or energy_wh >= piece.low_wh - ENERGY_TOLERANCE_WH)
        joined.append(joins)
    return joined


def count_starts(pieces: Sequence[Piece], energies_wh: Sequence[float]) -> int:
    """New starts of a draft; going on with a present run is none."""
    joined = joined_runs(pieces, energies_wh)
    return sum(e > ENERGY_TOLERANCE_WH and not j for e, j in zip(energies_wh, joined, strict=True))


def cost_of(pieces: Sequence[Piece], energies_wh: Sequence[float]) -> float:
    """Sum of price times energy, in price units times Wh."""
    return sum(p.price * e for p, e in zip(pieces, energies_wh, strict=True))
