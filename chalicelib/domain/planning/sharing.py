"""Plans for cars that cannot be served one after another: each gets a share, then all are planned again."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import product
from math import ceil

from chalicelib.domain.planning.flow import Flow
from chalicelib.domain.planning.layout import Span
from chalicelib.domain.planning.pieces import ENERGY_TOLERANCE_WH, TIME_TOLERANCE_S, Car, Stretch, cut_at
from chalicelib.domain.planning.placing import Placed, Site, hours_left, left_by, place, place_in

NEARLY_ALL = 0.98


def shared_plans(site: Site, flow: Flow, orders: Sequence[Sequence[int]]) -> Iterator[list[Placed]]:
    """Plans found by sharing: room left for later cars, the flow's currents, fair or urgent shares; then improved."""
    for order, is_modest in product(orders, (True, False)):
        yield improved(site, _guided(site, flow, order, is_modest=is_modest))
    for order in orders:
        for proportional in (False, True):
            yield improved(site, _leaving_room(site, flow, order, proportional=proportional))
    yield improved(site, _by_flow(site, flow))
    if site.hour_limit_wh is None:
        for order in orders:
            yield improved(site, _by_energy(site, flow, order))
    for order, from_start in product(orders, (False, True)):
        yield improved(site, _leaving_half(site, flow, order, from_start=from_start))
    for evenly in (True, False):
        yield improved(site, _Clockwork(site, evenly=evenly).run())


def improved(site: Site, plans: list[Placed]) -> list[Placed]:
    """Plan every car again beside the others, those that miss most first; each is then exact beside the others."""
    for i in sorted(range(len(plans)), key=lambda i: -plans[i].unmet_wh):
        others = [(site.cars[k], plans[k]) for k in range(len(plans)) if k != i]
        plans[i] = place(site, site.cars[i], others)
    return plans


def _leaving_room(site: Site, flow: Flow, order: Sequence[int], *, proportional: bool) -> list[Placed]:
    """One after another, each leaving room for those after it where the flow fills the limit: minimum or fair share."""
    return _leaving_room_in(_contested_times(site, flow), site, order, proportional=proportional)


def _leaving_half(site: Site, flow: Flow, order: Sequence[int], *, from_start: bool) -> list[Placed]:
    """The same in one half of each such time, so that a car that is nearly done gives way to one that begins."""
    halves = []
    for start_s, end_s in _contested_times(site, flow):
        middle_s = (start_s + end_s) / 2.0
        halves.append((start_s, middle_s) if from_start else (middle_s, end_s))
    edges_s = [s for half in halves for s in half]
    cut = [part for stretch in site.stretches for part in cut_at(stretch, edges_s)]
    return _leaving_room_in(halves, site._replace(stretches=cut), order, proportional=False)


def _leaving_room_in(
    times: Sequence[tuple[float, float]], site: Site, order: Sequence[int], *, proportional: bool
) -> list[Placed]:
    plans: dict[int, Placed] = {}
    for n, i in enumerate(order):
        car, later = site.cars[i], [site.cars[k] for k in order[n + 1 :]]
        taken = [(site.cars[k], plan) for k, plan in plans.items()]
        room = [
            stretch._replace(limit_a=_own_a(stretch, car, later, proportional=proportional))
            if _is_inside(stretch, times)
            else stretch
            for stretch in left_by(site, taken)
        ]
        plans[i] = place_in(room, car, hours_left(site, taken), is_draft=True)
    return [plans[i] for i in range(len(site.cars))]


def _guided(site: Site, flow: Flow, order: Sequence[int], *, is_modest: bool) -> list[Placed]:
    """One after another, each with the current that the later cars cannot use, or its minimum at a price.

    Where the flow fills the limit, a current that keeps later cars from charging costs what they then pay: at most
    the dearest price the flow buys at.
    """
    contested = _contested_times(site, flow)
    dearest = max(
        (s.price for j, s in enumerate(site.stretches) if any(row[j] > 0 for row in flow.given_ah)), default=0.0
    )
    plans: dict[int, Placed] = {}
    for n, i in enumerate(order):
        car, later = site.cars[i], [site.cars[k] for k in order[n + 1 :]]
        taken = [(site.cars[k], plan) for k, plan in plans.items()]
        left = left_by(site, taken)
        room = [
            _shadowed(stretch, car, later, dearest, is_modest=is_modest) if _is_inside(stretch, contested) else stretch
            for stretch in left
        ]
        plans[i] = place_in(room, car, hours_left(site, taken), is_draft=True)
    return [plans[i] for i in range(len(site.cars))]


def _shadowed(stretch: Stretch, car: Car, later: Sequence[Car], dearest: float, *, is_modest: bool) -> Stretch:
    """The stretch with the limit and the price at which `car` does not harm those to come."""
    there = [c for c in later if c.from_s < stretch.end_s and c.until_s > stretch.start_s]
    if not there or stretch.limit_a < car.min_a:
        return stretch
    wanted_a = sum(c.max_a for c in there)
    free_a = max(stretch.limit_a - wanted_a, 0.0)
    own_a = min(max(free_a, car.min_a), car.max_a) if is_modest else min(stretch.limit_a, car.max_a)
    displaced = max(own_a - free_a, 0.0) / own_a * max(c.watts_per_a for c in there) / car.watts_per_a
    return stretch._replace(limit_a=own_a, price=stretch.price + (dearest - stretch.price) * displaced)


def _contested_times(site: Site, flow: Flow) -> list[tuple[float, float]]:
    """The stretches in which the flow uses all of the limit, or cars that it serves there want more than it at once."""
    contested = []
    for j, stretch in enumerate(site.stretches):
        given_ah = [row[j] for row in flow.given_ah]
        room_ah = stretch.limit_a * (stretch.end_s - stretch.start_s) / 3600.0
        wanted_a = sum(car.max_a for car, ah in zip(site.cars, given_ah, strict=True) if ah > ENERGY_TOLERANCE_WH)
        is_shared = wanted_a > stretch.limit_a and sum(ah > ENERGY_TOLERANCE_WH for ah in given_ah) > 1
        if is_shared or sum(given_ah) >= room_ah * NEARLY_ALL > 0:
            contested.append((stretch.start_s, stretch.end_s))
    return contested


def _is_inside(stretch: Stretch, times: Sequence[tuple[float, float]]) -> bool:
    n = bisect_right(times, (stretch.start_s + TIME_TOLERANCE_S, float("inf"))) - 1
    return n >= 0 and stretch.end_s <= times[n][1] + TIME_TOLERANCE_S


def _own_a(stretch: Stretch, car: Car, later: Sequence[Car], *, proportional: bool) -> float:
    """What `car` may take of the limit when the later cars that are there are to charge besides it."""
    there = [c for c in later if c.from_s < stretch.end_s and c.until_s > stretch.start_s]
    if not there:
        return stretch.limit_a
    most_a = stretch.limit_a - sum(c.min_a for c in there)
    if most_a < car.min_a:
        return stretch.limit_a
    if not proportional:
        return most_a
    share = car.need_wh / max(car.need_wh + sum(c.need_wh for c in there), 1.0)
    return min(max(float(ceil(stretch.limit_a * share)), car.min_a), most_a)


def _by_flow(site: Site, flow: Flow) -> list[Placed]:
    """Each car under the whole amperes that the flow gives it, one after another."""
    plans: list[Placed] = []
    for i, car in enumerate(site.cars):
        own = [
            stretch._replace(limit_a=min(stretch.limit_a, _share_a(stretch, car, flow.given_ah[i][j])))
            for j, stretch in enumerate(site.stretches)
        ]
        plans.append(place(site._replace(stretches=own), car, list(zip(site.cars, plans, strict=False))))
    return plans


def _by_energy(site: Site, flow: Flow, order: Sequence[int]) -> list[Placed]:
    """One after another, where the limit is full each with no more energy than the flow gives it.

    It may then charge in a part of that time, with the current that leaves the later ones their minimum.
    """
    contested = set(_contested_times(site, flow))
    plans: dict[int, Placed] = {}
    for n, i in enumerate(order):
        car, later = site.cars[i], [site.cars[k] for k in order[n + 1 :]]
        taken = [(site.cars[k], plan) for k, plan in plans.items()]
        shared = site._replace(stretches=[stretch._replace(hour=j) for j, stretch in enumerate(site.stretches)])
        budget_wh = {
            j: flow.given_ah[i][j] * car.watts_per_a
            for j, stretch in enumerate(site.stretches)
            if (stretch.start_s, stretch.end_s) in contested
        }
        room = [
            stretch._replace(limit_a=_own_a(stretch, car, later, proportional=False))
            if stretch.hour in budget_wh
            else stretch
            for stretch in left_by(shared, taken)
        ]
        plans[i] = place_in(room, car, budget_wh, is_draft=True)
    return [plans[i] for i in range(len(site.cars))]


def _share_a(stretch: Stretch, car: Car, given_ah: float) -> float:
    average_a = given_ah / (stretch.end_s - stretch.start_s) * 3600.0
    return max(float(ceil(average_a - 1e-9)), car.min_a) if average_a > 0 else 0.0


class _Clockwork:
    """Charging simulated forward: at each event the limit is shared anew among the cars that are there."""

    def __init__(self, site: Site, *, evenly: bool) -> None:
        self.site = site
        self.evenly = evenly
        self.left_wh = [car.need_wh for car in site.cars]
        self.spans: list[list[Span]] = [[] for _ in site.cars]
        self.costs = [0.0] * len(site.cars)

    def run(self) -> list[Placed]:
        """The plan of each car; starts are counted as pauses were needed and may be too many."""
        hours = hours_left(self.site, ())
        budget_wh = dict(hours) if hours is not None else None
        for stretch in self.site.stretches:
            self._through(stretch, budget_wh)
        return [self._placed(i) for i in range(len(self.site.cars))]

    def _through(self, stretch: Stretch, budget_wh: dict[int, float] | None) -> None:
        at_s = stretch.start_s
        while stretch.end_s - at_s > TIME_TOLERANCE_S:
            hour_wh = budget_wh[stretch.hour] if budget_wh is not None else float("inf")
            currents_a = self._currents(stretch, at_s) if hour_wh > ENERGY_TOLERANCE_WH else {}
            until_s = self._next_event(stretch, at_s, currents_a, hour_wh)
            for i, current_a in currents_a.items():
                energy_wh = current_a * self.site.cars[i].watts_per_a * (until_s - at_s) / 3600.0
                self.left_wh[i] -= energy_wh
                self.costs[i] += energy_wh * stretch.price
                self.spans[i].append(Span(at_s, until_s, current_a))
                if budget_wh is not None:
                    budget_wh[stretch.hour] -= energy_wh
            at_s = until_s

    def _next_event(self, stretch: Stretch, at_s: float, currents_a: dict[int, float], hour_wh: float) -> float:
        """The end of the stretch, a car that comes or leaves, a car that is full, or the end of the hour's energy."""
        events = [stretch.end_s]
        for car in self.site.cars:
            events += [s for s in (car.from_s, car.until_s) if at_s + TIME_TOLERANCE_S < s < stretch.end_s]
        power_w = {i: current_a * self.site.cars[i].watts_per_a for i, current_a in currents_a.items()}
        events += [at_s + self.left_wh[i] / power_w[i] * 3600.0 for i in power_w]
        if power_w:
            events.append(at_s + hour_wh / sum(power_w.values()) * 3600.0)
        return max(min(events), at_s + TIME_TOLERANCE_S)

    def _currents(self, stretch: Stretch, at_s: float) -> dict[int, float]:
        """Whole amperes: the minimum to each in order of urgency, then what each requires, then what is left."""
        present = [i for i in range(len(self.site.cars)) if self._wants(i, stretch, at_s)]
        present.sort(key=lambda i: self._slack_s(i, at_s))
        currents_a: dict[int, float] = {}
        room_a = stretch.limit_a
        for i in present:
            if room_a >= self.site.cars[i].min_a:
                currents_a[i] = self.site.cars[i].min_a
                room_a -= currents_a[i]
        for evenly in (True, False) if self.evenly else (False,):
            for i, current_a in currents_a.items():
                car = self.site.cars[i]
                wanted_a = min(self._required_a(i, at_s), car.max_a) if evenly else car.max_a
                more_a = max(min(wanted_a - current_a, room_a), 0.0)
                currents_a[i] = current_a + more_a
                room_a -= more_a
        return currents_a

    def _wants(self, i: int, stretch: Stretch, at_s: float) -> bool:
        car = self.site.cars[i]
        here = car.from_s <= at_s + TIME_TOLERANCE_S and at_s + TIME_TOLERANCE_S < car.until_s
        return here and self.left_wh[i] > ENERGY_TOLERANCE_WH and stretch.limit_a >= car.min_a

    def _slack_s(self, i: int, at_s: float) -> float:
        car = self.site.cars[i]
        return self._usable_s(car, at_s) - self.left_wh[i] / (car.max_a * car.watts_per_a) * 3600.0

    def _required_a(self, i: int, at_s: float) -> float:
        car = self.site.cars[i]
        needed_a = self.left_wh[i] / car.watts_per_a / max(self._usable_s(car, at_s), 1.0) * 3600.0
        return float(ceil(needed_a - 1e-9))

    def _usable_s(self, car: Car, at_s: float) -> float:
        overlaps = (
            min(stretch.end_s, car.until_s) - max(stretch.start_s, at_s, car.from_s)
            for stretch in self.site.stretches
            if stretch.limit_a >= car.min_a
        )
        return sum(overlap_s for overlap_s in overlaps if overlap_s > 0)

    def _placed(self, i: int) -> Placed:
        spans, car = self.spans[i], self.site.cars[i]
        unmet_wh = max(self.left_wh[i], 0.0)
        done_s = spans[-1].end_s if spans else 0.0
        return Placed(spans, car.need_wh - unmet_wh, unmet_wh, self.costs[i], _count_runs(spans), done_s)


def _count_runs(spans: Sequence[Span]) -> int:
    starts = [span.start_s for span in spans]
    ends = [float("-inf"), *(span.end_s for span in spans)]
    return sum(start_s - end_s > TIME_TOLERANCE_S for start_s, end_s in zip(starts, ends, strict=False))
