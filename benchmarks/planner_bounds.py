"""What plans are judged by: HiGHS's own optimum for one charger, a linear bound for several."""

from collections.abc import Iterable
from typing import NamedTuple

import highspy

from chalicelib.domain.planning import ChargingPlan, PlanningProblem
from chalicelib.domain.planning.pieces import Stretch, cut_pieces
from chalicelib.domain.planning.placing import Site
from chalicelib.domain.planning.planner import site_of
from chalicelib.domain.planning.single import plan_energies
from chalicelib.domain.planning.track import track_of
from tests.domain.planning.oracle import least_cost, solve
from tests.domain.planning.problems import chance_of, random_pieces

SHORT_WH = 1.0
SAME = 1e-6


class Compared(NamedTuple):
    """How far above the bound a plan costs (None where the needs cannot all be met), and whether energy is missing."""

    gap: float | None
    is_short: bool


def solve_alone(problem: PlanningProblem) -> float:
    """HiGHS's least cost for a problem of one charger, in price units times Wh."""
    site = site_of(problem)
    [car] = site.cars
    return least_cost(cut_pieces(site.stretches, car), car.need_wh, car.starts_left)


def compare_with_bound(problem: PlanningProblem, plan: ChargingPlan) -> Compared:
    """The plan beside the bound, which knows no minimum current, no starts and no edges."""
    site = site_of(problem)
    bound = LinearBound(site)
    most_wh = bound.most_energy_wh()
    unmet_wh = sum(car.need_wh for car in site.cars) - most_wh
    planned_unmet_wh = sum(charger.unmet_wh for charger in plan.chargers)
    if planned_unmet_wh > SHORT_WH:
        return Compared(None, is_short=planned_unmet_wh > unmet_wh + SHORT_WH)
    least = bound.least_cost(most_wh)
    return Compared(plan.cost * 1000 / least - 1, is_short=False)


class LinearBound:
    """Ampere-hours per car and stretch under the limits: a linear programme."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self.solver.setOptionValue("output_flag", False)
        self.columns = [[self._column(stretch, i) for stretch in site.stretches] for i in range(len(site.cars))]
        for j, stretch in enumerate(site.stretches):
            hours = (stretch.end_s - stretch.start_s) / 3600
            self.solver.addConstr(_total(row[j] for row in self.columns) <= max(stretch.limit_a, 0.0) * hours)
        for car, row in zip(site.cars, self.columns, strict=True):
            self.solver.addConstr(_total(row) * car.watts_per_a <= car.need_wh)
        if site.hour_limit_wh is not None:
            for hour in {stretch.hour for stretch in site.stretches}:
                self.solver.addConstr(self._energy_wh(hour) <= site.hour_limit_wh)

    def _column(self, stretch: Stretch, i: int) -> highspy.highs_var:
        car = self.site.cars[i]
        cap_a = min(car.max_a, stretch.limit_a)
        is_usable = cap_a >= car.min_a and stretch.start_s >= car.from_s - 1e-6 and stretch.end_s <= car.until_s + 1e-6
        most_ah = cap_a * (stretch.end_s - stretch.start_s) / 3600 if is_usable else 0.0
        column: highspy.highs_var = self.solver.addVariable(0.0, most_ah)
        return column

    def _energy_wh(self, hour: int | None = None) -> highspy.highs_linear_expression:
        return _total(
            column * car.watts_per_a
            for car, row in zip(self.site.cars, self.columns, strict=True)
            for stretch, column in zip(self.site.stretches, row, strict=True)
            if hour is None or stretch.hour == hour
        )

    def most_energy_wh(self) -> float:
        """What can be delivered, in Wh."""
        self.solver.maximize(self._energy_wh())
        return float(self.solver.getObjectiveValue())

    def least_cost(self, energy_wh: float) -> float:
        """The least cost of that energy, in price units times Wh."""
        self.solver.addConstr(self._energy_wh() >= energy_wh - 1e-6)
        self.solver.minimize(
            _total(
                column * (car.watts_per_a * stretch.price)
                for car, row in zip(self.site.cars, self.columns, strict=True)
                for stretch, column in zip(self.site.stretches, row, strict=True)
            )
        )
        return float(self.solver.getObjectiveValue())


def _total(terms: Iterable[highspy.highs_var | highspy.highs_linear_expression]) -> highspy.highs_linear_expression:
    return highspy.Highs.qsum(terms)


def compare_with_solver(count: int) -> str:
    """Random problems of one charger: how many cost other than HiGHS's optimum, and the largest difference."""
    worst, different = 0.0, []
    for seed in range(1_000_000, 1_000_000 + count):
        pieces, car = random_pieces(chance_of(seed), most_slots=16)
        track = track_of(pieces)
        ours = plan_energies(track, car.need_wh, car.starts_left)
        theirs = solve(pieces, car.need_wh, car.starts_left)
        missing = abs(sum(ours) - theirs.energy_wh) > SHORT_WH / 100
        apart = abs(track.cost(ours) - theirs.cost) / (1 + abs(theirs.cost))
        worst = max(worst, apart)
        if missing or apart > SAME:
            different.append(seed)
    return f"{count} problems, {len(different)} different {different[:5]}, largest difference of cost {worst:.1e}"
