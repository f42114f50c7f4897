"""One session replayed: at once, with the need known, with the need learned, and as a clairvoyant would have done."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from chalicelib.domain.calendar import HOUR, Stretch
from chalicelib.domain.learned_need import PROBABILITY, LearnedNeed, learn_need, value_of, weigh_departure
from chalicelib.domain.planning import ChargerNeed, PlanningProblem, PricedSlot, plan_charging
from chalicelib.domain.planning.expected import ExpectedProblem, plan_expected
from chalicelib.domain.session_planning import AFTERWARDS
from cli.backtest.homes import OSLO, Placed
from cli.backtest.tape import Tape, known_until, next_publication

Strategy = Literal["at_once", "known", "known_published", "learned", "clairvoyant"]
STRATEGIES: Final[tuple[Strategy, ...]] = ("at_once", "known", "known_published", "learned", "clairvoyant")
VOLTAGE_V: Final = 230.0
MIN_A: Final = 6.0
FOREVER: Final = timedelta(days=3650)
FULL_WH: Final = 1.0
"""A car that lacks less is full."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How plans are made."""

    max_starts: int = 2
    probability: float = PROBABILITY
    leaves_early: bool = False


class Flow(msgspec.Struct, frozen=True):
    """A power from `start` to `end`."""

    start: datetime
    end: datetime
    power_w: float

    @property
    def energy_wh(self) -> float:
        """What flows."""
        return self.power_w * ((self.end - self.start) / HOUR)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a session: energy, cost in NOK, starts, whether the car was full and by ready_by, all flows."""

    energy_wh: float
    cost: float
    starts: int
    is_full: bool
    is_full_in_time: bool
    flows: tuple[Flow, ...]


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan goes by in the middle of a session; `later` are the prices after ready_by."""

    now: datetime
    slots: Sequence[PricedSlot]
    later: Sequence[PricedSlot] = ()
    delivered_wh: float = 0.0
    starts_used: int = 0
    is_charging: bool = False


Planner = Callable[[Moment], list[Flow]]


def replay(placed: Placed, tape: Tape, settings: Settings) -> dict[Strategy, Outcome]:
    """What each strategy makes of the session; the clairvoyant's window ends at ready_by, like the plans'."""
    everything = Moment(now=placed.plugged_at, slots=tape.slots(placed.plugged_at, placed.ready_by))
    flows: dict[Strategy, list[Flow]] = {
        "at_once": [_from(placed, placed.plugged_at)],
        "known": _known(placed, everything, settings.max_starts),
        "known_published": _as_published(placed, tape, lambda moment: _known(placed, moment, settings.max_starts)),
        "learned": _as_published(placed, tape, _learner(placed, settings)),
        "clairvoyant": _known(placed, everything, None),
    }
    return {strategy: _outcome(placed, tape, found) for strategy, found in flows.items()}


def night_filled(placed: Placed, settings: Settings) -> float:
    """How much of the time until ready_by what is planned for a learned need takes; more than 1: all of it."""
    enough_wh = learn_need(placed.past.earlier_wh).quantile_wh(settings.probability)
    return enough_wh / (placed.power_w * ((placed.ready_by - placed.plugged_at) / HOUR))


def has_unknown_hours(placed: Placed) -> bool:
    """Whether prices up to ready_by were not all published at plug-in."""
    return known_until(placed.plugged_at) < placed.ready_by


def _as_published(placed: Placed, tape: Tape, plan: Planner) -> list[Flow]:
    """Plans made when the car comes and whenever prices come, each followed until the next."""
    done: list[Flow] = []
    now = placed.plugged_at
    while True:
        delivered_wh = sum(flow.energy_wh for flow in done)
        published = tape.published(now, placed.ready_by + AFTERWARDS)
        moment = Moment(
            now=now,
            slots=[slot for slot in published if slot.start < placed.ready_by],
            later=[slot for slot in published if slot.start >= placed.ready_by],
            delivered_wh=delivered_wh,
            starts_used=_starts(done),
            is_charging=bool(done) and done[-1].end == now,
        )
        if delivered_wh > placed.energy_wh - FULL_WH:
            return done
        planned = plan(moment)
        again = next_publication(now)
        if known_until(now) >= placed.ready_by or again >= placed.ready_by:
            return done + planned
        done += [Flow(one.start, min(one.end, again), one.power_w) for one in planned if one.start < again]
        now = again


def _known(placed: Placed, moment: Moment, max_starts: int | None) -> list[Flow]:
    """The exact plan for what the car still needs; from ready_by on it is charged anyhow."""
    planned = _exact(placed, moment, placed.energy_wh - moment.delivered_wh, max_starts)
    return [*planned, _from(placed, placed.ready_by)]


def _exact(placed: Placed, moment: Moment, need_wh: float, max_starts: int | None) -> list[Flow]:
    size = placed.past.size
    starts_used = min(moment.starts_used, max_starts) if max_starts else 0
    need = ChargerNeed(
        charger_id="home",
        phases=size.phases,
        min_a=MIN_A,
        max_a=size.max_a,
        available_from=moment.now,
        ready_by=placed.ready_by,
        need_wh=need_wh,
        is_charging=moment.is_charging,
        starts_used=starts_used,
    )
    problem = PlanningProblem(
        now=moment.now,
        slots=tuple(moment.slots),
        limits_a=(float(size.max_a),) * len(moment.slots),
        voltage_v=VOLTAGE_V,
        grid="TN",
        chargers=(need,),
        max_starts=max_starts,
    )
    watts_per_a = size.power_w / size.max_a
    intervals = plan_charging(problem).chargers[0].intervals
    return [Flow(one.start, one.end, one.current_a * watts_per_a) for one in intervals]


def _learner(placed: Placed, settings: Settings) -> Planner:
    """Plans for a need of which only the sessions before are known."""
    need = learn_need(placed.past.earlier_wh)
    enough_wh = float(need.quantile_wh(settings.probability))

    def plan(moment: Moment) -> list[Flow]:
        left_wh = enough_wh - moment.delivered_wh
        if left_wh < FULL_WH:
            return [_from(placed, moment.now)]
        planned = _expected(placed, moment, settings, need, left_wh)
        if planned is None:
            planned = _exact(placed, moment, left_wh, settings.max_starts)
        offered_wh = sum(flow.energy_wh for flow in planned)
        goes_on_at = planned[-1].end if planned and offered_wh > left_wh - FULL_WH else placed.ready_by
        return [*planned, _from(placed, goes_on_at)]

    return plan


def _expected(
    placed: Placed, moment: Moment, settings: Settings, need: LearnedNeed, left_wh: float
) -> list[Flow] | None:
    slots = (*moment.slots, *moment.later)
    if settings.leaves_early:
        value = value_of([slot.price for slot in moment.slots])
        slots = weigh_departure(slots, placed.earlier, placed.plugged_at, OSLO, value)
    allowed = settings.max_starts if moment.is_charging else max(settings.max_starts, moment.starts_used + 1)
    runs = plan_expected(
        ExpectedProblem(
            begin=moment.now,
            end=placed.ready_by,
            slots=slots,
            power_w=placed.power_w,
            need=need,
            planned_wh=left_wh,
            delivered_wh=moment.delivered_wh,
            starts=max(0, allowed - moment.starts_used),
            is_charging=moment.is_charging,
        )
    )
    return None if runs is None else [Flow(run.start, run.end, placed.power_w) for run in runs]


def _from(placed: Placed, start: datetime) -> Flow:
    """Full power from `start` until the car is full or away."""
    return Flow(start, start + FOREVER, placed.power_w)


def _outcome(placed: Placed, tape: Tape, offered: Sequence[Flow]) -> Outcome:
    """What the car takes of what is offered, until it is full or leaves."""
    left_wh, flows = float(placed.energy_wh), []
    for offer in offered:
        needed = offer.start + timedelta(hours=left_wh / offer.power_w)
        flow = Flow(offer.start, min(offer.end, needed, placed.left_at), offer.power_w)
        if flow.end > flow.start:
            flows.append(flow)
            left_wh -= flow.energy_wh
    late_s = sum(max(0.0, (flow.end - max(flow.start, placed.ready_by)).total_seconds()) for flow in flows)
    return Outcome(
        energy_wh=placed.energy_wh - left_wh,
        cost=sum(tape.cost(flow.start, flow.end, flow.power_w) for flow in flows),
        starts=_starts(flows),
        is_full=left_wh < FULL_WH,
        is_full_in_time=left_wh < FULL_WH and late_s < 1.0,
        flows=tuple(flows),
    )


def _starts(flows: Sequence[Flow]) -> int:
    """How often energy begins to flow."""
    ends = {flow.end for flow in flows}
    return sum(flow.start not in ends for flow in flows)


def span_of(placed: Placed) -> Stretch:
    """All the time for which prices are needed."""
    return Stretch(placed.plugged_at, max(placed.left_at, placed.ready_by))
