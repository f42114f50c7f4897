"""One step: a sample or silence in, limits out. Lower at once; raise slowly, and only on what has been seen."""

from collections.abc import Sequence
from datetime import datetime
from math import floor, inf

import msgspec

from chalicelib.domain.balancing.lines import known_lines, learned
from chalicelib.domain.balancing.memory import HOUR_S, noted, observed, passed_s, remembered
from chalicelib.domain.balancing.model import (
    MIN_CURRENT_A,
    RULES,
    BalancedCharger,
    BalancingState,
    Decision,
    Held,
    LimitOrder,
    LineSample,
    Rules,
    Supply,
)
from chalicelib.domain.balancing.samples import doubt_of, is_news, settled_drawn_a
from chalicelib.domain.balancing.sharing import Ask, room_of, shares_of

replace = msgspec.structs.replace
_EPS = 1e-9


def step(
    state: BalancingState,
    sample: LineSample | None,
    chargers: Sequence[BalancedCharger],
    supply: Supply,
    now: datetime,
    *,
    rules: Rules = RULES,
) -> Decision:
    """The limits to send now and what to remember; `sample` None is silence (a tick without a sample).

    A sample that is old, repeated or not believed gives no orders: leases are renewed by good samples only.
    """
    dt_s = passed_s(state, now)
    moved = observed(state, dt_s, now, rules)
    helds = remembered(state, moved, dt_s, chargers, rules)
    if sample is None or not is_news(moved, sample):
        return Decision(state=replace(moved, held=tuple(helds)), orders=())
    age_s = (now - sample.received_at).total_seconds()
    if doubt := doubt_of(moved, sample, helds, supply, age_s, rules):
        return Decision(state=replace(moved, held=tuple(helds), doubt=doubt), orders=())
    return _decided(moved, sample, list(zip(chargers, helds, strict=True)), supply, rules)


def _decided(
    state: BalancingState,
    sample: LineSample,
    pairs: Sequence[tuple[BalancedCharger, Held]],
    supply: Supply,
    rules: Rules,
) -> Decision:
    anchor, helds = learned(state, sample, pairs, supply, rules)
    chargers = [charger for charger, _ in pairs]
    site = _Site(sample, chargers, helds, supply, rules, state.elapsed_s)
    targets = site.targets()
    is_gap = state.elapsed_s - state.good_s > rules.stale_s
    lowered = [
        _lowered(held, target, site, i, is_gap=is_gap)
        for i, (held, target) in enumerate(zip(helds, targets, strict=True))
    ]
    raised = _raised(lowered, targets, site)
    orders, helds, seq = _orders(state, chargers, raised, targets, site, is_gap=is_gap)
    drawn_a = settled_drawn_a(helds, state.elapsed_s, rules)
    after = noted(replace(state, anchor=anchor, seq=seq, house_a=site.low.house_a), sample, helds, drawn_a)
    return Decision(state=after, orders=orders)


class _Site:
    """The site at one good sample: its room, once with what chargers surely draw, once with what they may."""

    def __init__(
        self,
        sample: LineSample,
        chargers: Sequence[BalancedCharger],
        helds: Sequence[Held],
        supply: Supply,
        rules: Rules,
        now_s: float,
    ) -> None:
        self.chargers, self.helds, self.rules, self.now_s = chargers, helds, rules, now_s
        self.loads = loads = [known_lines(charger, held, supply) for charger, held in zip(chargers, helds, strict=True)]
        surely = [self._surely_drawn_a(i) for i in range(len(chargers))]
        perhaps = [self._perhaps_drawn_a(i) for i in range(len(chargers))]
        self.low = room_of(sample.currents_a, loads, surely, supply, rules)
        """For raising: nothing is taken off the meter's lines that a charger may not have drawn."""
        self.high = self.low
        if surely != perhaps:
            self.high = room_of(sample.currents_a, loads, perhaps, supply, rules, surely_a=surely)
        """For lowering: a car that is just starting to use what it was given is not taken for the house."""

    def _surely_drawn_a(self, i: int) -> float:
        charger, held = self.chargers[i], self.helds[i]
        if not charger.is_connected:
            return 0.0
        is_settled = self.now_s - held.changed_s >= self.rules.settle_s
        return held.drawn_a if is_settled else min(held.before_a, held.drawn_a)

    def _perhaps_drawn_a(self, i: int) -> float:
        held = self.helds[i]
        if not self.chargers[i].is_connected:
            return min(held.drawn_a, self.stubborn_a(i) or 0)
        is_rising = self.now_s - held.raised_s < self.rules.settle_s
        return max(held.drawn_a, held.limit_a) if is_rising else held.drawn_a

    def exposure_a(self, i: int) -> int:
        """What a charger may offer in the worst case: a lowering may be lost, a lease may have ended."""
        held = self.helds[i]
        return max(held.limit_a, held.higher_a if held.higher_until_s > self.now_s else 0)

    def stubborn_a(self, i: int) -> int | None:
        """What a charger that does not follow is counted at; None for one that does.

        Out of contact: its last lease until that has surely ended, then its fallback. In contact, but still offering
        more than it was last told to: what it offers.
        """
        charger, held = self.chargers[i], self.helds[i]
        if not charger.is_connected:
            return max(self.exposure_a(i), charger.fallback_a if charger.wanted_a else 0)
        is_late = self.now_s - held.lowered_s >= self.rules.follow_s and held.sent_a >= 0
        return charger.offered_a if is_late and charger.offered_a > max(held.limit_a, held.sent_a) else None

    def may_move(self, i: int, helds: Sequence[Held]) -> bool:
        """One at a time while it is not known who loads which line: a step of one tells, steps of two do not."""
        if all(lines is not None for lines in self.loads):
            return True
        learn_s = 2 * self.rules.settle_s
        return all(self.now_s - max(held.raised_s, held.changed_s) >= learn_s for j, held in enumerate(helds) if j != i)

    def targets(self) -> list[int]:
        """What each charger could be given now."""
        fixed: list[float] = [0.0] * len(self.chargers)
        stubborn = {i: a for i in range(len(self.chargers)) if (a := self.stubborn_a(i)) is not None}
        for i, counted_a in stubborn.items():
            fixed[i] = counted_a
        asks = [self._ask(i) for i in self.by_urgency() if i not in stubborn]
        shares = shares_of(self.high, asks, fixed)
        for i in stubborn:
            charger, most_a = self.chargers[i], max(0, floor(self.high.most_a(i, shares) + _EPS))
            could_a = self.helds[i].limit_a if charger.is_connected else charger.max_a
            shares[i] = min(could_a, most_a) if charger.wanted_a else 0
        return [int(a) if a >= MIN_CURRENT_A else 0 for a in shares]

    def by_urgency(self) -> list[int]:
        """Nearest to missing its time first; without a deadline last; then by id, so that the order stays."""
        slack = [(inf if one.slack_s is None else one.slack_s, one.charger_id) for one in self.chargers]
        return sorted(range(len(slack)), key=slack.__getitem__)

    def _ask(self, i: int) -> Ask:
        charger = self.chargers[i]
        wanted_a = min(charger.wanted_a, charger.max_a)
        return Ask(i, needed_a=charger.needed_a, wanted_a=wanted_a, max_a=charger.max_a if wanted_a else 0)


def _lowered(held: Held, target_a: int, site: _Site, i: int, *, is_gap: bool) -> Held:
    """Down at once; while there is room for more, it is remembered since when (a gap begins that again)."""
    if target_a > held.limit_a:
        is_new = is_gap or held.room_since_s is None
        return replace(held, room_since_s=site.now_s) if is_new else held
    if target_a == held.limit_a and (target_a or held.sent_a == 0):
        return held if held.room_since_s is None else replace(held, room_since_s=None)
    is_pause = target_a == 0 and site.chargers[i].wanted_a > 0
    return replace(
        held,
        limit_a=target_a,
        higher_a=site.exposure_a(i),
        higher_until_s=site.now_s + site.rules.lost_s,
        lowered_s=site.now_s,
        room_since_s=None,
        paused_s=site.now_s if is_pause else held.paused_s,
    )


def _raised(helds: list[Held], targets: Sequence[int], site: _Site) -> list[Held]:
    """Up in turn, as far as every line still holds with what each may really offer, and something to spare."""
    limits: list[float] = [
        max(held.limit_a, site.exposure_a(i), site.stubborn_a(i) or 0) for i, held in enumerate(helds)
    ]
    after = list(helds)
    for i in site.by_urgency():
        held = helds[i]
        if not site.may_move(i, after):
            continue
        goal_a = min(_goal_a(held, targets[i], site), targets[i])
        charger = site.chargers[i]
        is_deaf = not charger.is_connected or (charger.at_fallback and held.limit_a > 0)
        if goal_a <= held.limit_a or is_deaf:
            continue
        most_a = floor(site.low.most_a(i, limits) - site.rules.spare_a + _EPS)
        given_a = min(goal_a, most_a)
        if given_a > held.limit_a and given_a >= MIN_CURRENT_A:
            after[i] = _given(held, given_a, site)
            limits[i] = max(limits[i], given_a)
    return after


def _goal_a(held: Held, target_a: int, site: _Site) -> int:
    """How far a limit may rise now by its waits; the limit itself if it may not."""
    rules, now_s = site.rules, site.now_s
    has_room = held.room_since_s is not None and now_s - held.room_since_s >= rules.room_s - _EPS
    if held.limit_a:
        may = has_room and now_s - held.raised_s >= rules.raise_every_s - _EPS
        return min(held.limit_a + rules.raise_a, target_a) if may else held.limit_a
    if held.paused_s is not None and (not has_room or now_s - held.paused_s < rules.pause_s - _EPS):
        return 0
    return MIN_CURRENT_A if has_restarts_left(held, now_s, rules) else 0


def has_restarts_left(held: Held, now_s: float, rules: Rules) -> bool:
    """Whether it may start again: six times an hour, after eight times in six hours seldom; a first start always."""
    if not held.has_started or not held.restarts_s:
        return True
    is_often = len(_recent(held, now_s, rules.often_s)) >= rules.often
    is_seldom = now_s - held.restarts_s[-1] >= rules.seldom_s
    hour_s = HOUR_S + rules.lost_s  # a car may follow an order sooner or later than the one of an hour ago
    return len(_recent(held, now_s, hour_s)) < rules.restarts_per_hour and (is_seldom or not is_often)


def _recent(held: Held, now_s: float, within_s: float) -> tuple[float, ...]:
    """Its restarts of the last `within_s` seconds."""
    return tuple(at_s for at_s in held.restarts_s if now_s - at_s < within_s)


def _given(held: Held, limit_a: int, site: _Site) -> Held:
    """Raised, or started."""
    if held.limit_a:
        return replace(held, limit_a=limit_a, raised_s=site.now_s)
    recent = _recent(held, site.now_s, site.rules.often_s)
    restarts_s = (*recent, float(round(site.now_s))) if held.has_started else recent
    return replace(held, limit_a=limit_a, raised_s=site.now_s, has_started=True, restarts_s=restarts_s)


def _orders(
    state: BalancingState,
    chargers: Sequence[BalancedCharger],
    helds: Sequence[Held],
    targets: Sequence[int],
    site: _Site,
    *,
    is_gap: bool,
) -> tuple[tuple[LimitOrder, ...], list[Held], int]:
    """A message for whoever must hear something new, has not confirmed, or needs his lease renewed.

    Nothing again, to one that wants nothing and was told so, is no message: when its lease ends it still wants nothing.
    """
    orders: list[LimitOrder] = []
    after: list[Held] = []
    seq = state.seq
    for i, (charger, held) in enumerate(zip(chargers, helds, strict=True)):
        is_due = state.elapsed_s - held.sent_s >= site.rules.renew_s - _EPS or is_gap
        must_hear = held.limit_a != held.sent_a or charger.offered_a > held.limit_a or charger.at_fallback
        must_hear = must_hear or charger.asked_at not in {None, held.asked_at}
        is_idle = not charger.wanted_a and held.limit_a == held.sent_a == charger.offered_a == 0
        if is_idle or not (is_due or must_hear):
            after.append(held)
            continue
        seq, reason = seq + 1, _reason(charger, held, targets[i], site, i)
        order = LimitOrder(
            charger_id=charger.charger_id,
            limit_a=held.limit_a,
            ttl_s=site.rules.lease_s,
            seq=seq,
            boot_epoch=state.boot_epoch,
            reason=reason,
        )
        orders.append(order)
        leased_s = state.elapsed_s if charger.is_connected else held.leased_s
        sent = replace(held, sent_s=state.elapsed_s, sent_a=held.limit_a, asked_at=charger.asked_at)
        after.append(replace(sent, leased_s=leased_s, reason=reason))
    return tuple(orders), after, seq


def _reason(charger: BalancedCharger, held: Held, target_a: int, site: _Site, i: int) -> str:
    if not charger.wanted_a:
        return "not_wanted"
    if held.limit_a >= charger.max_a:
        return "max"
    if held.limit_a < target_a:
        has_left = held.limit_a or has_restarts_left(held, site.now_s, site.rules)
        return "waiting" if has_left else "restarts"
    alone_a = site.high.most_a(i, [0.0] * len(site.chargers))
    return "shared" if floor(alone_a + _EPS) > target_a else "main_fuse"
