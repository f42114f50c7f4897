"""One car placed in what the others of its site leave: the limit less their currents, the hours less their energy."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice, product
from types import MappingProxyType
from typing import NamedTuple

from chalicelib.domain.planning.hours import WAYS, Budget, HourLimit, Way
from chalicelib.domain.planning.layout import Span, lay_out
from chalicelib.domain.planning.pieces import (
    CURRENT_TOLERANCE_A,
    TIME_TOLERANCE_S,
    Car,
    Piece,
    Stretch,
    cut_pieces,
)
from chalicelib.domain.planning.single import plan_energies
from chalicelib.domain.planning.track import track_of

HOUR_TOLERANCE_WH = 1e-3


class Site(NamedTuple):
    """The time of a site in order, its cars, and the energy that all of them together may take per clock hour."""

    stretches: list[Stretch]
    cars: list[Car]
    hour_limit_wh: float | None
    hour_used_wh: Budget = MappingProxyType({})


class Placed(NamedTuple):
    """The plan of one car; cost in price units times Wh, `done_s` in seconds from now (0 when nothing is planned)."""

    spans: list[Span]
    energy_wh: float
    unmet_wh: float
    cost: float
    starts: int
    done_s: float


NOTHING = Placed([], 0.0, float("inf"), 0.0, 0, 0.0)
Taken = Sequence[tuple[Car, Placed]]


def place(site: Site, car: Car, others: Taken = ()) -> Placed:
    """The best plan of `car` beside `others`, exact for what they leave (hour limits: see hours)."""
    return place_in(left_by(site, others), car, hours_left(site, others), thorough=len(site.cars) == 1)


def left_by(site: Site, taken: Taken) -> list[Stretch]:
    """The site's time with the limit less the currents of `taken`."""
    stretches = site.stretches
    for _, placed in taken:
        stretches = less_currents(stretches, placed.spans)
    return stretches


def place_in(
    stretches: Sequence[Stretch], car: Car, left_wh: Budget | None, *, thorough: bool = False, is_draft: bool = False
) -> Placed:
    """The best plan of `car` under the limits of `stretches` and what is left of each hour's energy.

    Ways to share an hour are tried for all hours alike; if `thorough`, then for each hour by itself. A draft is a
    good plan instead of the best.
    """
    if left_wh is None:
        return place_in_pieces(cut_pieces(stretches, car), car, is_draft=is_draft)
    limit = HourLimit(cut_pieces(stretches, car), car, left_wh)
    if not limit.hours_over:
        return place_in_pieces(limit.pieces, car, is_draft=is_draft)
    ways: dict[int, Way] = dict.fromkeys(limit.hours_over, WAYS[0])
    best = NOTHING
    seen: set[tuple[Piece, ...]] = set()
    for hours, way in [(limit.hours_over, way) for way in limit.ways] + [
        ([hour], way) for hour, way in product(limit.hours_over, limit.ways) if thorough
    ]:
        trial = ways | dict.fromkeys(hours, way)
        pieces = tuple(limit.pieces_by(trial))
        if pieces in seen:
            continue
        seen.add(pieces)
        if _order(found := place_in_pieces(pieces, car, is_draft=is_draft or not thorough)) < _order(best):
            ways, best = trial, found
    if is_draft or thorough:
        return best
    return min(best, place_in_pieces(limit.pieces_by(ways), car, is_draft=False), key=_order)


def place_in_pieces(pieces: Sequence[Piece], car: Car, *, is_draft: bool) -> Placed:
    """The best plan of `car` in these pieces."""
    track = track_of(pieces)
    energies_wh = plan_energies(track, car.need_wh, car.starts_left, is_draft=is_draft)
    spans = lay_out(pieces, energies_wh, track.joined(energies_wh), car)
    energy_wh = sum(energies_wh)
    return Placed(
        spans=spans,
        energy_wh=energy_wh,
        unmet_wh=max(car.need_wh - energy_wh, 0.0),
        cost=track.cost(energies_wh),
        starts=track.starts(energies_wh),
        done_s=spans[-1].end_s if spans else 0.0,
    )


def _order(placed: Placed) -> tuple[float, float, int, float]:
    return round(placed.unmet_wh, 3), round(placed.cost, 6), placed.starts, placed.done_s


def hours_left(site: Site, taken: Taken) -> Budget | None:
    """What the hour limit leaves in each clock hour beside `taken`, in Wh; None when there is no limit."""
    if site.hour_limit_wh is None:
        return None
    left_wh: dict[int, float] = defaultdict(float)
    for stretch in site.stretches:
        left_wh[stretch.hour] = site.hour_limit_wh
    for hour, energy_wh in _energy_by_hour(site, taken).items():
        left_wh[hour] -= energy_wh
    return left_wh


def beside(site: Site, taken: Taken) -> Site:
    """The site that is left when `taken` are planned: less limit, less energy per hour."""
    return site._replace(stretches=left_by(site, taken), hour_used_wh=_energy_by_hour(site, taken))


def _energy_by_hour(site: Site, taken: Taken) -> dict[int, float]:
    energy_wh: dict[int, float] = defaultdict(float, site.hour_used_wh)
    if site.hour_limit_wh is None:
        return energy_wh
    ends_s = [stretch.end_s for stretch in site.stretches]
    for car, placed in taken:
        for start_s, end_s, current_a in placed.spans:
            for stretch in islice(site.stretches, bisect_right(ends_s, start_s), None):
                overlap_s = min(end_s, stretch.end_s) - max(start_s, stretch.start_s)
                if overlap_s <= 0.0:
                    break
                energy_wh[stretch.hour] += overlap_s / 3600.0 * current_a * car.watts_per_a
    return energy_wh


def less_currents(stretches: Sequence[Stretch], spans: Sequence[Span]) -> list[Stretch]:
    """The stretches, cut at the edges of `spans`, with their currents taken off the limit."""
    left: list[Stretch] = []
    first = 0
    for stretch in stretches:
        start_s, stretch_end_s, price, limit_a, hour = stretch
        while first < len(spans) and spans[first].end_s <= start_s + TIME_TOLERANCE_S:
            first += 1
        if first == len(spans) or spans[first].start_s >= stretch_end_s - TIME_TOLERANCE_S:
            left.append(stretch)
            continue
        for span in spans[first:]:
            if span.start_s >= stretch_end_s - TIME_TOLERANCE_S:
                break
            if span.start_s > start_s + TIME_TOLERANCE_S:
                left.append(Stretch(start_s, span.start_s, price, limit_a, hour))
                start_s = span.start_s
            end_s = min(span.end_s, stretch_end_s)
            left.append(Stretch(start_s, end_s, price, limit_a - span.current_a, hour))
            start_s = end_s
        if stretch_end_s - start_s > TIME_TOLERANCE_S:
            left.append(Stretch(start_s, stretch_end_s, price, limit_a, hour))
    return left


def fit_together(site: Site, taken: Taken) -> bool:
    """True when all currents stay under the limit and all energies under the hour limit."""
    if any(stretch.limit_a < -CURRENT_TOLERANCE_A and _used(stretch, taken) for stretch in left_by(site, taken)):
        return False
    left_wh = hours_left(site, taken)
    return left_wh is None or all(energy_wh >= -HOUR_TOLERANCE_WH for energy_wh in left_wh.values())


def _used(stretch: Stretch, taken: Taken) -> bool:
    """True when a car charges in `stretch`; a limit below zero from the beginning is nobody's fault."""
    return any(
        span.start_s < stretch.end_s - TIME_TOLERANCE_S and span.end_s > stretch.start_s + TIME_TOLERANCE_S
        for _, placed in taken
        for span in placed.spans
    )
