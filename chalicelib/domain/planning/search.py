"""The exact search for one charger with a limited number of starts and currents of 0 or minimum..maximum.

Some optimum has every run edge on a boundary of pieces and every piece at its least or most energy, but for one: the
free piece, which takes what is missing. Its price is called lambda. No other edge or current could be moved against it
with profit, so each one bounds lambda: a start at boundary a|b needs price(a) >= lambda >= price(b), an end the
reverse, a current at the most price <= lambda, at the least price > lambda (of equal prices the earlier fill first).
Labels walk over the pieces and are dropped when these bounds cross, when the need is out of reach, or when their
reduced cost and the least reduced cost of the rest exceed what the best plan known so far leaves.

A label is a bare tuple, because thousands are made: the starts left, energy and reduced cost so far, then either the
bounds of lambda (the free piece is still to come) or lambda and the free piece's range of energy and excess price, then
the trail of events that led here. Labels of a run that is on keep their energy and cost less what all pieces before
hold at the most, so that going on at the most changes nothing in them. Nothing happens to such a label in a piece that
is cheaper than every lambda left to it: it waits at the next piece that is not, and most pieces are never looked at.
"""

from collections.abc import Iterator, Sequence
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

Open = tuple[int, float, float, float, float, Any]
Freed = tuple[int, float, float, float, float, float, float, Any]


class Goal(NamedTuple):
    """What the search must reach: energy, starts, the worth of the bound, and the highest reduced cost to look at.

    `ties` is the difference in cost below which two plans cost the same; `most` has it in it.
    """

    need_wh: float
    starts_left: int
    worth: float
    most: float
    ties: float


class SearchStoppedError(Exception):
    """The search grew over its limit; the best plan known before it stands."""


def search(track: Track, goal: Goal, most_labels: int) -> Iterator[list[float]]:
    """The cheapest plans of exactly the need within `goal` and their ties; SearchStoppedError over the limit."""
    walk = _Walk(track, goal)
    size = len(track.prices)
    grown, i = 0, walk.next_due(0)
    while 0 <= i < size:
        grown += walk.over(i)
        if grown > most_labels:
            raise SearchStoppedError
        i = walk.next_due(i + 1)
    walk.end_all(size)
    return (_replayed(track, trail, free_wh) for cost, free_wh, trail in walk.found if cost <= walk.most)


class _Walk:
    """The labels at one boundary of pieces: off by starts left, and on; of either some have the free piece behind."""

    def __init__(self, track: Track, goal: Goal) -> None:
        self.track = track
        self.ties, self.most = goal.ties, goal.most
        self.least_wh, self.need_wh = goal.need_wh - ENERGY_TOLERANCE_WH, goal.need_wh
        self.most_wh = goal.need_wh + ENERGY_TOLERANCE_WH
        worth = goal.worth
        self.excess = excess = [price - worth for price in track.prices]
        self.before = (-inf, *track.prices)
        changes = [*map(mul, excess, track.highs_wh)]
        self.full_wh = [*accumulate(track.highs_wh, initial=0.0)]
        self.full = [*accumulate(changes, initial=0.0)]
        self.short_wh = self.least_wh - self.full_wh[-1]
        goes_on, starts = track.linked[0], goal.starts_left
        lows = zip(changes, excess, track.lows_wh, strict=True)
        values = [change if change < 0.0 else x * low_wh for change, x, low_wh in lows]
        self.rest_off, self.rest_on = least_rest(values, track.linked, starts + 1 if goes_on else starts)
        self.begins = [
            (k, [change + rest if change < 0.0 else rest for change, rest in zip(changes, row[1:], strict=True)])
            for k, row in enumerate(self.rest_on[:starts], 1)
        ]
        self.off: list[dict[tuple[float, float, float], Open]] = [{} for _ in range(starts + 1)]
        self.freed_off: list[dict[tuple[float, float, float, float], Freed]] = [{} for _ in range(starts + 1)]
        self.off_least = [inf] * (starts + 1)  # of what is off, free piece behind or not
        self.found: list[tuple[float, float, Any]] = []
        self.barriers = [*track.prices, inf]  # a label waits where it is not cheaper than every lambda left to it
        for i in track.breaks():
            self.barriers[i] = inf
        self.lowered: set[int] = set()  # numbers of starts of which a better label is off than before
        self.due = bytearray(len(excess) + 1)  # where a label waits or a run can start
        self.on: dict[int, list[Open]] = {}  # labels by the piece where they wait
        self.least: dict[int, list[Open]] = {}  # on, but not to end there: the piece before was at the least
        self.freed_on: dict[int, list[Freed]] = {}
        self.freed_least: dict[int, list[Freed]] = {}
        if goes_on:
            self.on[0] = [(starts, 0.0, 0.0, -inf, inf, (None, 0, START))]
            self.due[0] = 1
        else:
            self.off[-1][0.0, -inf, inf] = (starts, 0.0, 0.0, -inf, inf, None)
            self._note_off(starts, 0.0)

    def next_due(self, first: int) -> int:
        """The next piece from `first` on where a label waits or a run can start; -1 if there is none."""
        for k in self.lowered:
            most, begin, due = self.most - self.off_least[k], self.begins[k - 1][1], self.due
            for i in [i for i in range(first, len(begin)) if begin[i] <= most]:
                due[i] = 1
        self.lowered.clear()
        return self.due.find(1, first)

    def _note_off(self, k: int, reduced: float) -> None:
        """Look later on wherever a run can start from this label that is off."""
        if k and reduced < self.off_least[k]:
            self.off_least[k] = reduced
            self.lowered.add(k)

    def over(self, i: int) -> int:
        """Take the labels that wait at piece `i` over it, and start runs in it; the number of labels that are on."""
        if not self.track.linked[i]:
            self.end_all(i)
        on: list[Open] = []
        least: list[Open] = []
        freed_on: list[Freed] = []
        freed_least: list[Freed] = []
        for k, begin in self.begins:
            if begin[i] <= self.most - self.off_least[k]:
                self._start(i, k, on, freed_on)
        if i in self.on or i in self.least:
            self._go_on(i, on, least, freed_on)
        if i in self.freed_on or i in self.freed_least:
            self._go_on_freed(i, freed_on, freed_least)
        if on:
            self._file(i, on, self.on, self.on)
        if least:
            self._file(i, least, self.on, self.least)
        if freed_on:
            self._file(i, freed_on, self.freed_on, self.freed_on)
        if freed_least:
            self._file(i, freed_least, self.freed_on, self.freed_least)
        return len(on) + len(least) + len(freed_on) + len(freed_least)

    def _file(self, i: int, labels: list[Any], later: dict[int, list[Any]], next_to: dict[int, list[Any]]) -> None:
        """Let labels that are on after piece `i` wait where something can happen to them: `next_to` it, or `later`."""
        barriers, after = self.barriers, i + 1
        for label in labels:
            j, low = after, label[3]
            while barriers[j] < low:
                j += 1
            (next_to if j == after else later).setdefault(j, []).append(label)
            self.due[j] = 1

    def _start(self, i: int, k: int, on: list[Open], freed_on: list[Freed]) -> None:
        """From off: start a run at the beginning of piece `i`, or inside it as the free piece."""
        price, full_wh, full = self.track.prices[i], self.full_wh[i], self.full[i]
        before = self.track.prices[i - 1] if self.track.linked[i] else inf
        change = self.full[i + 1] - full
        most_on = self.most - self.rest_on[k - 1][i + 1]
        most_wh, least_wh = self.most_wh - self.full_wh[i + 1], self.short_wh
        self._forget_late(i, k)
        for label in self.off[k].values():
            _, energy_wh, reduced, low, high, trail = label
            rest_wh = energy_wh - full_wh
            if reduced + change <= most_on and least_wh <= rest_wh <= most_wh:
                lowest, highest = low if low > price else price, high if high < before else before
                if lowest <= highest:
                    on.append((k - 1, rest_wh, reduced - full, lowest, highest, (trail, i, START)))
            if low <= price <= high:
                self._start_free(i, label, freed_on)
        for _, rest_wh, reduced, worth, low_wh, top_wh, excess, trail in self.freed_off[k].values():
            if price <= worth <= before and reduced + change <= most_on:
                rest_wh -= full_wh  # noqa: PLW2901 - a label is unpacked thousands of times
                if rest_wh + low_wh <= most_wh and rest_wh + top_wh >= least_wh:
                    freed_on.append((k - 1, rest_wh, reduced - full, worth, low_wh, top_wh, excess, (trail, i, START)))

    def _forget_late(self, i: int, k: int) -> None:
        """Forget what is off and cannot win any more, once there is much of it."""
        if len(self.off[k]) > MANY:
            most = self.most - self.rest_off[k][i]
            self.off[k] = {key: label for key, label in self.off[k].items() if label[2] <= most}

    def _start_free(self, i: int, label: Open, freed_on: list[Freed]) -> None:
        """Charge in a part of piece `i`: alone, or with a run that goes on from it."""
        k, energy_wh, reduced, _, _, trail = label
        price, excess, high_wh, k = self.track.prices[i], self.excess[i], self.track.highs_wh[i], k - 1
        least = reduced + min(0.0, excess * high_wh)
        if least <= self.most - self.rest_off[k][i + 1]:
            self._keep_freed(i + 1, (k, energy_wh, least, price, 0.0, high_wh, excess, (trail, i, FREE_THEN_OFF)))
        rest_wh = energy_wh - self.full_wh[i + 1]
        in_reach = self.short_wh <= rest_wh + high_wh <= self.most_wh - self.full_wh[i]
        if in_reach and least <= self.most - self.rest_on[k][i + 1]:
            event = (trail, i, FREE_THEN_ON)
            freed_on.append((k, rest_wh, least - self.full[i + 1], price, 0.0, high_wh, excess, event))

    def end_all(self, i: int) -> None:
        """End all runs at the break before piece `i`."""
        before, full_wh, full = self.before[i], self.full_wh[i], self.full[i]
        most, rest_off = self.most - full, self.rest_off
        for k, rest_wh, reduced, low, high, trail in self.on.pop(i, ()):
            if k and before <= high and reduced + rest_off[k][i] <= most:
                self._keep((k, rest_wh + full_wh, reduced + full, max(low, before), high, (trail, i, STOP)))
        for k, rest_wh, reduced, worth, low_wh, top_wh, excess, trail in self.freed_on.pop(i, ()):
            if before <= worth and reduced + rest_off[k][i] <= most:
                event = (trail, i, STOP)
                self._keep_freed(i, (k, rest_wh + full_wh, reduced + full, worth, low_wh, top_wh, excess, event))
        self.least.pop(i, None)
        self.freed_least.pop(i, None)

    def _end(self, i: int, ending: list[Open]) -> None:
        """End runs at the boundary before piece `i`, if it is not cheaper than the piece before."""
        before, price = self.before[i], self.before[i + 1]
        full_wh, full, at = self.full_wh[i], self.full[i], i + 1
        most, rest_off = self.most - full, self.rest_off
        for k, rest_wh, reduced, low, high, trail in ending if before <= price else ():
            if k and low <= price and before <= high and reduced + rest_off[k][at] <= most:
                lowest, highest = low if low > before else before, high if high < price else price
                self._keep((k, rest_wh + full_wh, reduced + full, lowest, highest, (trail, i, STOP)))

    def _end_freed(self, i: int, ending: list[Freed]) -> None:
        """The same with the free piece behind."""
        before, price = self.before[i], self.before[i + 1]
        full_wh, full, at = self.full_wh[i], self.full[i], i + 1
        most, rest_off = self.most - full, self.rest_off
        for k, rest_wh, reduced, worth, low_wh, top_wh, excess, trail in ending if before <= price else ():
            if before <= worth <= price and reduced + rest_off[k][at] <= most:
                event = (trail, i, STOP)
                self._keep_freed(at, (k, rest_wh + full_wh, reduced + full, worth, low_wh, top_wh, excess, event))

    def _go_on(self, i: int, on: list[Open], least: list[Open], freed_on: list[Freed]) -> None:
        """From on: end before piece `i`, or go on through it at the most or the least, or as the free piece."""
        before = self.on.pop(i, [])
        self._end(i, before)
        price, at = self.track.prices[i], i + 1
        saved_wh = self.track.highs_wh[i] - self.track.lows_wh[i]
        saved, is_fixed = self.excess[i] * saved_wh, saved_wh <= 0.0
        most, rest_on = self.most - self.full[at], self.rest_on
        most_wh, short_wh = self.most_wh - self.full_wh[at], self.short_wh
        for label in chain(before, self.least.pop(i, ())):
            k, rest_wh, reduced, low, high, trail = label
            if low <= price <= high:
                self._go_on_free(i, label, freed_on)
            most_on = most - rest_on[k][at]
            if (price <= high or is_fixed) and reduced <= most_on and short_wh <= rest_wh <= most_wh:
                on.append(label if price <= low or is_fixed else (k, rest_wh, reduced, price, high, trail))
            if low < price and reduced - saved <= most_on and not is_fixed:
                rest_wh -= saved_wh
                if short_wh <= rest_wh <= most_wh:
                    highest = min(high, nextafter(price, -inf))
                    least.append((k, rest_wh, reduced - saved, low, highest, (trail, i, AT_LEAST)))

    def _go_on_free(self, i: int, label: Open, freed_on: list[Freed]) -> None:
        """Piece `i` as the free one: the run ends in it, goes through it, or ends and another begins."""
        k, rest_wh, reduced, _, _, trail = label
        price, excess, full = self.track.prices[i], self.excess[i], self.full[i + 1]
        low_wh, high_wh = self.track.lows_wh[i], self.track.highs_wh[i]
        reduced += self.full[i]
        change = excess * high_wh
        part = reduced + change if change < 0.0 else reduced
        if part <= self.most - self.rest_off[k][i + 1]:
            energy_wh = rest_wh + self.full_wh[i]
            self._keep_freed(i + 1, (k, energy_wh, part, price, 0.0, high_wh, excess, (trail, i, FREE_THEN_OFF)))
        rest_wh -= high_wh
        if low_wh < high_wh:
            whole = reduced + min(excess * low_wh, change)
            if whole <= self.most - self.rest_on[k][i + 1]:
                worth, event = nextafter(price, -inf), (trail, i, FREE_THEN_ON)
                freed_on.append((k, rest_wh, whole - full, worth, low_wh, high_wh, excess, event))
        if k and part <= self.most - self.rest_on[k - 1][i + 1]:
            event = (trail, i, FREE_THEN_ON)
            freed_on.append((k - 1, rest_wh, part - full, price, 0.0, high_wh, excess, event))

    def _go_on_freed(self, i: int, freed_on: list[Freed], least: list[Freed]) -> None:
        """The same with the free piece behind: at the most where it is cheaper than lambda, else at the least."""
        before = self.freed_on.pop(i, [])
        self._end_freed(i, before)
        price, excess, at = self.track.prices[i], self.excess[i], i + 1
        saved_wh = self.track.highs_wh[i] - self.track.lows_wh[i]
        most, rest_on = self.most - self.full[at], self.rest_on
        most_wh, short_wh = self.most_wh - self.full_wh[at], self.short_wh
        for label in chain(before, self.freed_least.pop(i, ())):
            k, rest_wh, reduced, worth, low_wh, top_wh, free_excess, trail = label
            if price <= worth or saved_wh <= 0:
                if reduced + rest_on[k][at] <= most and rest_wh + low_wh <= most_wh:
                    freed_on.append(label)
                continue
            rest_wh, reduced = rest_wh - saved_wh, reduced - excess * saved_wh
            if reduced + rest_on[k][at] <= most and rest_wh + low_wh <= most_wh and rest_wh + top_wh >= short_wh:
                least.append((k, rest_wh, reduced, worth, low_wh, top_wh, free_excess, (trail, i, AT_LEAST)))

    def _keep(self, label: Open) -> None:
        """Keep a label that is off, unless one of the same kind and energy is as good."""
        k, energy_wh, reduced, low, high, _ = label
        key = (round(energy_wh, 3), low, high)
        old = self.off[k].get(key)
        if old is None or reduced < old[2] - 1e-12 * abs(old[2]):
            self.off[k][key] = label
            self._note_off(k, reduced)

    def _keep_freed(self, at: int, label: Freed) -> None:
        """Note a label that is off as a plan if it reaches the need, and keep it for runs to come."""
        k, energy_wh, reduced, worth, low_wh, top_wh, excess, trail = label
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
            if old is None or reduced < old[2] - 1e-12 * abs(old[2]):
                self.freed_off[k][key] = label
                self._note_off(k, reduced)


def least_rest(values: list[float], linked: Sequence[bool], rows: int) -> tuple[list[list[float]], list[list[float]]]:
    """For 0, 1 .. starts left and each boundary the least reduced cost of all that follows, when off and when on.

    `values` are the least that each piece adds while it is on.
    """
    values, linked = values[::-1], linked[::-1]
    on, ons = 0.0, [0.0]
    for value, is_linked in zip(values, linked, strict=True):
        on += value
        if on > 0.0 or not is_linked:
            on = 0.0
        ons.append(on)
    rest_off, rest_on = [[0.0] * len(ons)], [ons[::-1]]
    for _ in range(1, rows):
        begun, offs, ons = ons, [0.0], [0.0]
        off = on = 0.0
        for value, begun_on, is_linked in zip(values, begun, linked, strict=False):
            on += value
            if on > off:
                on = off
            start = value + begun_on
            if start < off:
                off = start
            if not is_linked:
                on = off
            offs.append(off)
            ons.append(on)
        rest_off.append(offs[::-1])
        rest_on.append(ons[::-1])
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
