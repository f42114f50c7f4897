"""The plans of all chargers of a site together: one after another in several orders, sharing where that falls short."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, permutations
from operator import mul

from chalicelib.domain.planning.flow import Flow, share_limit
from chalicelib.domain.planning.network import cheapest_flow
from chalicelib.domain.planning.placing import Placed, Site, beside, fit_together, hours_left, place
from chalicelib.domain.planning.sharing import shared_plans

ENOUGH = 0.0005
ALL_ORDERS_UP_TO = 3
GOOD = 0.004
TWO = 2
UNMET_TOLERANCE_WH = 1e-2
PATIENCE = 24
NOTHING_WON = 1e-4

Rank = tuple[float, float, int, float, float]


def plan_site(site: Site) -> list[Placed]:
    """Plans in the order of the cars: the most energy together, then the least cost, starts, peak and finish.

    Exact for one car and for cars that do not meet; else the best of several ways, stopped when it is within `ENOUGH`
    of a lower bound.
    """
    alone = [place(site, car) for car in site.cars]
    if len(alone) < TWO:
        return alone
    if fit_together(site, list(zip(site.cars, alone, strict=True))):
        return _with_lower_peak(site, alone)
    flow = _flow(site)
    contest = _Contest(*_bound(site, alone, flow))
    if contest.settled_by_any(_in_all_orders(site, alone), ENOUGH):
        return contest.best
    if contest.is_worth_more_work() and contest.settled_by_any(shared_plans(site, flow, list(_orders(site))), GOOD):
        return contest.best
    if len(alone) > TWO and contest.is_worth_more_work():
        contest.settled_by_any(_with_pairs_planned_again(site, contest), GOOD)
    return contest.best


def _with_lower_peak(site: Site, plans: list[Placed]) -> list[Placed]:
    """Of plans that cost the same, one in which fewer cars charge at the same time.

    The cars share the current that one of them draws alone, else what two draw. Where the first order costs more so,
    prices are not equal and the others are not tried.
    """
    own_a = max((span.current_a for placed in plans for span in placed.spans), default=0.0)
    rank = _rank(plans)
    for peak_a in (own_a, TWO * own_a):
        if peak_a >= _peak_a(plans):
            break
        capped = [stretch._replace(limit_a=min(stretch.limit_a, peak_a)) for stretch in site.stretches]
        for offer in _in_all_orders(site._replace(stretches=capped), []):
            if _rank(offer) < rank:
                return offer
            if _rank(offer)[:2] > rank[:2]:
                break
    return plans


class _Contest:
    """The best plans so far, and what none can beat: unmet energy and the cost at that."""

    def __init__(self, unmet_wh: float, least_cost: float) -> None:
        self.unmet_wh = unmet_wh
        self.least_cost = least_cost
        self.best: list[Placed] = []
        self.rank: Rank = (float("inf"), float("inf"), 0, 0.0, 0.0)

    def settled_by_any(self, offers: Iterable[list[Placed]], enough: float) -> bool:
        """Take the best of the offers and stop, with True, when it is good enough, or when many brought nothing."""
        in_vain = 0
        for plans in offers:
            rank = _rank(plans)
            in_vain += 1
            if rank < self.rank:
                if rank[1] < self.rank[1] - NOTHING_WON * abs(self.rank[1]):
                    in_vain = 0
                self.best, self.rank = plans, rank
            if in_vain >= PATIENCE and not self.is_short():
                return False
            if not self.is_short() and self.gap() <= enough:
                return True
        return False

    def gap(self) -> float:
        """By how much, relative to it, the best costs more than the least cost possible."""
        return (self.rank[1] - self.least_cost) / max(abs(self.least_cost), 1.0)

    def is_worth_more_work(self) -> bool:
        """True while the best is short, or far from the bound."""
        return self.is_short() or self.gap() > GOOD

    def is_short(self) -> bool:
        """True while energy is unmet that might be delivered."""
        return self.rank[0] > self.unmet_wh + UNMET_TOLERANCE_WH


def _flow(site: Site) -> Flow:
    """What flows when starts and minimum currents are forgotten: by order of price where that is the cheapest."""
    if len({car.watts_per_a for car in site.cars}) == 1 and site.hour_limit_wh is None:
        return share_limit(site.stretches, site.cars)
    return cheapest_flow(site.stretches, site.cars, hours_left(site, ()))


def _bound(site: Site, alone: Sequence[Placed], flow: Flow) -> tuple[float, float]:
    """Energy that cannot be avoided to be unmet, and a cost that cannot be undercut when no more than it is unmet.

    With different watts per ampere the flow has the most ampere-hours, which need not be the most energy: it tells
    nothing then unless it meets every need.
    """
    unmet_wh = sum(p.unmet_wh for p in alone)
    cost = sum(p.cost for p in alone)
    watts = [car.watts_per_a for car in site.cars]
    flow_unmet_wh = sum(map(mul, flow.missing_ah, watts))
    if len(set(watts)) > 1 and flow_unmet_wh > UNMET_TOLERANCE_WH:
        return unmet_wh, cost
    prices = [stretch.price for stretch in site.stretches]
    flow_cost = sum(sum(map(mul, row, prices)) * watt for row, watt in zip(flow.given_ah, watts, strict=True))
    if flow_unmet_wh >= unmet_wh - UNMET_TOLERANCE_WH:
        cost = flow_cost if flow_unmet_wh > unmet_wh + UNMET_TOLERANCE_WH else max(cost, flow_cost)
    return max(unmet_wh, flow_unmet_wh), cost


def _with_pairs_planned_again(site: Site, contest: _Contest) -> Iterator[list[Placed]]:
    """The best plans with two cars planned anew in what the rest leaves them, while that finds better ones."""
    beside_was: dict[tuple[int, int], list[Placed]] = {}
    for _ in site.cars:
        before = contest.rank
        for i, k in combinations(range(len(site.cars)), TWO):
            plans = list(contest.best)
            others = [plan for n, plan in enumerate(plans) if n not in (i, k)]
            if beside_was.get((i, k)) == others:
                continue
            beside_was[i, k] = others
            taken = [(site.cars[n], plans[n]) for n in range(len(plans)) if n not in (i, k)]
            pair = site._replace(cars=[site.cars[i], site.cars[k]])
            plans[i], plans[k] = plan_site(beside(pair, taken))
            yield plans
        if contest.rank >= before:
            return


def _orders(site: Site) -> Iterator[tuple[int, ...]]:
    """Least slack, first ready, largest and smallest need first; of few cars every order."""
    cars = site.cars
    keys = [
        [car.until_s - car.from_s - car.need_wh / (car.max_a * car.watts_per_a) * 3600.0 for car in cars],
        [-car.need_wh for car in cars],
        [car.until_s for car in cars],
        [car.need_wh for car in cars],
    ]
    orders = [tuple(sorted(range(len(cars)), key=key.__getitem__)) for key in keys]
    if len(cars) <= ALL_ORDERS_UP_TO:
        orders += permutations(range(len(cars)))
    yield from dict.fromkeys(orders)


def _in_all_orders(site: Site, alone: Sequence[Placed]) -> Iterator[list[Placed]]:
    """The plans of each order; those that begin alike are planned once, and the first car is as it is `alone`."""
    known: dict[tuple[int, ...], Placed] = {(i,): plan for i, plan in enumerate(alone)}
    for order in _orders(site):
        left = site
        for n, i in enumerate(order):
            before = order[: n + 1]
            if before not in known:
                known[before] = place(left, site.cars[i])
            left = beside(left, [(site.cars[i], known[before])]) if n + 1 < len(order) else left
        plans = {order[n]: known[order[: n + 1]] for n in range(len(order))}
        yield [plans[i] for i in range(len(site.cars))]


def _rank(plans: Sequence[Placed]) -> Rank:
    """Unmet energy, cost, starts, highest sum of currents, latest finish."""
    return (
        round(sum(p.unmet_wh for p in plans), 2),
        round(sum(p.cost for p in plans), 4),
        sum(p.starts for p in plans),
        _peak_a(plans),
        max(p.done_s for p in plans),
    )


def _peak_a(plans: Sequence[Placed]) -> float:
    changes = [(s.start_s, s.current_a) for p in plans for s in p.spans]
    changes += [(s.end_s, -s.current_a) for p in plans for s in p.spans]
    now_a = peak_a = 0.0
    for _, change_a in sorted(changes):
        now_a += change_a
        peak_a = max(peak_a, now_a)
    return peak_a
