"""The charging plan: least cost for the energy needed by the time it is needed.

What is solved. Time is cut into pieces of one price and one highest current; a charger runs at 0 or between its minimum
and that current, in at most K unbroken runs, with edges anywhere. Energy comes first (the need, or the most that can be
had), then cost, then fewest starts, then (of several chargers) the lower peak, then the earliest finish.

One charger, exact:
1. cheapest pieces first (greedy) is a lower bound for every other plan, and the answer if it needs no more than K runs;
2. the Lagrangian of the need (segments): for a given worth of energy the K best runs are found exactly by merging runs,
   and walking the worth gives the lower hull of cost over energy: a bound for the need and the plans on both sides;
3. each of these is brought to the need by moving one edge (repair); if that meets the bound, it is the answer;
4. else all plans between the bound and the best known one are searched (search). Some optimum has all but one piece at
   nothing, its least or its most, since energy moved between two free pieces changes the cost linearly; and no edge or
   current of it may gain by exchange with that free piece. Both rules together leave few hundred partial plans.
Checked against a mixed-integer programme on thousands of random problems.

Several chargers (site), near the optimum: alone if they fit together; else one after another in several orders, each
exact in what the earlier ones leave; then shared plans (sharing), where each leaves what the later ones need or pays
for what it takes from them, and all are planned again beside the others; then pairs planned anew. Judged by a flow
without starts and minimum currents, which no plan can undercut: by order of price (flow), or, where chargers have
different watts per ampere or energy per hour is limited, by cheapest paths (network). It is the linear optimum, since
a flow of cheapest paths has no cycle that would make it cheaper. Measured: 0.05 to 0.3 % above it in the mean
(docs/planner.md). That flow is loose where K or the minimum binds: brute force finds plans at three times the bound
that are the best there are.
"""

from chalicelib.domain.planning.capacity import CapacityStep, SteppedPlan, plan_within_steps
from chalicelib.domain.planning.planner import plan_charging
from chalicelib.domain.planning.problem import (
    ChargerNeed,
    ChargerPlan,
    ChargingPlan,
    Grid,
    PlannedInterval,
    PlanningProblem,
    PricedSlot,
    power_w,
)

__all__ = [
    "CapacityStep",
    "ChargerNeed",
    "ChargerPlan",
    "ChargingPlan",
    "Grid",
    "PlannedInterval",
    "PlanningProblem",
    "PricedSlot",
    "SteppedPlan",
    "plan_charging",
    "plan_within_steps",
    "power_w",
]
