"""An independent answer for one charger: a mixed-integer programme, from time and currents only, solved by HiGHS."""

from collections.abc import Sequence
from typing import NamedTuple

import highspy

from chalicelib.domain.planning.pieces import Piece, cut_pieces
from chalicelib.domain.planning.placing import Site


class Answer(NamedTuple):
    """Most energy in Wh and, for it, the least cost in price units times Wh."""

    energy_wh: float
    cost: float


class _Model:
    """Columns per piece: energy; on all through, on at the left only, on at the right only; a start in it."""

    def __init__(self, pieces: Sequence[Piece], starts_left: int | None, solver: highspy.Highs | None = None) -> None:
        self.solver = solver or _new_solver()
        self.energies = [self.solver.addVariable(0.0, p.high_wh / 1000) for p in pieces]
        self.whole = [self.solver.addBinary() for _ in pieces]
        self.left = [self.solver.addBinary() for _ in pieces]
        self.right = [self.solver.addBinary() for _ in pieces]
        starts = [self.solver.addVariable(0.0, 2.0) for _ in pieces]
        for i, piece in enumerate(pieces):
            self._bind(i, piece, starts[i])
        if starts_left is not None:
            self.solver.addConstr(sum(starts[1:], starts[0]) <= starts_left)

    def _bind(self, i: int, piece: Piece, start: highspy.highs_var) -> None:
        """Left: a part that begins with the piece (a run may come in). Right: a part that ends with it.

        On at the left boundary = whole + left, at the right boundary = whole + right; a part that touches nothing is
        a left part that costs a start.
        """
        whole, left, right = self.whole[i], self.left[i], self.right[i]
        add = self.solver.addConstr
        add(whole + left <= 1)
        add(whole + right <= 1)
        add(self.energies[i] <= piece.high_wh / 1000 * (whole + left + right))
        add(self.energies[i] >= piece.low_wh / 1000 * whole)
        came_in = (self.whole[i - 1] + self.right[i - 1]) if i else 1
        if piece.linked:
            add(start >= right)
            add(start >= whole + left - came_in + right)
        else:
            add(start >= whole + left + right)


def _new_solver() -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    for option in ("mip_feasibility_tolerance", "primal_feasibility_tolerance"):
        solver.setOptionValue(option, 1e-9)
    for option in ("mip_rel_gap", "mip_abs_gap"):
        solver.setOptionValue(option, 0.0)
    return solver


def solve(pieces: Sequence[Piece], need_wh: float, starts_left: int | None) -> Answer:
    """The most energy up to `need_wh`, then its least cost, with at most `starts_left` new starts."""
    if not pieces or need_wh <= 0:
        return Answer(0.0, 0.0)
    most = _Model(pieces, starts_left)
    total = sum(most.energies[1:], most.energies[0])
    most.solver.addConstr(total <= need_wh / 1000)
    most.solver.maximize(total)
    energy_kwh = min(most.solver.getObjectiveValue(), need_wh / 1000)
    return Answer(energy_kwh * 1000, least_cost(pieces, energy_kwh * 1000, starts_left))


def least_cost(pieces: Sequence[Piece], energy_wh: float, starts_left: int | None) -> float:
    """The least cost of exactly this energy, which must be deliverable."""
    least = _Model(pieces, starts_left)
    total = sum(least.energies[1:], least.energies[0])
    least.solver.addConstr(total == energy_wh / 1000)
    cost = [e * p.price for e, p in zip(least.energies, pieces, strict=True)]
    least.solver.minimize(sum(cost[1:], cost[0]))
    if least.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise AssertionError(least.solver.getModelStatus())
    return float(least.solver.getObjectiveValue() * 1000)


def site_least_cost(site: Site) -> float | None:
    """A cost that no plan of all needs undercuts, in price units times Wh; None where the needs cannot all be met.

    Starts and minimum currents hold; the common limit holds for the mean of each stretch, so an edge inside one may
    do here what currents cannot do.
    """
    solver = _new_solver()
    taken: dict[tuple[float, float], list[highspy.highs_linear_expression]] = {}
    costs = []
    for car in site.cars:
        # what touches and is alike stays apart: the limit is kept stretch by stretch
        pieces = cut_pieces([stretch._replace(hour=n) for n, stretch in enumerate(site.stretches)], car)
        model = _Model(pieces, car.starts_left, solver)
        solver.addConstr(solver.qsum(model.energies) == car.need_wh / 1000)
        for energy, piece in zip(model.energies, pieces, strict=True):
            costs.append(energy * piece.price)
            taken.setdefault((piece.start_s, piece.end_s), []).append(energy * (1.0 / car.watts_per_a))
    for stretch in site.stretches:
        if currents := taken.get((stretch.start_s, stretch.end_s)):
            limit = stretch.limit_a * (stretch.end_s - stretch.start_s) / 3600 / 1000
            solver.addConstr(solver.qsum(currents) <= limit)
    solver.minimize(solver.qsum(costs))
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return float(solver.getObjectiveValue() * 1000)
