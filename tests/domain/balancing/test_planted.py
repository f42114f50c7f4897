"""For each of I1 to I9 a fault is planted, and the same machine that finds none in the product finds it.

Each is what someone could write in good faith. The promise that is broken must be the one that says so: the failure
has to come from the invariant itself.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from traceback import walk_tb
from typing import Any, Final

import msgspec
import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from chalicelib.domain.balancing import (
    RULES,
    BalancedCharger,
    BalancingState,
    Decision,
    LimitOrder,
    LineSample,
    Supply,
    step,
)
from chalicelib.domain.balancing.model import Held, Lines
from device_shadows.limit import Limit, LimitLease
from tests.domain.balancing.site_machine import Site
from tests.domain.balancing.test_invariants import any_house, charges, fuses, quiet_house, settles

replace = msgspec.structs.replace
Chargers = Sequence[BalancedCharger]
Given = tuple[BalancingState, LineSample | None, Chargers, Supply, datetime]
Step = Callable[[BalancingState, LineSample | None, Chargers, Supply, datetime], Decision]
STARTS: Final = 6
PROMISE = re.compile(r"i\d_")
QUICK = settings(
    max_examples=300,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
)
"""It stops at the first failure, and does not look for a shorter one."""


def _with_limits(decision: Decision, limit_of: Callable[[Held], int]) -> Decision:
    """The decision with other limits, in the orders as well."""
    helds = tuple(replace(held, limit_a=limit_of(held)) for held in decision.state.held)
    limits = {held.charger_id: held.limit_a for held in helds}
    orders = tuple(replace(order, limit_a=limits[order.charger_id]) for order in decision.orders)
    return Decision(state=replace(decision.state, held=helds), orders=orders)


def without_margin(*given: *Given) -> Decision:
    """The fuse is used to its last ampere."""
    return step(*given, rules=replace(RULES, margin_a=0.0, margin_share=0.0))


def line_2_of_it_is_nothing(
    state: BalancingState, sample: LineSample | None, chargers: Chargers, supply: Supply, now: datetime
) -> Decision:
    """The zero of a line that nobody measures is taken for a measurement."""
    if sample is not None and sample.currents_a[1] is None and supply.grid_type == "IT":
        one_a, _, three_a = sample.currents_a
        sample = replace(sample, currents_a=(one_a, 0.0, three_a))
    return step(state, sample, chargers, supply, now)


def renewing_in_silence(
    state: BalancingState, sample: LineSample | None, chargers: Chargers, supply: Supply, now: datetime
) -> Decision:
    """With every tick the last limits are sent once more."""
    decision = step(state, sample, chargers, supply, now)
    if sample is not None:
        return decision
    orders = []
    for held in state.held:
        seq = decision.state.seq + 1
        decision = replace(decision, state=replace(decision.state, seq=seq))
        order = LimitOrder(
            charger_id=held.charger_id,
            limit_a=held.limit_a,
            ttl_s=60,
            seq=seq,
            boot_epoch=state.boot_epoch,
            reason="renewed",
        )
        orders.append(order)
    return replace(decision, state=replace(decision.state, held=state.held), orders=tuple(orders))


def lowering_waits(
    state: BalancingState, sample: LineSample | None, chargers: Chargers, supply: Supply, now: datetime
) -> Decision:
    """Hysteresis both ways: within a minute after a raise nothing is lowered."""
    decision = step(state, sample, chargers, supply, now)

    def limit_of(held: Held) -> int:
        before = state.find(held.charger_id)
        is_kept = before is not None and state.elapsed_s - before.raised_s < 60
        return max(held.limit_a, before.limit_a) if before is not None and is_kept else held.limit_a

    return _with_limits(decision, limit_of)


def waits_by_the_wall_clock(
    state: BalancingState, sample: LineSample | None, chargers: Chargers, supply: Supply, now: datetime
) -> Decision:
    """What the computer's clock says has passed counts as waited."""
    passed_s = (now - state.stepped_at).total_seconds() if state.stepped_at else 0.0
    moved = replace(state, elapsed_s=state.elapsed_s + max(passed_s, 0.0), stepped_at=now)
    return step(moved, sample, chargers, supply, now)


def one_ampere_less(*given: *Given) -> Decision:
    """A little below what was found, to be on the safe side."""
    return _with_limits(step(*given), lambda held: max(held.limit_a - 1, 0))


def more_than_the_installer_allows(
    state: BalancingState, sample: LineSample | None, chargers: Chargers, supply: Supply, now: datetime
) -> Decision:
    """The charger's own most is not looked at."""
    return step(state, sample, [replace(one, max_a=20, wanted_a=20) for one in chargers], supply, now)


def restarting_for_ever(*given: *Given) -> Decision:
    """Nobody counts."""
    return step(*given, rules=replace(RULES, restarts_per_hour=1000, seldom_s=0.0))


def any_order(lease: LimitLease, limit: Limit, **rest: Any) -> LimitLease:
    """A charger that obeys the last message to arrive, whatever its number."""
    return LimitLease.heard(replace(lease, boot_epoch=-1, seq=-1), limit, **rest)


def any_time(lease: LimitLease, limit: Limit, *, wall_s: int | None, **rest: Any) -> LimitLease:
    """A charger that does not look when a message was issued."""
    del wall_s
    return LimitLease.heard(lease, limit, wall_s=limit.issued_at, **rest)


def no_end(lease: LimitLease, limit: Limit, *, monotonic_s: float, **rest: Any) -> LimitLease:
    """A charger that keeps its last limit."""
    after = LimitLease.heard(lease, limit, monotonic_s=monotonic_s, **rest)
    return after if after.ends_s == lease.ends_s else replace(after, ends_s=monotonic_s + 1e6)


@pytest.mark.parametrize(
    ("decide", "heard", "promise"),
    [
        pytest.param(without_margin, LimitLease.heard, "i1_", id="I1-no-margin"),
        pytest.param(line_2_of_it_is_nothing, LimitLease.heard, "i1_", id="I1-line-2-is-nothing"),
        pytest.param(renewing_in_silence, LimitLease.heard, "i2_", id="I2-renewing-in-silence"),
        pytest.param(step, no_end, "i2_", id="I2-a-lease-without-end"),
        pytest.param(step, any_order, "i3_", id="I3-the-last-to-arrive"),
        pytest.param(lowering_waits, LimitLease.heard, "i1_i4_", id="I4-lowering-waits"),
        pytest.param(waits_by_the_wall_clock, LimitLease.heard, "cloud_clock_jumps", id="I5-waits-by-the-wall-clock"),
        pytest.param(step, any_time, "_hear", id="I5-a-charger-that-trusts-any-time"),
        pytest.param(one_ampere_less, LimitLease.heard, "_issue", id="I6-one-ampere-less"),
        pytest.param(more_than_the_installer_allows, LimitLease.heard, "i6_", id="I6-above-the-most"),
        pytest.param(restarting_for_ever, LimitLease.heard, "i7_", id="I7-nobody-counts"),
    ],
)
def test_the_machine_finds_what_is_planted(decide: Step, heard: Callable[..., LimitLease], promise: str) -> None:
    """The promise that the fault breaks is the one that fails; the other promises are not looked at."""
    others = [name for name in dir(Site) if PROMISE.match(name) and not name.startswith(promise)]
    silenced = dict.fromkeys(others, lambda _: None)
    planted = type("Planted", (Site,), {"step": staticmethod(decide), "heard": staticmethod(heard), **silenced})
    found_by = broken_in(planted)
    assert any(name.startswith(promise) for name in found_by), found_by


def broken_in(planted: type[Site]) -> set[str]:
    """The functions that a failure of the machine went through; empty when it finds nothing from any start."""
    for start in range(STARTS):
        seed(start)(planted)
        try:
            run_state_machine_as_test(planted, settings=QUICK)
        except (AssertionError, ValueError) as failure:
            return {frame.f_code.co_name for frame, _ in walk_tb(failure.__traceback__)}
    return set()


def test_i8_finds_a_limit_that_goes_up_and_down() -> None:
    """Without anything to spare and without a wait the last digit of the meter moves the limit."""

    @QUICK
    @given(house=quiet_house, fuse_a=fuses)
    def planted(house: Lines, fuse_a: int) -> None:
        settles(house, fuse_a, replace(RULES, spare_a=0.0, room_s=0.0))

    with pytest.raises(AssertionError):
        planted()


def test_i9_finds_a_pause_that_is_too_long() -> None:
    """Thirteen minutes outlast ten minutes of room."""

    @QUICK
    @given(house=any_house)
    def planted(house: Lines) -> None:
        charges([(4.0, 4.0, 4.0), house], (4.0, 4.0, 4.0), 3, replace(RULES, pause_s=780.0))

    with pytest.raises(AssertionError):
        planted()
