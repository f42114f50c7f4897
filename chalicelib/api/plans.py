"""The plan of the present session and its goal: /v1/chargers/{charger}/plan and .../session-goal."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from chalicelib.api.amounts import CostPart, show, show_saved
from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.domain.access import Action
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.money import ShownMoney
from chalicelib.domain.plans import ChargingPlan
from chalicelib.domain.prices import PriceState
from chalicelib.domain.sessions import SessionGoal
from chalicelib.domain.tariffs import PaidSlot, PartName
from chalicelib.services import charging_plans, session_goals

api = ApiBlueprint(__name__)
GoalWh = Annotated[int, msgspec.Meta(ge=100, le=300_000)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class GoalBody(Body, frozen=True, kw_only=True):
    """What this session shall have; what is left out is as usual."""

    energy_wh: GoalWh | None = None
    ready_by: Instant | None = None


class GoalAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The goal that holds for this session; null means as usual."""

    energy_wh: int | None
    ready_by: datetime | None


class IntervalAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`current_a` is offered in [start, end); energy and cost are what is expected of it."""

    start: datetime
    end: datetime
    current_a: int
    energy_wh: int
    cost: ShownMoney | None
    reason: str


class PlannedPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a price per kWh, with the VAT inside it; support is negative."""

    name: PartName
    price: str
    vat: str


class PlannedPrice(msgspec.Struct, frozen=True, kw_only=True):
    """What one kWh more costs, with VAT: the price that was planned by, and its parts."""

    start: datetime
    end: datetime
    price: str
    state: PriceState
    parts: tuple[PlannedPart, ...] = ()


class PlanAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The plan of the present session. `state`: `pending` until it is made, `no_session` without a car, `stopped` while
    somebody has stopped it: then nothing is planned before it is started again.

    `need_wh`, `energy_wh` and the costs are of the whole session, what was delivered before included. Without a goal
    what is planned is enough with the `probability` told: at least so likely is the car full by ready_by if it stays,
    since one that still draws goes on. `unmet_wh` is then what will be missing of what is needed as often as not,
    `expected_cost`, `cost_at_once` and `saved` are averages over what the session may need, and `total_cost` is the
    cost if all of `need_wh` is used. `energy_cost` is of energy alone; with `has_grid_cost`, the other costs have the
    grid's part and taxes too. `cost_parts` are of what is still planned.
    """

    state: Literal["planned", "no_session", "pending", "stopped"]
    plan_id: str | None = None
    created_at: datetime | None = None
    plug_seq: int | None = None
    need_wh: int = 0
    delivered_wh: int = 0
    ready_by: datetime | None = None
    ready_at: datetime | None = None
    unmet_wh: int = 0
    starts: int = 0
    energy_wh: int = 0
    intervals: tuple[IntervalAnswer, ...] = ()
    prices: tuple[PlannedPrice, ...] = ()
    probability: float | None = None
    total_cost: ShownMoney | None = None
    energy_cost: ShownMoney | None = None
    has_grid_cost: bool = False
    cost_parts: tuple[CostPart, ...] = ()
    expected_cost: ShownMoney | None = None
    cost_at_once: ShownMoney | None = None
    saved: ShownMoney | None = None


@api.endpoint("GET", "/v1/chargers/{charger}/plan", action=Action.READ_PLAN)
def get_plan(call: SignedInCall, charger: str) -> PlanAnswer:
    """When the car will be charged, why then, and what it costs and saves."""
    latest = charging_plans.read_latest(call.account, ChargerId(charger), call.now)
    if latest.plug_seq is None:
        return PlanAnswer(state="no_session")
    if latest.is_stopped or latest.plan is None:
        return PlanAnswer(state="stopped" if latest.is_stopped else "pending", plug_seq=latest.plug_seq)
    return _tell(latest.plan)


@api.endpoint("PUT", "/v1/chargers/{charger}/session-goal", action=Action.SET_SESSION_GOAL)
def put_session_goal(call: SignedInCall, charger: str, body: GoalBody) -> GoalAnswer:
    """Say what the present session shall have and by when; 409 `no_session` without a car."""
    goal = SessionGoal(energy_wh=body.energy_wh, ready_by=body.ready_by)
    return _set_goal(call, charger, goal)


@api.endpoint("DELETE", "/v1/chargers/{charger}/session-goal", action=Action.SET_SESSION_GOAL)
def delete_session_goal(call: SignedInCall, charger: str) -> GoalAnswer:
    """Go back to what is usual for the present session; 409 `no_session` without a car."""
    return _set_goal(call, charger, SessionGoal())


def _set_goal(call: SignedInCall, charger: str, goal: SessionGoal) -> GoalAnswer:
    kept = session_goals.set_goal(call.account, ChargerId(charger), goal, call.now)
    return GoalAnswer(energy_wh=kept.energy_wh, ready_by=kept.ready_by)


def _tell(plan: ChargingPlan) -> PlanAnswer:
    return PlanAnswer(
        state="planned",
        plan_id=plan.plan_id,
        created_at=plan.created_at,
        plug_seq=plan.plug_seq,
        need_wh=plan.need_wh,
        delivered_wh=plan.delivered_wh,
        ready_by=plan.ready_by,
        ready_at=plan.ready_at,
        unmet_wh=plan.unmet_wh,
        starts=plan.starts,
        energy_wh=plan.energy_wh,
        intervals=_intervals(plan),
        prices=tuple(_price(slot) for slot in plan.prices),
        probability=None if plan.probability is None else round(plan.probability, 3),
        total_cost=show(plan.total_cost),
        energy_cost=show(plan.energy_cost),
        has_grid_cost=plan.has_grid_cost,
        cost_parts=tuple(CostPart(name=name, cost=cost.shown()) for name, cost in plan.cost_parts.items()),
        expected_cost=show(plan.expected_cost or plan.total_cost),
        cost_at_once=show(plan.cost_at_once),
        saved=show_saved(plan.cost_at_once, plan.expected_cost or plan.total_cost),
    )


def _price(slot: PaidSlot) -> PlannedPrice:
    parts = (PlannedPart(name=part.name, price=f"{part.price:f}", vat=f"{part.vat:f}") for part in slot.parts)
    return PlannedPrice(start=slot.start, end=slot.end, price=f"{slot.price:f}", state=slot.state, parts=tuple(parts))


def _intervals(plan: ChargingPlan) -> tuple[IntervalAnswer, ...]:
    return tuple(
        IntervalAnswer(
            start=step.start,
            end=step.end,
            current_a=step.current_a,
            energy_wh=step.energy_wh,
            cost=show(step.cost),
            reason=step.reason,
        )
        for step in plan.steps
    )
