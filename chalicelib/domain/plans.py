"""A charging plan as it is kept: what was promised, when each current is offered and why, and at which prices."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NewType

import msgspec

from chalicelib.domain.calendar import Stretch
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.money import Money
from chalicelib.domain.notifications import WORTH_TELLING_WH
from chalicelib.domain.tariffs import PaidSlot, PartName

PlanId = NewType("PlanId", str)
Reason = Literal["cheap_hours", "forecast_prices", "no_prices", "after_ready_by", "reserve", "full_mode"]
CLAIMED: Final = "claimed"
SITE_CHANGED: Final = "site_changed"
AT_ITS_SITE: Final = frozenset({CLAIMED, SITE_CHANGED})
"""Why a charger is planned anew when it is also to be told anew what it may take at its site."""
CAUSES_KEPT: Final = 20
"""So many events of a site are remembered; a queue repeats a message within minutes."""
SAME_EDGE: Final = timedelta(seconds=30)
"""A plan whose edges lie no further from those of the plan in force is not worth a message."""


class PlanStep(msgspec.Struct, frozen=True, kw_only=True):
    """Offer `current_a` in [start, end), whole seconds. `energy_wh` and `cost` are what is expected to be used in it.

    Nothing is expected of spare steps: they are there for a car that takes more than was thought, so that it is not
    stopped.
    """

    start: datetime
    end: datetime
    current_a: int
    reason: Reason
    energy_wh: int = 0
    cost: Money | None = None

    @property
    def stretch(self) -> Stretch:
        """When."""
        return Stretch(self.start, self.end)


class ChargingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The plan for one session from `created_at` on.

    `need_wh` is what the session is to have in all, `delivered_wh` what it had when the plan was made. `steps` deliver
    the rest; `spare_steps` follow them. `ready_at` is None when nothing can be delivered at all. Costs are of the whole
    session, estimated where prices are forecasts, None when there are no prices: `total_cost` and `cost_at_once` have
    the grid's part if `has_grid_cost`, `energy_cost` has not. `cost_parts` are of what `steps` still deliver.
    """

    plan_id: PlanId
    charger_id: ChargerId
    plug_seq: int
    created_at: datetime
    need_wh: int
    likely_wh: int = 0
    """What the session needs as often as not, or `need_wh` if that was given; 0 in plans made before this was kept."""
    delivered_wh: int
    unmet_wh: int
    starts: int
    ready_by: datetime
    ready_at: datetime | None
    valid_until: datetime
    steps: tuple[PlanStep, ...]
    spare_steps: tuple[PlanStep, ...] = ()
    prices: tuple[PaidSlot, ...] = ()
    currency: str
    total_cost: Money | None = None
    energy_cost: Money | None = None
    cost_parts: dict[PartName, Money] = msgspec.field(default_factory=dict)
    has_grid_cost: bool = False
    cost_at_once: Money | None = None
    expected_cost: Money | None = None
    """On average over what the session may need, as `cost_at_once` is then; `total_cost` if the need was given."""
    probability: float | None = None
    """That the car is full by ready_by if it stays; None when the need was given or all that is usual is used up."""
    missing_wh: int = 0
    """What the user is told will be missing at ready_by; 0 as long as that is not worth telling."""
    car_a: int | None = None
    """What the car was seen to take at most, A; None as long as it takes all that is offered."""
    miss_episode: int = 0
    """How often in this session the goal has gone from possible to impossible."""

    @property
    def energy_wh(self) -> int:
        """What the session has in the end if all goes as planned, Wh."""
        return self.delivered_wh + sum(step.energy_wh for step in self.steps)

    @property
    def offers(self) -> tuple[PlanStep, ...]:
        """Everything the charger is told, in order of time."""
        return self.steps + self.spare_steps


class PlanSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What the home screen and the status need of the latest plan; `runs` are its steps, without the spare ones."""

    plan_id: PlanId
    plug_seq: int
    created_at: datetime
    need_wh: int
    ready_by: datetime
    ready_at: datetime | None
    runs: tuple[Stretch, ...]
    run_wh: tuple[int, ...] = ()
    """What is expected to flow in each run; none in summaries made before this was kept."""
    delivered_wh: int = 0
    """What the session had when the plan was made."""
    total_cost: Money | None = None
    cost_at_once: Money | None = None
    probability: float | None = None
    missing_wh: int = 0


def summary_of(plan: ChargingPlan) -> PlanSummary:
    """The short form of `plan`."""
    return PlanSummary(
        plan_id=plan.plan_id,
        plug_seq=plan.plug_seq,
        created_at=plan.created_at,
        need_wh=plan.need_wh,
        ready_by=plan.ready_by,
        ready_at=plan.ready_at,
        runs=tuple(step.stretch for step in plan.steps),
        run_wh=tuple(step.energy_wh for step in plan.steps),
        delivered_wh=plan.delivered_wh,
        total_cost=plan.expected_cost or plan.total_cost,
        cost_at_once=plan.cost_at_once,
        probability=plan.probability,
        missing_wh=plan.missing_wh,
    )


def with_miss(plan: ChargingPlan, before: ChargingPlan | None, *, is_extended: bool) -> ChargingPlan:
    """The plan with what will be missing at ready_by, and how often that has become so in its session.

    Nothing is missing that nobody asked for (`is_extended`: the car goes on beyond its need), nothing less than is
    worth telling, and nothing once ready_by is past: it is too late then.
    """
    same_session = before if before is not None and before.plug_seq == plan.plug_seq else None
    episode = 0 if same_session is None else same_session.miss_episode
    likely_wh = plan.likely_wh or plan.need_wh
    missing_wh = likely_wh - plan.delivered_wh - round(sum(_wh_until(step, plan.ready_by) for step in plan.steps))
    if is_extended or missing_wh < WORTH_TELLING_WH or plan.created_at >= plan.ready_by:
        return msgspec.structs.replace(plan, missing_wh=0, miss_episode=episode)
    was_missing = same_session is not None and same_session.missing_wh > 0
    return msgspec.structs.replace(plan, missing_wh=missing_wh, miss_episode=episode + (not was_missing))


def _wh_until(step: PlanStep, instant: datetime) -> float:
    """What of the step's energy flows before `instant`, evenly."""
    before = min(max(instant - step.start, timedelta()), step.end - step.start)
    return step.energy_wh * (before / (step.end - step.start))


def is_same(before: ChargingPlan, after: ChargingPlan) -> bool:
    """Whether `after` tells the charger, from its own beginning on, what `before` has told it already.

    A plan that misses its goal is never the same as one that does not: people are told.
    """
    promise = (before.plug_seq, before.need_wh, before.ready_by) == (after.plug_seq, after.need_wh, after.ready_by)
    promise = promise and bool(before.missing_wh) == bool(after.missing_wh)
    return promise and _agree(_from(before.offers, after.created_at), _from(after.offers, after.created_at))


def _from(steps: Sequence[PlanStep], instant: datetime) -> list[PlanStep]:
    """What of `steps` is still worth a mention at `instant`; neighbours with one current are one."""
    merged: list[PlanStep] = []
    for step in steps:
        if step.end - SAME_EDGE <= instant:
            continue
        begun = msgspec.structs.replace(step, start=max(step.start, instant))
        if merged and merged[-1].end == begun.start and merged[-1].current_a == begun.current_a:
            begun = msgspec.structs.replace(begun, start=merged.pop().start)
        merged.append(begun)
    return merged


def _agree(before: Sequence[PlanStep], after: Sequence[PlanStep]) -> bool:
    return len(before) == len(after) and all(
        one.current_a == other.current_a
        and abs(one.start - other.start) <= SAME_EDGE
        and abs(one.end - other.end) <= SAME_EDGE
        for one, other in zip(before, after, strict=True)
    )


class PlanRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A message to the planning queue: plan this charger anew, and those it shares a fuse with.

    `cause` is for the log; `cause_id` names the event: it is answered once, however often the message comes.
    """

    charger_id: ChargerId
    cause: str
    cause_id: str = ""


class SitePlanning(msgspec.Struct, frozen=True, kw_only=True):
    """How often a site has been planned, and the events that were answered last: what makes a repeat harmless."""

    version: int = 0
    causes: tuple[str, ...] = ()

    def has_answered(self, cause_id: str) -> bool:
        """Whether the event has been planned for already."""
        return _digest(cause_id) in self.causes

    def after(self, cause_id: str) -> "SitePlanning":
        """As it is once this event is answered too."""
        return SitePlanning(version=self.version + 1, causes=(*self.causes, _digest(cause_id))[-CAUSES_KEPT:])


def _digest(cause_id: str) -> str:
    """What is kept of the name of an event; it may name a charger, which may be removed."""
    return hashlib.sha256(cause_id.encode()).hexdigest()[:16]
