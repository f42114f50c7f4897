"""The planner's front: a problem in aware times in, a charging plan out."""

from datetime import UTC, datetime, timedelta

from chalicelib.domain.planning.pieces import CURRENT_TOLERANCE_A, TIME_TOLERANCE_S, Car, Piece, Stretch, cut_at
from chalicelib.domain.planning.placing import Placed, Site, place_in_pieces
from chalicelib.domain.planning.problem import (
    ChargerNeed,
    ChargerPlan,
    ChargingPlan,
    PlannedInterval,
    PlanningProblem,
    PricedSlot,
    power_w,
)
from chalicelib.domain.planning.site import plan_site

HOUR_S = 3600.0
_new = tuple.__new__  # half the time of Stretch(...)


def plan_charging(problem: PlanningProblem) -> ChargingPlan:
    """Plan every charger of the site: as much of each need as can be had, then least cost, fewest starts, earliest.

    Pure; exact for one charger. Edges are exact to the microsecond, currents whole amperes where the limits are.
    """
    if len(problem.chargers) == 1 and problem.hour_limit_wh is None:
        car = _car(problem, problem.chargers[0])
        plans = [place_in_pieces(pieces_alone(problem, car), car, is_draft=False)]
    else:
        plans = plan_site(site_of(problem))
    return ChargingPlan(
        chargers=tuple(_charger_plan(problem, n, p) for n, p in zip(problem.chargers, plans, strict=True)),
        cost=sum(p.cost for p in plans) / 1000.0,
    )


def site_of(problem: PlanningProblem) -> Site:
    """The problem in seconds from now and watts per ampere; past time is left out."""
    cars = [_car(problem, need) for need in problem.chargers]
    stretches = _stretches(problem)
    if problem.hour_limit_wh is not None:
        phase = problem.now.astimezone(UTC)
        into_hour_s = phase.minute * 60.0 + phase.second + phase.microsecond / 1e6
        stretches = [part for stretch in stretches for part in _by_hour(stretch, into_hour_s)]
    if len(cars) > 1:
        edges = sorted({s for car in cars for s in (car.from_s, car.until_s)})
        stretches = [part for stretch in stretches for part in cut_at(stretch, edges)]
    if problem.hour_limit_wh is None or not problem.house_wh:
        return Site(stretches, cars, problem.hour_limit_wh)
    used_wh = {hour: min(wh, problem.hour_limit_wh) for hour, wh in enumerate(problem.house_wh)}
    return Site(stretches, cars, problem.hour_limit_wh, used_wh)


def _stretches(problem: PlanningProblem) -> list[Stretch]:
    """The slots from now on in seconds; neighbours of one price and one limit are one stretch."""
    now = problem.now
    stretches: list[Stretch] = []
    price = limit_a = float("nan")
    end, start_s = now, 0.0
    for slot, slot_limit_a in zip(problem.slots, problem.limits_a, strict=True):
        slot_price, slot_start = slot.price, slot.start
        goes_on = slot_start == end
        if slot_price != price or slot_limit_a != limit_a or not goes_on:
            end_s = (end - now).total_seconds()
            if end_s > 0.0:
                stretches.append(_new(Stretch, (start_s, end_s, price, limit_a, 0)))
            start_s = end_s if goes_on else (slot_start - now).total_seconds()
            start_s = start_s if start_s > 0.0 else 0.0
            price, limit_a = slot_price, slot_limit_a
        end = slot.end
    end_s = (end - now).total_seconds()
    if end_s > 0.0:
        stretches.append(_new(Stretch, (start_s, end_s, price, limit_a, 0)))
    return stretches


def pieces_alone(problem: PlanningProblem, car: Car) -> list[Piece]:
    """What `cut_pieces` makes of the stretches of a site, in one pass: nearly all plans are of one charger."""
    from_s, until_s, min_a, max_a = car[:4]
    least_a = max(min_a - CURRENT_TOLERANCE_A, CURRENT_TOLERANCE_A)
    now, watts_per_a = problem.now, car.watts_per_a
    pieces: list[Piece] = []
    before_s = 0.0 if car.is_charging else float("-inf")
    price = cap_a = float("nan")
    end, start_s = now, 0.0
    last = (PricedSlot(now, now, float("nan")), 0.0)
    for slot, limit_a in (*zip(problem.slots, problem.limits_a, strict=True), last):
        slot_price, slot_start = slot.price, slot.start
        slot_cap_a = limit_a if limit_a < max_a else max_a
        goes_on = slot_start == end
        if slot_price == price and goes_on and slot_cap_a == cap_a:
            end = slot.end
            continue
        end_s = (end - now).total_seconds()
        if start_s < from_s:
            start_s = from_s
        until = end_s if end_s < until_s else until_s
        if until - start_s > TIME_TOLERANCE_S and cap_a >= least_a:
            linked = start_s - before_s <= TIME_TOLERANCE_S
            wh_per_a = (until - start_s) / 3600.0 * watts_per_a
            low_wh = (min_a if min_a < cap_a else cap_a) * wh_per_a
            pieces.append(_new(Piece, (start_s, until, price, cap_a, low_wh, cap_a * wh_per_a, linked, 0)))
            before_s = until
        start_s = end_s if goes_on else (slot_start - now).total_seconds()
        price, cap_a, end = slot_price, slot_cap_a, slot.end
    return pieces


def _by_hour(stretch: Stretch, into_hour_s: float) -> list[Stretch]:
    """The stretch cut at full clock hours, each part numbered by its hour (0: the hour of now)."""
    first = int((stretch.start_s + into_hour_s) // HOUR_S)
    last = int(-(-(stretch.end_s + into_hour_s) // HOUR_S))
    parts = []
    for hour in range(first, last):
        start_s = max(stretch.start_s, hour * HOUR_S - into_hour_s)
        end_s = min(stretch.end_s, (hour + 1) * HOUR_S - into_hour_s)
        parts.append(stretch._replace(start_s=start_s, end_s=end_s, hour=hour))
    return parts


def _car(problem: PlanningProblem, need: ChargerNeed) -> Car:
    from_s = max((need.available_from - problem.now).total_seconds(), 0.0)
    return Car(
        from_s=from_s,
        until_s=(need.ready_by - problem.now).total_seconds(),
        min_a=need.min_a,
        max_a=need.max_a,
        watts_per_a=power_w(1.0, need.phases, problem.grid, problem.voltage_v),
        need_wh=max(need.need_wh, 0.0),
        starts_left=problem.max_starts - need.starts_used if problem.max_starts else None,
        is_charging=need.is_charging and from_s == 0.0,
    )


def _charger_plan(problem: PlanningProblem, need: ChargerNeed, placed: Placed) -> ChargerPlan:
    intervals = tuple(
        PlannedInterval(_at(problem.now, span.start_s), _at(problem.now, span.end_s), span.current_a)
        for span in placed.spans
    )
    return ChargerPlan(
        charger_id=need.charger_id,
        intervals=intervals,
        energy_wh=placed.energy_wh,
        unmet_wh=max(need.need_wh - placed.energy_wh, 0.0),
        starts=placed.starts,
        done_at=intervals[-1].end if intervals else None,
    )


def _at(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)
