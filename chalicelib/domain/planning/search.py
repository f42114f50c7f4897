"""The exact search for one charger with a limited number of starts and currents of 0 or minimum..maximum.

Some optimum has every run edge on a boundary of pieces and every piece at its least or most energy, but for one: the
free piece, which takes what is missing. Its price is called lambda. No other edge or current could be moved against it
with profit, so each one bounds lambda: a start at boundary a|b needs price(a) >= lambda >= price(b), an end the
reverse, a current at the most price <= lambda, at the least price > lambda (of equal prices the earlier fill first).
Labels walk over the pieces and are dropped when these bounds cross, when the need is out of reach, or when their
reduced cost and the least reduced cost of the rest exceed what the best plan known so far leaves.

A label is a bare tuple, because thousands are made: energy and reduced cost so far, then either the bounds of lambda
(the free piece is still to come) or lambda and the free piece's range of energy and excess price, then the trail of
events that led here. Labels lie in lists by state and by starts left. Those of a run that is on keep their energy and
cost less what all pieces before hold at the most, so that going on at the most changes nothing in them.
"""

from collections.abc import Iterator
from itertools import accumulate, chain
from math import inf, nextafter
from operator import mul
from typing import Any, NamedTuple

from chalicelib.domain.planning.pieces import ENERGY_TOLERANCE_WH
from chalicelib.domain.planning.track import Track

TIES_LABELS = 4_000
MOST_LABELS = 400_000
MANY = 16
START, STOP, AT_LEAST, FREE_THEN_OFF, FREE_THEN_ON = range(5)

Open = tuple[float, float, float, float, Any]
Freed = tuple[float, float, float, float, float, float, Any]


class Goal(NamedTuple):
    """What the search must reach: energy, starts, the worth of the bound, and how far above the bound to look.

    `ties` is the difference in cost below which two plans cost the same.
    """

    need_wh: float
    starts_left: int
    worth: float
    slack: float
    ties: float


class SearchStoppedError(Exception):
    """The search grew over its limit; the best plan known before it stands."""


def search(track: Track, goal: Goal, most_labels: int) -> Iterator[list[float]]:
    """The cheapest plans of exactly the need within the slack and their ties; SearchStoppedError over the limit."""
    walk = _Walk(track, goal)
    grown = 0
    for i in range(len(track.prices)):
        if walk.has_nothing_to_do_in(i):
            continue
        grown += walk.over(i)
        if grown > most_labels:
            raise SearchStoppedError
    walk.end_runs(len(track.prices), at_break=True)
    return (_replayed(track, trail, free_wh) for cost, free_wh, trail in walk.found if cost <= walk.most)


class _Walk:
    """The labels at one boundary of pieces, in lists by starts left; `off`, `on`, `least` have no free piece yet."""

    def __init__(self, track: Track, goal: Goal) -> None:
        self.track = track
        self.ties = goal.ties
        self.least_wh, self.need_wh = goal.need_wh - ENERGY_TOLERANCE_WH, goal.need_wh
        self.most_wh = goal.need_wh + ENERGY_TOLERANCE_WH
        self.counts = range(goal.starts_left + 1)
        self.excess = [price - goal.worth for price in track.prices]
        self.rest_off, self.rest_on = least_rest(track, self.excess, goal)
        self.full_wh = [*accumulate(track.highs_wh, initial=0.0)]
        self.full = [*accumulate(map(mul, self.excess, track.highs_wh), initial=0.0)]
        self.off: list[dict[tuple[float, float, float], Open]] = [{} for _ in self.counts]
        self.on: list[list[Open]] = [[] for _ in self.counts]
        self.least: list[list[Open]] = [[] for _ in self.counts]
        self.freed_off: list[dict[tuple[float, float, float, float], Freed]] = [{} for _ in self.counts]
        self.freed_on: list[list[Freed]] = [[] for _ in self.counts]
        self.freed_least: list[list[Freed]] = [[] for _ in self.counts]
        self.off_least = [inf for _ in self.counts]  # of what is off, free piece behind or not
        self.is_on = track.linked[0]
        self.found: list[tuple[float, float, Any]] = []
        if track.linked[0]:
            self.most = self.rest_on[-1][0] + goal.slack
            self.on[-1].append((0.0, 0.0, -inf, inf, (None, 0, START)))
        else:
            self.most = self.rest_off[-1][0] + goal.slack
            self.off[-1][0.0, -inf, inf] = (0.0, 0.0, -inf, inf, None)
            self.off_least[-1] = 0.0

    def has_nothing_to_do_in(self, i: int) -> bool:
        """True where no run is on and none can start in piece `i`; so it is in most pieces."""
        if self.is_on:
            return False
        change = self.excess[i] * self.track.highs_wh[i]
        most = self.most - (change if change < 0.0 else 0.0)
        for k in self.counts[1:]:  # noqa: SIM110 - all(...) takes twice the time
            if self.off_least[k] + self.rest_on[k - 1][i + 1] <= most:
                return False
        return True

    def over(self, i: int) -> int:
        """Take every label over piece `i`; the number of labels that are on then."""
        linked = self.track.linked[i]
        if not linked:
            self.end_runs(i, at_break=True)
        on: list[list[Open]] = [[] for _ in self.counts]
        freed_on: list[list[Freed]] = [[] for _ in self.counts]
        for k in self.counts[1:]:
            if self.off[k] or self.freed_off[k]:
                self._start(i, k, on[k - 1], freed_on[k - 1])
        if linked and self.is_on:
            self.end_runs(i, at_break=False)
        for k in self.counts if self.is_on else ():
            if self.on[k] or self.least[k]:
                self._go_on(i, k, on[k], freed_on)
        grown = 0
        for k in self.counts:
            if self.freed_on[k] or self.freed_least[k]:
                self._go_on_freed(i, k, freed_on[k])
            self.on[k], self.freed_on[k] = on[k], freed_on[k]
            grown += len(on[k]) + len(freed_on[k]) + len(self.least[k]) + len(self.freed_least[k])
        self.is_on = grown > 0
        return grown

    def _start(self, i: int, k: int, on: list[Open], freed_on: list[Freed]) -> None:
        """From off: start a run at the beginning of piece `i`, or inside it as the free piece."""
        price, full_wh, full = self.track.prices[i], self.full_wh[i], self.full[i]
        before = self.track.prices[i - 1] if self.track.linked[i] else inf
        change = self.excess[i] * self.track.highs_wh[i]
        most_on = self.most - self.rest_on[k - 1][i + 1]
        most_wh, least_wh = self.most_wh - self.full_wh[i + 1], self.least_wh - self.full_wh[-1]
        self._forget_late(i, k)
        for energy_wh, reduced, low, high, trail in self.off[k].values():
            rest_wh = energy_wh - full_wh
            if reduced + change <= most_on and least_wh <= rest_wh <= most_wh:
                lowest, highest = max(low, price), min(high, before)
                if lowest <= highest:
                    on.append((rest_wh, reduced - full, lowest, highest, (trail, i, START)))
            if low <= price <= high:
                self._start_free(i, k - 1, energy_wh, reduced, trail, freed_on)
        for rest_wh, reduced, worth, low_wh, top_wh, excess, trail in self.freed_off[k].values():
            if price <= worth <= before and reduced + change <= most_on:
                rest_wh -= full_wh  # noqa: PLW2901 - a label is unpacked thousands of times
                if rest_wh + low_wh <= most_wh and rest_wh + top_wh >= least_wh:
                    freed_on.append((rest_wh, reduced - full, worth, low_wh, top_wh, excess, (trail, i, START)))

    def _forget_late(self, i: int, k: int) -> None:
        """Forget what is off and cannot win any more, once there is much of it."""
        if len(self.off[k]) > MANY:
            most = self.most - self.rest_off[k][i]
            self.off[k] = {key: label for key, label in self.off[k].items() if label[1] <= most}

    def _start_free(self, i: int, k: int, energy_wh: float, reduced: float, trail: Any, freed_on: list[Freed]) -> None:
        """Charge in a part of piece `i`: alone, or with a run that goes on from it."""
        price, excess, high_wh = self.track.prices[i], self.excess[i], self.track.highs_wh[i]
        least = reduced + min(0.0, excess * high_wh)
        if least <= self.most - self.rest_off[k][i + 1]:
            event = (trail, i, FREE_THEN_OFF)
            self._keep_freed(k, i + 1, (energy_wh, least, price, 0.0, high_wh, excess, event))
        rest_wh = energy_wh - self.full_wh[i + 1]
        if least <= self.most - self.rest_on[k][i + 1] and self._is_in_reach(rest_wh + high_wh, i):
            event = (trail, i, FREE_THEN_ON)
            freed_on.append((rest_wh, least - self.full[i + 1], price, 0.0, high_wh, excess, event))

    def _is_in_reach(self, rest_wh: float, i: int) -> bool:
        """Whether a run that is on before piece `i` can end with the need."""
        return self.least_wh - self.full_wh[-1] <= rest_wh <= self.most_wh - self.full_wh[i]

    def end_runs(self, i: int, *, at_break: bool) -> None:
        """End runs at the boundary before piece `i`; at a break all of them."""
        price = inf if at_break else self.track.prices[i]
        before = self.track.prices[i - 1] if i else -inf
        full_wh, full = self.full_wh[i], self.full[i]
        at = i if at_break else i + 1
        for k in self.counts if before <= price else ():
            most = self.most - self.rest_off[k][at] - full
            for rest_wh, reduced, low, high, trail in self.on[k] if k else ():
                lowest, highest = max(low, before), min(high, price)
                if lowest <= highest and reduced <= most:
                    self._keep(k, (rest_wh + full_wh, reduced + full, lowest, highest, (trail, i, STOP)))
            for rest_wh, reduced, worth, low_wh, top_wh, excess, trail in self.freed_on[k]:
                if before <= worth <= price and reduced <= most:
                    event = (trail, i, STOP)
                    label = (rest_wh + full_wh, reduced + full, worth, low_wh, top_wh, excess, event)
                    self._keep_freed(k, at, label)
        if at_break:
            for labels in chain(self.on, self.least):
                labels.clear()
            for freed in chain(self.freed_on, self.freed_least):
                freed.clear()

    def _go_on(self, i: int, k: int, on: list[Open], freed_on: list[list[Freed]]) -> None:
        """From on: all through piece `i` at the most or the least, or as the free piece."""
        price, saved_wh = self.track.prices[i], self.track.highs_wh[i] - self.track.lows_wh[i]
        saved, can_turn_down = self.excess[i] * saved_wh, saved_wh > 0.0
        most_on = self.most - self.rest_on[k][i + 1] - self.full[i + 1]
        least: list[Open] = []
        for label in chain(self.on[k], self.least[k]):
            rest_wh, reduced, low, high, trail = label
            if low <= price <= high:
                self._go_on_free(i, k, label, freed_on)
            if (price <= high or not can_turn_down) and reduced <= most_on and self._is_in_reach(rest_wh, i + 1):
                on.append(label if price <= low or not can_turn_down else (rest_wh, reduced, price, high, trail))
            if low < price and can_turn_down and reduced - saved <= most_on:
                rest_wh -= saved_wh
                if self._is_in_reach(rest_wh, i + 1):
                    highest = min(high, nextafter(price, -inf))
                    least.append((rest_wh, reduced - saved, low, highest, (trail, i, AT_LEAST)))
        self.least[k] = least

    def _go_on_free(self, i: int, k: int, label: Open, freed_on: list[list[Freed]]) -> None:
        """Piece `i` as the free one: the run ends in it, goes through it, or ends and another begins."""
        rest_wh, reduced, _, _, trail = label
        price, excess, full = self.track.prices[i], self.excess[i], self.full[i + 1]
        low_wh, high_wh = self.track.lows_wh[i], self.track.highs_wh[i]
        reduced += self.full[i]
        part, whole = reduced + min(0.0, excess * high_wh), reduced + min(excess * low_wh, excess * high_wh)
        if part <= self.most - self.rest_off[k][i + 1]:
            event = (trail, i, FREE_THEN_OFF)
            energy_wh = rest_wh + self.full_wh[i]
            self._keep_freed(k, i + 1, (energy_wh, part, price, 0.0, high_wh, excess, event))
        event = (trail, i, FREE_THEN_ON)
        rest_wh -= high_wh
        if low_wh < high_wh and whole <= self.most - self.rest_on[k][i + 1]:
            worth = nextafter(price, -inf)
            freed_on[k].append((rest_wh, whole - full, worth, low_wh, high_wh, excess, event))
        if k and part <= self.most - self.rest_on[k - 1][i + 1]:
            freed_on[k - 1].append((rest_wh, part - full, price, 0.0, high_wh, excess, event))

    def _go_on_freed(self, i: int, k: int, freed_on: list[Freed]) -> None:
        """From on, with the free piece behind: at the most where it is cheaper than lambda, else at the least."""
        price, excess = self.track.prices[i], self.excess[i]
        saved_wh = self.track.highs_wh[i] - self.track.lows_wh[i]
        most = self.most - self.rest_on[k][i + 1] - self.full[i + 1]
        most_wh, least_wh = self.most_wh - self.full_wh[i + 1], self.least_wh - self.full_wh[-1]
        least: list[Freed] = []
        for label in chain(self.freed_on[k], self.freed_least[k]):
            rest_wh, reduced, worth, low_wh, top_wh, free_excess, trail = label
            if price <= worth or saved_wh <= 0:
                if reduced <= most and rest_wh + low_wh <= most_wh:
                    freed_on.append(label)
                continue
            rest_wh, reduced = rest_wh - saved_wh, reduced - excess * saved_wh
            if reduced <= most and rest_wh + low_wh <= most_wh and rest_wh + top_wh >= least_wh:
                least.append((rest_wh, reduced, worth, low_wh, top_wh, free_excess, (trail, i, AT_LEAST)))
        self.freed_least[k] = least

    def _keep(self, k: int, label: Open) -> None:
        """Keep a label that is off, unless one of the same kind and energy is as good."""
        energy_wh, reduced, low, high, _ = label
        key = (round(energy_wh, 3), low, high)
        old = self.off[k].get(key)
        if old is None or reduced < old[1] - 1e-12 * abs(old[1]):
            self.off[k][key] = label
            self.off_least[k] = min(self.off_least[k], reduced)

    def _keep_freed(self, k: int, at: int, label: Freed) -> None:
        """Note a label that is off as a plan if it reaches the need, and keep it for runs to come."""
        energy_wh, reduced, worth, low_wh, top_wh, excess, trail = label
        free_wh = self.need_wh - energy_wh
        if low_wh - ENERGY_TOLERANCE_WH <= free_wh <= top_wh + ENERGY_TOLERANCE_WH:
            cost = reduced - min(excess * low_wh, excess * top_wh) + excess * free_wh
            if cost <= self.most:
                self.found.append((cost, free_wh, trail))
                self.most = min(self.most, cost + self.ties)
        room_wh = self.full_wh[-1] - self.full_wh[at]
        if k and energy_wh + low_wh <= self.most_wh and energy_wh + top_wh + room_wh >= self.least_wh:
            key = (round(energy_wh, 3), worth, low_wh, top_wh)
            old = self.freed_off[k].get(key)
            if old is None or reduced < old[1] - 1e-12 * abs(old[1]):
                self.freed_off[k][key] = label
                self.off_least[k] = min(self.off_least[k], reduced)


def least_rest(track: Track, excess: list[float], goal: Goal) -> tuple[list[list[float]], list[list[float]]]:
    """By starts left, for each boundary the least reduced cost of all that follows, when off and when on there."""
    size = len(excess)
    values = [
        x * (high_wh if x < 0 else low_wh)
        for x, low_wh, high_wh in zip(excess, track.lows_wh, track.highs_wh, strict=True)
    ]
    begun = [inf] * (size + 1)
    rest_off: list[list[float]] = []
    rest_on: list[list[float]] = []
    for _ in range(goal.starts_left + 1):
        offs, ons = [0.0], [0.0]
        off = on = 0.0
        for value, begun_on, linked in zip(values[::-1], begun, track.linked[::-1], strict=False):
            going_on = value + on
            on = going_on if going_on < off else off
            start = value + begun_on
            if start < off:
                off = start
            if not linked:
                on = off
            offs.append(off)
            ons.append(on)
        begun = ons.copy()
        offs.reverse()
        ons.reverse()
        rest_off.append(offs)
        rest_on.append(ons)
    return rest_off, rest_on


def _replayed(track: Track, trail: Any, free_wh: float) -> list[float]:
    """The energies of a plan from the events on its trail."""
    events: list[tuple[int, int]] = []
    while trail is not None:
        trail, i, what = trail
        events.append((i, what))
    energies_wh = [0.0] * len(track.prices)
    on, done = False, 0
    for i, what in reversed(events):
        if on:
            energies_wh[done:i] = track.highs_wh[done:i]
        if what == AT_LEAST:
            energies_wh[i] = track.lows_wh[i]
        elif what in {FREE_THEN_OFF, FREE_THEN_ON}:
            energies_wh[i] = min(max(free_wh, 0.0), track.highs_wh[i])
        on = what not in {STOP, FREE_THEN_OFF}
        done = i + 1 if what in {AT_LEAST, FREE_THEN_OFF, FREE_THEN_ON} else i
    if on:
        energies_wh[done:] = track.highs_wh[done:]
    return energies_wh
