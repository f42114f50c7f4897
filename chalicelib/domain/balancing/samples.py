"""Whether a sample of the meter can be believed."""

from collections.abc import Sequence
from math import isfinite

from chalicelib.domain.balancing.model import (
    MIN_CURRENT_A,
    BalancingState,
    Held,
    LineSample,
    MaybeLines,
    Rules,
    Supply,
)


def is_news(state: BalancingState, sample: LineSample) -> bool:
    """Whether it was made after the last good one: not a repetition, and not late."""
    last = state.sample
    if last is None:
        return True
    if sample.measured_at is not None and last.measured_at is not None and sample.measured_at <= last.measured_at:
        return False
    return sample.received_at > last.received_at


def doubt_of(
    state: BalancingState, sample: LineSample, held: Sequence[Held], supply: Supply, age_s: float, rules: Rules
) -> str:
    """Why the sample is not believed: `old`, `clock`, `missing`, `implausible` or `frozen`; empty if it is."""
    if not -1 <= age_s <= rules.stale_s:
        return "old"
    measured_at = sample.measured_at
    if measured_at is not None and abs((measured_at - sample.received_at).total_seconds()) > rules.clock_s:
        return "clock"
    measured = must_measure(sample.currents_a, supply)
    if any(current_a is None for current_a in measured):
        return "missing"
    most_a = rules.most_share * supply.main_fuse_a
    known = [current_a for current_a in sample.currents_a if current_a is not None]
    if not all(isfinite(current_a) and 0 <= current_a <= most_a for current_a in known):
        return "implausible"
    return "frozen" if _is_frozen(state, sample, held, rules) else ""


def must_measure(currents_a: MaybeLines, supply: Supply) -> tuple[float | None, ...]:
    """The lines without which nothing is known: all; on IT line 2 follows from the others; of one phase the first."""
    one_a, two_a, three_a = currents_a
    if supply.phases == 1:
        return (one_a,)
    return (one_a, three_a) if supply.grid_type == "IT" else (one_a, two_a, three_a)


def settled_drawn_a(held: Sequence[Held], elapsed_s: float, rules: Rules) -> float:
    """What the chargers together have surely drawn when the last sample was made: not what changed just now."""
    return sum(one.before_a if elapsed_s - one.changed_s < rules.settle_s else one.drawn_a for one in held)


def _is_frozen(state: BalancingState, sample: LineSample, held: Sequence[Held], rules: Rules) -> bool:
    if state.sample is None or sample.currents_a != state.sample.currents_a:
        return False
    is_still = sample.power_w == state.sample.power_w
    same_s = state.elapsed_s - state.same_since_s
    still_s = state.elapsed_s - state.still_since_s if is_still else 0.0
    change_a = abs(settled_drawn_a(held, state.elapsed_s, rules) - state.same_drawn_a)
    if same_s > rules.same_s and change_a > rules.same_change_a:
        return True
    is_dead = still_s > rules.still_s or same_s > rules.still_lines_s
    return is_dead and any(one.drawn_a >= MIN_CURRENT_A for one in held)
