"""What fits under the main fuse, per line, and how it is shared.

A line holds if `base + sum of the limits of those that surely load it + what those that may load it could add to what
they draw now` stays under the cap. That last term covers every guess about who is connected where: for each group of
such chargers their limits less their present draws must fit into the line's room.
"""

from collections.abc import Iterable, Sequence
from math import floor, inf

from chalicelib.domain.balancing.model import MIN_CURRENT_A, Lines, Loads, MaybeLines, Rules, Supply

_EPS = 1e-9
_OTHER_A, _OTHER_SHARE = 2.0, 0.1  # how far house and car may cancel out before a line is read as not loaded by the car


class Line:
    """One conductor: its base load (A), who surely loads it, and who may, with their present draws (A)."""

    __slots__ = ("base_a", "maybe", "sure")

    def __init__(self, base_a: float, sure: Sequence[int], maybe: Sequence[tuple[int, float]]) -> None:
        self.base_a, self.sure, self.maybe = base_a, sure, maybe

    def most_a(self, i: int, limits: Sequence[float], cap_a: float) -> float | None:
        """The most charger `i` may get beside the others' `limits`; None if it does not load this line."""
        room_a = cap_a - self.base_a
        others = 0.0
        is_sure, drawn_a = False, -1.0
        for j in self.sure:
            if j == i:
                is_sure = True
            else:
                others += limits[j]
        for j, now_a in self.maybe:
            if j == i:
                drawn_a = now_a
            elif limits[j] > now_a:
                others += limits[j] - now_a
        if is_sure:
            return room_a - others
        if drawn_a < 0:
            return None
        return drawn_a + room_a - others if room_a >= others or not others else 0.0


class Room:
    """The lines of a site and the cap of each: main fuse less margin (A)."""

    __slots__ = ("cap_a", "house_a", "lines")

    def __init__(self, cap_a: float, house_a: Lines, lines: Sequence[Line]) -> None:
        self.cap_a, self.house_a, self.lines = cap_a, house_a, lines

    def most_a(self, i: int, limits: Sequence[float]) -> float:
        """The most charger `i` may get beside the others' `limits`, A, not rounded; may be negative."""
        most = inf
        for line in self.lines:
            a = line.most_a(i, limits, self.cap_a)
            if a is not None and a < most:
                most = a
        return 0.0 if most == inf else most


def cap_of(supply: Supply, rules: Rules) -> float:
    """What house and chargers together may take on a line: the main fuse less its margin, A."""
    return supply.main_fuse_a - max(rules.margin_a, rules.margin_share * supply.main_fuse_a)


def room_of(
    currents_a: MaybeLines,
    loads: Sequence[Loads | None],
    drawn_a: Sequence[float],
    supply: Supply,
    rules: Rules,
    *,
    surely_a: Sequence[float] | None = None,
) -> Room:
    """The room on each line when the chargers draw `drawn_a` of what the meter shows; less if it shows less.

    A line with less than that carries what they draw for certain, `surely_a` (one out of contact may have stopped);
    with less than even that they are somewhere else, and all of it is the house's.

    On IT a line 2 that nobody measures carries at most what lines 1 and 3 carry together: first the chargers are taken
    off these, then the worst of |I1 - I3| <= I2 <= I1 + I3 is assumed for the house.
    """
    house: list[float] = [0.0, 0.0, 0.0]
    owns = (drawn_a, drawn_a if surely_a is None else surely_a)
    for k, total_a in enumerate(currents_a):
        mine = [i for i, load in enumerate(loads) if load is not None and load[k]]
        house[k] = _without(total_a or 0.0, (sum(own[i] for i in mine) for own in owns))
    if currents_a[1] is None and supply.phases != 1:
        house[1] = house[0] + house[2]
    lines = [_line(k, house[k], loads, drawn_a) for k in range(1 if supply.phases == 1 else 3)]
    return Room(cap_of(supply, rules), (house[0], house[1], house[2]), lines)


def _without(total_a: float, owns_a: Iterable[float]) -> float:
    """The house's part of a line: without the first of `owns_a` that can be in it, all of it if none can."""
    for own_a in owns_a:
        if own_a <= total_a + _OTHER_A + _OTHER_SHARE * own_a:
            return max(0.0, total_a - own_a)
    return total_a


def _line(k: int, base_a: float, loads: Sequence[Loads | None], drawn_a: Sequence[float]) -> Line:
    sure = [i for i, load in enumerate(loads) if load is not None and load[k]]
    maybe = [(i, drawn_a[i]) for i, load in enumerate(loads) if load is None]
    return Line(base_a, sure, maybe)


class Ask:
    """What one charger could use: place in the order, what it must have and wants and may have (A)."""

    __slots__ = ("index", "max_a", "needed_a", "wanted_a")

    def __init__(self, index: int, *, needed_a: int, wanted_a: int, max_a: int) -> None:
        self.index, self.needed_a, self.wanted_a, self.max_a = index, needed_a, wanted_a, max_a


def shares_of(room: Room, asks: Sequence[Ask], fixed: Sequence[float]) -> list[float]:
    """Whole amperes for each of `asks`, most urgent first, beside what others hold (`fixed`, by index; 0 for asks).

    Each gets its minimum in turn; then what it needs to be ready in time, in turn; then all rise together; and what
    is left, because someone else is held by another line or by his own fuse, goes to whoever can use it.
    """
    limits = list(fixed)
    admitted = []
    for ask in asks:
        if ask.wanted_a >= MIN_CURRENT_A and room.most_a(ask.index, limits) >= MIN_CURRENT_A - _EPS:
            limits[ask.index] = MIN_CURRENT_A
            admitted.append(ask)
    for ask in admitted:
        _fill(room, limits, ask.index, min(ask.needed_a, ask.max_a))
    if len(admitted) > 1:
        _level(room, limits, admitted)
    for ask in admitted:
        _fill(room, limits, ask.index, ask.wanted_a)
    for ask in admitted:
        if ask.max_a > ask.wanted_a:
            _fill(room, limits, ask.index, ask.max_a)
    return limits


def _fill(room: Room, limits: list[float], i: int, goal_a: int) -> None:
    if goal_a > limits[i]:
        limits[i] = max(limits[i], min(goal_a, floor(room.most_a(i, limits) + _EPS)))


def _level(room: Room, limits: list[float], asks: Sequence[Ask]) -> None:
    """Raises all to the highest common level (no one above what he wants) at which every line holds."""
    low_a, high_a = MIN_CURRENT_A, max(ask.wanted_a for ask in asks)
    while low_a < high_a:
        level_a = (low_a + high_a + 1) // 2
        trial = list(limits)
        for ask in asks:
            trial[ask.index] = max(limits[ask.index], min(level_a, ask.wanted_a))
        if all(room.most_a(ask.index, trial) >= trial[ask.index] - _EPS for ask in asks):
            low_a = level_a
        else:
            high_a = level_a - 1
    for ask in asks:
        limits[ask.index] = max(limits[ask.index], min(low_a, ask.wanted_a))
