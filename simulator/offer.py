"""What a charger offers at a moment, by the rules that `device_shadows.charging` states; pure."""

from typing import Final

import msgspec

from device_shadows.charging import ChargingDesired, Plan, RunState
from device_shadows.config import PLAN_PATIENCE_S, ConfigDesired
from device_shadows.status import Reason
from device_shadows.values import MIN_CURRENT_A
from simulator.night import night_at


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """`current_a` is offered because of `reason` up to the second `until_s` (epoch; None: until an order changes)."""

    current_a: int
    reason: Reason
    until_s: int | None = None


class Plug(msgspec.Struct, frozen=True, kw_only=True):
    """A plug-in: its number and when it began (epoch seconds)."""

    seq: int
    since_s: int


NO_CONFIG: Final = Offer(current_a=0, reason=Reason.NO_CONFIG)
DISABLED: Final = Offer(current_a=0, reason=Reason.DISABLED)
FAULT: Final = Offer(current_a=0, reason=Reason.FAULT)
STOPPED: Final = Offer(current_a=0, reason=Reason.STOPPED)


def decide_offer(
    config: ConfigDesired | None,
    charging: ChargingDesired,
    plug: Plug,
    at_s: int,
    installer_max_a: int,
    *,
    cap: Offer | None = None,
    is_time_known: bool = True,
) -> Offer:
    """The offer at the second `at_s`, never above the configured and the installer's maximum, 0 below 6 A.

    `cap` is the limit or fallback of load balancing: its reason is told when it is what holds the current down.
    """
    if config is None:
        return NO_CONFIG
    wanted = _wanted(config, charging, plug, at_s) if is_time_known else _without_time(config, charging, plug, at_s)
    current_a = min(wanted.current_a, config.max_current_a, installer_max_a)
    offer = msgspec.structs.replace(wanted, current_a=current_a if current_a >= MIN_CURRENT_A else 0)
    return offer if cap is None else _capped(offer, cap)


def plan_in_force(charging: ChargingDesired, plug_seq: int, at_s: int) -> Plan | None:
    """The plan that counts at `at_s`: for this plug-in, and still valid."""
    plan = charging.plan
    return plan if plan is not None and plan.plug_seq == plug_seq and at_s < plan.valid_until else None


def _capped(offer: Offer, cap: Offer) -> Offer:
    until_s = min((end_s for end_s in (offer.until_s, cap.until_s) if end_s is not None), default=None)
    if cap.current_a >= offer.current_a:
        return msgspec.structs.replace(offer, until_s=until_s)
    current_a = cap.current_a if cap.current_a >= MIN_CURRENT_A else 0
    return Offer(current_a=current_a, reason=cap.reason, until_s=until_s)


def _by_order(config: ConfigDesired, charging: ChargingDesired, plug: Plug) -> Offer | None:
    """What needs no clock: disabled, stopped, full; None if none of them."""
    run = charging.run
    if config.disabled:
        return DISABLED
    if run is not None and run.plug_seq == plug.seq and run.state is RunState.STOPPED:
        return STOPPED
    if charging.is_full_at(plug.seq):
        return Offer(current_a=config.max_current_a, reason=Reason.FULL_MODE)
    return None


def _without_time(config: ConfigDesired, charging: ChargingDesired, plug: Plug, at_s: int) -> Offer:
    """Neither plan nor night can be followed: after the patience for the clock, the night's current."""
    if order := _by_order(config, charging, plug):
        return order
    if at_s < plug.since_s + PLAN_PATIENCE_S:
        return Offer(current_a=0, reason=Reason.NO_TIME, until_s=plug.since_s + PLAN_PATIENCE_S)
    return Offer(current_a=config.default_night.current_a, reason=Reason.NO_TIME)


def _wanted(config: ConfigDesired, charging: ChargingDesired, plug: Plug, at_s: int) -> Offer:
    if order := _by_order(config, charging, plug):
        return order
    if plan := plan_in_force(charging, plug.seq, at_s):
        return _by_plan(plan, at_s)
    had_plan = charging.plan is not None and charging.plan.plug_seq == plug.seq
    if not had_plan and at_s < plug.since_s + PLAN_PATIENCE_S:
        return Offer(current_a=0, reason=Reason.AWAITING_PLAN, until_s=plug.since_s + PLAN_PATIENCE_S)
    return _by_night(config, at_s)


def _by_plan(plan: Plan, at_s: int) -> Offer:
    for interval in plan.intervals:
        if at_s < interval.start:
            return Offer(current_a=0, reason=Reason.PLAN_PAUSE, until_s=min(interval.start, plan.valid_until))
        if at_s < interval.end:
            reason = Reason.PLAN if interval.current_a else Reason.PLAN_PAUSE
            return Offer(current_a=interval.current_a, reason=reason, until_s=min(interval.end, plan.valid_until))
    return Offer(current_a=0, reason=Reason.PLAN_ENDED, until_s=plan.valid_until)


def _by_night(config: ConfigDesired, at_s: int) -> Offer:
    is_night, until_s = night_at(config.default_night, config.time_zone, at_s)
    if is_night:
        return Offer(current_a=config.default_night.current_a, reason=Reason.NIGHT, until_s=until_s)
    return Offer(current_a=0, reason=Reason.NIGHT_PAUSE, until_s=until_s)
