"""Which lines a charger loads: known from its phases, learned from its steps, or the worst that is possible."""

from collections.abc import Sequence

import msgspec

from chalicelib.domain.balancing.model import (
    Anchor,
    BalancedCharger,
    BalancingState,
    Held,
    LineSample,
    Loads,
    MaybeLines,
    Rules,
    Supply,
)

ALL: Loads = (True, True, True)
FIRST: Loads = (True, False, False)
_DRAWING_A = 0.5


def known_lines(charger: BalancedCharger, held: Held, supply: Supply) -> Loads | None:
    """The lines it surely loads and no others; None if nobody knows (then it may load any)."""
    if supply.phases == 1:
        return FIRST
    used = sum(current_a > _DRAWING_A for current_a in charger.drawn_a)
    if charger.phases == 3 and used in {0, 3}:  # noqa: PLR2004 - three lines
        return ALL
    return held.lines


def learned(
    state: BalancingState,
    sample: LineSample,
    pairs: Sequence[tuple[BalancedCharger, Held]],
    supply: Supply,
    rules: Rules,
) -> tuple[Anchor | None, list[Held]]:
    """What a step of one charger's current, seen by a sample before and one after it, tells of its lines.

    Nothing is compared while a report may be on its way, or when two chargers have changed. A large step counts as
    soon as its report is older than the sample: on a full grid the car may not run long enough to wait.
    """
    helds = [held for _, held in pairs]
    now = Anchor(sample.currents_a, tuple((held.charger_id, held.drawn_a) for held in helds))
    settled = [state.elapsed_s - held.changed_s >= rules.settle_s for held in helds]
    before = state.anchor
    if before is None or [name for name, _ in before.drawn_a] != [name for name, _ in now.drawn_a]:
        return (now if all(settled) else None), helds
    steps = [after - then for (_, then), (_, after) in zip(before.drawn_a, now.drawn_a, strict=True)]
    moved = [i for i, change_a in enumerate(steps) if abs(change_a) > _DRAWING_A]
    is_step = len(moved) == 1 and abs(steps[moved[0]]) >= rules.learn_a
    if not all(is_quiet or (is_step and _is_seen(pairs[i][0], sample, rules)) for i, is_quiet in enumerate(settled)):
        return before, helds
    if is_step:
        i = moved[0]
        helds[i] = _voted(helds[i], loads_seen(before.currents_a, now.currents_a, steps[i], supply), rules)
    return now, helds


def _is_seen(charger: BalancedCharger, sample: LineSample, rules: Rules) -> bool:
    since = charger.drawn_since
    return since is not None and (sample.received_at - since).total_seconds() >= rules.learn_s


def loads_seen(before: MaybeLines, after: MaybeLines, step_a: float, supply: Supply) -> Loads | None:
    """The lines that moved with the step; None if the picture is not clear. Of three wires the missing one follows."""
    moved = [_has_moved(then_a, now_a, step_a) for then_a, now_a in zip(before, after, strict=True)]
    if moved[1] is None and supply.grid_type == "IT" and moved[0] is not None and moved[2] is not None:
        moved[1] = moved[0] != moved[2]
    count = 2 if supply.grid_type == "IT" else 1
    one, two, three = moved
    if one is None or two is None or three is None or one + two + three != count:
        return None
    return (one, two, three)


def _has_moved(then_a: float | None, now_a: float | None, step_a: float) -> bool | None:
    if then_a is None or now_a is None:
        return None
    share = (now_a - then_a) / step_a
    if 0.5 <= share <= 1.25:  # noqa: PLR2004 - currents of house and car do not add up fully
        return True
    return False if abs(share) <= 0.25 else None  # noqa: PLR2004


def _voted(held: Held, seen: Loads | None, rules: Rules) -> Held:
    """One more vote; a clear picture that contradicts what is believed begins again with nothing known."""
    if seen is None:
        return held
    votes = held.votes + 1 if seen == held.candidate else 1
    lines = seen if votes >= rules.votes else held.lines if seen == held.lines else None
    return msgspec.structs.replace(held, candidate=seen, votes=votes, lines=lines)
