"""The cheapest flow where the order of prices does not tell it: cars of different watts per ampere, energy per hour.

Ampere-hours go from cars through stretches (limit in amperes) and clock hours (limit in energy) to a common end. Each
step sends as much as possible on the cheapest path there is: to a stretch with room, or to one where another car gives
way and goes elsewhere. Cheapest paths from nothing on keep the flow the cheapest of its size, so that it is exact where
all needs are met, and else the most. An hour's limit is a limit on ampere-hours only when all cars have the same watts
per ampere; else it is left out and the flow is a bound, no more.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chalicelib.domain.planning.flow import TOLERANCE_AH, Flow, cap_ah
from chalicelib.domain.planning.pieces import Car, Stretch

INFINITE = float("inf")
COST_TOLERANCE = 1e-12


class _Step(NamedTuple):
    """How a car gets an ampere-hour more: in `enters`, where (or in an hour of which) `giver` leaves `leaves`."""

    cost: float
    enters: int
    giver: int = -1
    leaves: int = -1


def cheapest_flow(stretches: Sequence[Stretch], cars: Sequence[Car], hours_wh: Mapping[int, float] | None) -> Flow:
    """The most ampere-hours, and of these the cheapest; `hours_wh` is what each clock hour may take, None: anything."""
    network = _Network(stretches, cars, hours_wh)
    while network.sends_more():
        pass
    return network.flow


class _Network:
    """The flow so far, and the room that stretches and hours still have."""

    def __init__(self, stretches: Sequence[Stretch], cars: Sequence[Car], hours_wh: Mapping[int, float] | None) -> None:
        self.prices = [stretch.price for stretch in stretches]
        self.hours = [stretch.hour for stretch in stretches]
        self.watts = [car.watts_per_a for car in cars]
        self.flow = Flow([[0.0] * len(stretches) for _ in cars], [max(c.need_wh, 0.0) / c.watts_per_a for c in cars])
        self.left_ah = [[cap_ah(stretch, car) for stretch in stretches] for car in cars]
        self.room_ah = [max(s.limit_a, 0.0) * (s.end_s - s.start_s) / 3600.0 for s in stretches]
        limited = hours_wh is not None and len(set(self.watts)) == 1
        self.hour_ah = {h: hours_wh[h] / self.watts[0] for h in set(self.hours)} if limited and hours_wh else None
        self.by_price = sorted(range(len(stretches)), key=self.prices.__getitem__)
        self.in_hour: dict[int, list[int]] = defaultdict(list)
        for j in self.by_price:
            self.in_hour[self.hours[j]].append(j)

    def sends_more(self) -> bool:
        """Send what fits on the cheapest path; False when there is none."""
        missing_ah = self.flow.missing_ah
        costs = [0.0 if missing > TOLERANCE_AH else INFINITE for missing in missing_ah]
        if min(costs) == INFINITE:
            return False
        came: list[tuple[int, _Step] | None] = [None] * len(costs)
        ways = self._ways_between()
        for _ in costs:
            for (i, k), step in ways.items():
                if costs[i] + step.cost < costs[k] - COST_TOLERANCE:
                    costs[k], came[k] = costs[i] + step.cost, (i, step)
        ends = [self._to_room(i) for i in range(len(costs))]
        last = min(range(len(costs)), key=lambda i: costs[i] + ends[i].cost)
        if costs[last] + ends[last].cost == INFINITE:
            return False
        path, i = [(last, ends[last])], last
        while (before := came[i]) is not None:
            path.append(before)
            i = before[0]
        return self._push(path, i)

    def _to_room(self, i: int) -> _Step:
        """The cheapest stretch with room for car `i`, in an hour with room."""
        left_ah, room_ah = self.left_ah[i], self.room_ah
        for j in self.by_price:
            if room_ah[j] > TOLERANCE_AH and left_ah[j] > TOLERANCE_AH and self._hour_room(j) > TOLERANCE_AH:
                return _Step(self.prices[j] * self.watts[i], j)
        return _Step(INFINITE, -1)

    def _hour_room(self, j: int) -> float:
        return INFINITE if self.hour_ah is None else self.hour_ah[self.hours[j]]

    def _ways_between(self) -> dict[tuple[int, int], _Step]:
        """For each two cars the cheapest way in which the second gives way to the first."""
        ways: dict[tuple[int, int], _Step] = {}
        used = [[j for j, ah in enumerate(row) if ah > TOLERANCE_AH] for row in self.flow.given_ah]
        for i, left_ah in enumerate(self.left_ah):
            for k, leaves in enumerate(used):
                best = INFINITE
                for j in leaves if i != k else ():
                    if left_ah[j] > TOLERANCE_AH and (cost := self.prices[j] * (self.watts[i] - self.watts[k])) < best:
                        best, ways[i, k] = cost, _Step(cost, j, k, j)
                for j in leaves if i != k and self.hour_ah is not None else ():
                    enters = self._elsewhere_in_hour(i, j)
                    if enters >= 0 and (cost := (self.prices[enters] - self.prices[j]) * self.watts[i]) < best:
                        best, ways[i, k] = cost, _Step(cost, enters, k, j)
        return ways

    def _elsewhere_in_hour(self, i: int, j: int) -> int:
        """The cheapest stretch of the hour of `j`, which has no energy left, with room for car `i`; -1 if none."""
        if self._hour_room(j) > TOLERANCE_AH:
            return -1
        left_ah = self.left_ah[i]
        group = self.in_hour[self.hours[j]]
        return next((n for n in group if left_ah[n] > TOLERANCE_AH and self.room_ah[n] > TOLERANCE_AH), -1)

    def _push(self, path: Sequence[tuple[int, _Step]], first: int) -> bool:
        end = path[0][1].enters
        amount_ah = min(self.flow.missing_ah[first], self.room_ah[end], self._hour_room(end))
        for i, step in path:
            amount_ah = min(amount_ah, self.left_ah[i][step.enters])
            if step.giver >= 0:
                amount_ah = min(amount_ah, self.flow.given_ah[step.giver][step.leaves])
                if step.enters != step.leaves:
                    amount_ah = min(amount_ah, self.room_ah[step.enters])
        for i, step in path:
            self._move(i, step.enters, amount_ah)
            if step.giver >= 0:
                self._move(step.giver, step.leaves, -amount_ah)
        self.flow.missing_ah[first] -= amount_ah
        return True

    def _move(self, i: int, j: int, amount_ah: float) -> None:
        self.flow.given_ah[i][j] += amount_ah
        self.left_ah[i][j] -= amount_ah
        self.room_ah[j] -= amount_ah
        if self.hour_ah is not None:
            self.hour_ah[self.hours[j]] -= amount_ah
