"""What is remembered of each charger from step to step, by the site's own clock."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from chalicelib.domain.balancing.model import (
    MIN_CURRENT_A,
    Anchor,
    BalancedCharger,
    BalancingState,
    Decision,
    Held,
    LineSample,
    Rules,
)

replace = msgspec.structs.replace
HOUR_S = 3600.0
_BACKWARDS_S = 5.0


def passed_s(state: BalancingState, now: datetime) -> float:
    """What the computer's clock says has passed since the last step; 0 at the first."""
    return (now - state.stepped_at).total_seconds() if state.stepped_at else 0.0


def observed(state: BalancingState, dt_s: float, now: datetime, rules: Rules) -> BalancingState:
    """The state with its clock moved on. What nobody saw does not count: neither a gap nor a jump moves it.

    After a jump back the last sample is forgotten, or every later one would count as old.
    """
    moved_s = dt_s if 0 < dt_s <= rules.stale_s else 0.0
    is_known = -_BACKWARDS_S <= dt_s <= rules.stale_s
    return replace(
        state,
        elapsed_s=state.elapsed_s + moved_s,
        stepped_at=now,
        good_s=state.good_s if is_known else -1e9,
        sample=None if dt_s < -_BACKWARDS_S else state.sample,
    )


def remembered(
    before: BalancingState, state: BalancingState, dt_s: float, chargers: Sequence[BalancedCharger], rules: Rules
) -> list[Held]:
    """One for each charger, in their order, with what has happened by itself: plug-ins, ended leases, new draws."""
    known = {held.charger_id: _rested(held, dt_s, rules) for held in before.held}
    return [_held_now(known.get(one.charger_id), one, before, state.elapsed_s, dt_s, rules) for one in chargers]


def _rested(held: Held, dt_s: float, rules: Rules) -> Held:
    """Over a gap that is no jump of a clock its pause and its restarts grow older, though no room was seen."""
    if not rules.stale_s < dt_s <= rules.rest_s or not (held.restarts_s or held.paused_s is not None):
        return held
    paused_s = None if held.paused_s is None else held.paused_s - dt_s
    return replace(held, paused_s=paused_s, restarts_s=tuple(at_s - round(dt_s) for at_s in held.restarts_s))


def _held_now(
    held: Held | None, charger: BalancedCharger, before: BalancingState, now_s: float, dt_s: float, rules: Rules
) -> Held:
    if held is None or held.plug_seq != charger.plug_seq:
        held = _plugged_in(held, charger, before, now_s, rules)
    elif held.limit_a > charger.fallback_a and _has_lease_ended(held, charger, before, dt_s, rules):
        held = _fallen_back(held, charger, now_s, rules)
    if held.said_fallback != charger.at_fallback:
        held = replace(held, said_fallback=charger.at_fallback)
    drawn_a = max(charger.drawn_a)
    if drawn_a == held.drawn_a:
        return held
    is_recent = now_s - held.changed_s < rules.settle_s
    before_a = min(held.before_a, held.drawn_a) if is_recent else held.drawn_a
    return replace(held, drawn_a=drawn_a, before_a=before_a, changed_s=now_s)


def _plugged_in(
    held: Held | None, charger: BalancedCharger, before: BalancingState, now_s: float, rules: Rules
) -> Held:
    """A car that is new to us. Without any memory it may be charging on a lease of before; else it is at its fallback.

    The hour's restarts stay those of the charger: pulling the plug does not give six more.
    """
    is_first_step = before.stepped_at is None
    return Held(
        charger_id=charger.charger_id,
        plug_seq=charger.plug_seq,
        drawn_a=max(charger.drawn_a),
        before_a=max(charger.drawn_a),
        changed_s=-1e9 if held is None else now_s,
        higher_a=charger.max_a if is_first_step else charger.fallback_a,
        higher_until_s=now_s + rules.lost_s,
        lowered_s=now_s,
        lines=held.lines if held else None,
        votes=held.votes if held else 0,
        candidate=held.candidate if held else None,
        restarts_s=held.restarts_s if held else (),
    )


def _has_lease_ended(held: Held, charger: BalancedCharger, before: BalancingState, dt_s: float, rules: Rules) -> bool:
    """By its length, or because the charger now says so (one that has not yet heard of its new lease says nothing)."""
    since_s = before.elapsed_s - held.leased_s + max(dt_s, 0.0)
    return since_s >= rules.lease_s or (charger.at_fallback and not held.said_fallback)


def _fallen_back(held: Held, charger: BalancedCharger, now_s: float, rules: Rules) -> Held:
    """Its lease has ended, or it says so: it counts from its fallback on, and as what it was until that is sure."""
    fallback_a = charger.fallback_a if charger.fallback_a >= MIN_CURRENT_A else 0
    return replace(
        held,
        limit_a=fallback_a,
        higher_a=max(held.limit_a, held.higher_a if held.higher_until_s > now_s else 0),
        higher_until_s=now_s + rules.lost_s,
        lowered_s=now_s,
        room_since_s=None,
        paused_s=held.paused_s if fallback_a else now_s,
    )


def noted(state: BalancingState, sample: LineSample, helds: Sequence[Held], drawn_a: float) -> BalancingState:
    """The state after a good sample."""
    is_same = state.sample is not None and state.sample.currents_a == sample.currents_a
    is_still = is_same and state.sample is not None and state.sample.power_w == sample.power_w
    return replace(
        state,
        sample=sample,
        good_s=state.elapsed_s,
        doubt="",
        same_since_s=state.same_since_s if is_same else state.elapsed_s,
        still_since_s=state.still_since_s if is_still else state.elapsed_s,
        same_drawn_a=state.same_drawn_a if is_same else drawn_a,
        held=tuple(helds),
    )


def is_quiet(before: BalancingState, decision: Decision, rules: Rules) -> bool:
    """Whether a decision may be forgotten as if its sample had been lost, which saves storing it.

    It gives no order, changes nothing for any charger and casts no doubt, and the sample that is remembered is so young
    that the next one will still not look like the first after a gap.
    """
    last, after = before.sample, decision.state
    if decision.orders or last is None or after.sample is None or after.doubt or before.doubt:
        return False
    is_young = (after.sample.received_at - last.received_at).total_seconds() <= rules.quiet_s
    return is_young and _lasting(before) == _lasting(after)


def _lasting(state: BalancingState) -> BalancingState:
    """What is remembered, without what every sample changes; of the anchor only that there is one."""
    return replace(
        state,
        elapsed_s=0.0,
        stepped_at=None,
        good_s=0.0,
        sample=None,
        house_a=None,
        same_since_s=0.0,
        still_since_s=0.0,
        same_drawn_a=0.0,
        anchor=state.anchor and Anchor((None, None, None), ()),
    )
