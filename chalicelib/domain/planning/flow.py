"""Energy of several cars under one limit when starts and minimum currents are forgotten: a bound, and fair shares.

Pieces of time are opened in order of price and each is filled as far as possible; a car that has enough gives time
back to others along augmenting paths. For cars of equal watts per ampere this is the least cost.
"""

from collections.abc import Sequence
from typing import NamedTuple

from chalicelib.domain.planning.pieces import TIME_TOLERANCE_S, Car, Stretch

TOLERANCE_AH = 1e-9


class Flow(NamedTuple):
    """Ampere-hours per car and stretch, and what each car still misses."""

    given_ah: list[list[float]]
    missing_ah: list[float]


class _Path(NamedTuple):
    """The last step of an augmenting path: which car gave way to `car`, and in which stretch."""

    giver: int
    stretch: int


def share_limit(stretches: Sequence[Stretch], cars: Sequence[Car]) -> Flow:
    """The most ampere-hours, in the cheapest stretches, under the limit; `stretches` lie inside or outside windows."""
    caps_ah = [[cap_ah(stretch, car) for stretch in stretches] for car in cars]
    flow = Flow([[0.0] * len(stretches) for _ in cars], [max(car.need_wh, 0.0) / car.watts_per_a for car in cars])
    for j in sorted(range(len(stretches)), key=lambda j: stretches[j].price):
        room_ah = stretches[j].limit_a * (stretches[j].end_s - stretches[j].start_s) / 3600.0
        while room_ah > TOLERANCE_AH and (given_ah := _augment(flow, caps_ah, j, room_ah)) > TOLERANCE_AH:
            room_ah -= given_ah
    return flow


def cap_ah(stretch: Stretch, car: Car) -> float:
    """The most that the car could take in the stretch, in ampere-hours; nothing outside its window."""
    cap_a = min(car.max_a, stretch.limit_a)
    outside = stretch.start_s < car.from_s - TIME_TOLERANCE_S or stretch.end_s > car.until_s + TIME_TOLERANCE_S
    if outside or cap_a < car.min_a:
        return 0.0
    return cap_a * (stretch.end_s - stretch.start_s) / 3600.0


def _augment(flow: Flow, caps_ah: list[list[float]], j: int, room_ah: float) -> float:
    """Give ampere-hours of stretch `j` to a car that misses some, or to one that gives way to such a car."""
    paths = {i: _Path(-1, j) for i in range(len(caps_ah)) if caps_ah[i][j] - flow.given_ah[i][j] > TOLERANCE_AH}
    queue = list(paths)
    for i in queue:
        if flow.missing_ah[i] > TOLERANCE_AH:
            return _push(flow, caps_ah, paths, i, room_ah)
        for k in range(len(caps_ah)):
            if k not in paths and (stretch := _exchange(flow, caps_ah, i, k)) is not None:
                paths[k] = _Path(i, stretch)
                queue.append(k)
    return 0.0


def _exchange(flow: Flow, caps_ah: list[list[float]], giver: int, taker: int) -> int | None:
    """A stretch in which `giver` has ampere-hours that `taker` could use."""
    given, taken, caps = flow.given_ah[giver], flow.given_ah[taker], caps_ah[taker]
    return next((j for j in range(len(given)) if given[j] > TOLERANCE_AH and caps[j] - taken[j] > TOLERANCE_AH), None)


def _push(flow: Flow, caps_ah: list[list[float]], paths: dict[int, _Path], last: int, room_ah: float) -> float:
    steps: list[tuple[int, _Path]] = [(last, paths[last])]
    while steps[-1][1].giver >= 0:
        giver = steps[-1][1].giver
        steps.append((giver, paths[giver]))
    amount_ah = min(room_ah, flow.missing_ah[last])
    for car, (giver, j) in steps:
        amount_ah = min(amount_ah, caps_ah[car][j] - flow.given_ah[car][j])
        if giver >= 0:
            amount_ah = min(amount_ah, flow.given_ah[giver][j])
    for car, (giver, j) in steps:
        flow.given_ah[car][j] += amount_ah
        if giver >= 0:
            flow.given_ah[giver][j] -= amount_ah
    flow.missing_ah[last] -= amount_ah
    return amount_ah
