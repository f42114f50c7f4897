"""The plan of one charger whose need is not known but has a distribution: least expected cost.

What is solved: choose `planned_wh` of charging at full power in [begin, end) in at most so many runs. Of the energy
between e and e + de of a session only the share S(e) = P(need > e) will be drawn, so the cost is the integral of
S(e) c(e) de, c(e) being the price when that energy would flow. A car that is not full after the last run goes on at
once: that is in the cost too, up to the largest known need. The car tells nothing before it stops except that it is not
full yet, so the best order made now is also the best policy (prices known): what is seldom needed comes last and may be
dear. That a car goes on needs no less room than `planned_wh`: a smaller room whose rest still fits before `end` is, run
by run, one of the plans chosen from.

How: time is cut into quarter hours, the energy into as many units as fit a quarter; unit k, in order of time, costs
c_j times the area under S of that unit. A dynamic program over (quarter, units, on or off, starts) is exact on that
grid in O(quarters x units x starts). The first quarter may be cut by `begin`, the last unit by `planned_wh`: whichever
edge of a run that leaves free is then chosen by trying each of them (`_with_free_edge`).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil, inf
from operator import add, mul
from typing import NamedTuple

import msgspec

from chalicelib.domain.calendar import QUARTER, Stretch, steps
from chalicelib.domain.learned_need import LearnedNeed
from chalicelib.domain.planning.problem import PricedSlot

QUARTER_S = 900.0
_TIES = 1e-9
_TIME_S = 1e-6


class ExpectedProblem(msgspec.Struct, frozen=True):
    """One charger at full power `power_w` or off. `planned_wh` is to be placed after the `delivered_wh` it has had.

    `slots` are in order of time and do not overlap, time between them is not charged in. Those after `end` price what
    is drawn beyond the plan; after the last of them its price goes on. `starts` are the new starts
    allowed (at least one); `is_charging` says that energy flows at `begin`: going on is not a start.
    """

    begin: datetime
    end: datetime
    slots: Sequence[PricedSlot]
    power_w: float
    need: LearnedNeed
    planned_wh: float
    delivered_wh: float = 0.0
    starts: int = 2
    is_charging: bool = False


class _Part(NamedTuple):
    """A quarter hour or less, in seconds from `begin`, at one price."""

    start_s: float
    end_s: float
    price: float


class _Draft(NamedTuple):
    cost: float
    starts: int
    runs: tuple[tuple[float, float], ...]


_Rows = list[list[float]]


class _Before(NamedTuple):
    """Least costs before a quarter, by [starts][units]: with the current off, and with it on."""

    off: _Rows
    on: _Rows


def plan_expected(problem: ExpectedProblem) -> tuple[Stretch, ...] | None:
    """The runs, edges exact to the microsecond; None when `planned_wh` does not fit: then there is nothing to choose.

    Ties: fewer starts, then the earlier finish.
    """
    whole = _parts(problem)
    drafts = [draft for uses_head in (False, True) if (draft := _solve(problem, whole, uses_head=uses_head))]
    if not drafts:
        return None
    least = min(draft.cost for draft in drafts)
    equal = [draft for draft in drafts if draft.cost <= least + _TIES * (1.0 + abs(least))]
    best = min(equal, key=lambda draft: (draft.starts, draft.runs[-1][1]))
    runs = _with_free_edge(problem, whole, best)
    return tuple(Stretch(_at(problem, start_s), _at(problem, end_s)) for start_s, end_s in runs)


def expected_cost(problem: ExpectedProblem, runs: Iterable[Stretch]) -> float:
    """What `runs`, and going on after them, cost on average, given that the car is not full after `delivered_wh`."""
    begin = problem.begin
    spans = [((run.start - begin).total_seconds(), (run.end - begin).total_seconds()) for run in runs]
    return _cost(problem, _parts(problem), spans)


def _parts(problem: ExpectedProblem) -> list[_Part]:
    """All the time in quarters, with an endless part at the last price."""
    parts = []
    for slot in problem.slots:
        if slot.end <= problem.begin:
            continue
        for part in steps(Stretch(max(slot.start, problem.begin), slot.end), QUARTER):
            start_s = (part.start - problem.begin).total_seconds()
            parts.append(_Part(start_s, start_s + part.duration.total_seconds(), slot.price))
    return [*parts, _Part(parts[-1].end_s, inf, parts[-1].price)] if parts else []


def _in_time(problem: ExpectedProblem, whole: Sequence[_Part]) -> list[_Part]:
    """The parts before `end`, and before the prices do."""
    end_s = (problem.end - problem.begin).total_seconds()
    return [part._replace(end_s=min(part.end_s, end_s)) for part in whole[:-1] if part.start_s < end_s - _TIME_S]


def _solve(problem: ExpectedProblem, whole: Sequence[_Part], *, uses_head: bool) -> _Draft | None:
    """The best plan on the grid that uses all (or nothing) of a first quarter that `begin` has cut."""
    parts = _in_time(problem, whole)
    head = parts[0] if parts and _is_short(parts[0]) else None
    if uses_head and (head is None or head.start_s > _TIME_S):
        return None
    head_wh = _energy(problem, head) if uses_head and head else 0.0
    units = ceil((problem.planned_wh - head_wh) / (problem.power_w / 4) - _TIES)
    if units <= 0:
        return None
    column = _column([part for part in parts[head is not None :] if not _is_short(part)])
    weights = _weights(problem, head_wh, units)
    is_on = uses_head or (problem.is_charging and head is None)
    column = [None, *column] if is_on and column and column[0] and not _touches(head, column[0]) else column
    first = int(uses_head and not problem.is_charging)
    rows = _forward(column, weights, _Before(*_initial(problem.starts, units, first, is_on=is_on)))
    found = _trace(column, rows, units, _after(problem, column, whole))
    if found is None:
        return None
    used, starts = found
    spans = [(0.0, head.end_s)] if uses_head and head else []
    runs = _runs(problem, [*spans, *((part.start_s, part.end_s) for part in used)])
    return _Draft(_cost(problem, whole, runs), starts, runs)


def _is_short(part: _Part) -> bool:
    return part.end_s - part.start_s < QUARTER_S - _TIME_S


def _touches(head: _Part | None, first: _Part) -> bool:
    return first.start_s - (head.end_s if head else 0.0) <= _TIME_S


def _column(parts: Sequence[_Part]) -> list[_Part | None]:
    """The whole quarters in order of time, with None where time is missing between two of them."""
    column: list[_Part | None] = []
    end_s = parts[0].start_s if parts else 0.0
    for part in parts:
        if part.start_s - end_s > _TIME_S:
            column.append(None)
        column.append(part)
        end_s = part.end_s
    return column


def _weights(problem: ExpectedProblem, head_wh: float, units: int) -> list[float]:
    """The kWh that are drawn on average of each unit, the last of which may be a part of one."""
    unit_wh = problem.power_w / 4
    edges = [min(head_wh + number * unit_wh, problem.planned_wh) + problem.delivered_wh for number in range(units + 1)]
    scale = 1000.0 * _chance_now(problem)
    return [problem.need.expected_wh(low, high) / scale for low, high in pairwise(edges)]


def _after(problem: ExpectedProblem, column: Sequence[_Part | None], whole: Sequence[_Part]) -> list[float]:
    """What going on after each quarter costs on average, if that is the last of the plan."""
    from_wh, unit_wh = problem.delivered_wh + problem.planned_wh, problem.power_w / 4
    count = max(0, ceil((problem.need.levels_wh[-1] - from_wh) / unit_wh))
    if not count:
        return [0.0] * len(column)
    edges = [min(from_wh + number * unit_wh, problem.need.levels_wh[-1]) for number in range(count + 1)]
    scale = 1000.0 * _chance_now(problem)
    weights = [problem.need.expected_wh(low, high) / scale for low, high in pairwise(edges)]
    prices = [part.price for part in whole] + [whole[-1].price] * count
    following = {part.start_s: number for number, part in enumerate(whole, 1)}
    firsts = [0 if part is None else following[part.start_s] for part in column]
    return [sum(map(mul, weights, prices[first : first + count])) for first in firsts]


def _chance_now(problem: ExpectedProblem) -> float:
    return problem.need.chance_beyond(problem.delivered_wh)


def _initial(starts: int, units: int, first: int, *, is_on: bool) -> tuple[_Rows, _Rows]:
    off = [[inf] * (units + 1) for _ in range(starts + 1)]
    on = [[inf] * (units + 1) for _ in range(starts + 1)]
    if first <= starts:
        (on if is_on else off)[first][0] = 0.0
    return off, on


def _forward(column: Sequence[_Part | None], weights: Sequence[float], before: _Before) -> list[_Before]:
    """The least costs before each quarter and after the last."""
    rows = [before]
    never = [inf] * (len(weights) + 1)
    for part in column:
        off, on = rows[-1]
        rest = [list(map(min, *pair)) for pair in zip(off, on, strict=True)]
        if part is None:
            rows.append(_Before(rest, [never] * len(on)))
            continue
        costs = [part.price * weight for weight in weights]
        begun = [never, *off[:-1]]
        flow = [[inf, *map(add, map(min, going_on, begin), costs)] for going_on, begin in zip(on, begun, strict=True)]
        rows.append(_Before(rest, flow))
    return rows


def _trace(
    column: Sequence[_Part | None], rows: Sequence[_Before], units: int, after: Sequence[float]
) -> tuple[list[_Part], int] | None:
    """The quarters used by the cheapest plan, and its starts; of equal ones the one of fewest starts, done first."""
    ends = [
        (on[units] + rest, starts, last)
        for last, (row, rest) in enumerate(zip(rows[1:], after, strict=True))
        for starts, on in enumerate(row.on)
    ]
    least = min(ends, default=(inf, 0, 0))[0]
    if least == inf:
        return None
    ties = _TIES * (1.0 + abs(least))
    starts, last = min(end[1:] for end in ends if end[0] <= least + ties)
    left, is_on = starts, True
    used: list[_Part] = []
    for part, (off, on) in zip(reversed(column[: last + 1]), reversed(rows[: last + 1]), strict=True):
        if is_on and part is not None:
            used.append(part)
            units -= 1
            begun = off[left - 1][units] if left else inf
            is_on = on[left][units] <= begun
            left -= not is_on
        else:
            is_on = off[left][units] > on[left][units] + ties
    return used[::-1], starts


def _runs(problem: ExpectedProblem, spans: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """The spans joined, the last one cut where the planned energy is there."""
    joined: list[tuple[float, float]] = []
    left_s = problem.planned_wh / problem.power_w * 3600.0
    for start_s, span_end_s in spans:
        end_s = min(span_end_s, start_s + left_s)
        left_s -= end_s - start_s
        begin_s = joined.pop()[0] if joined and start_s - joined[-1][1] <= _TIME_S else start_s
        joined.append((begin_s, end_s))
    return tuple(joined)


def _with_free_edge(problem: ExpectedProblem, whole: Sequence[_Part], draft: _Draft) -> Sequence[tuple[float, float]]:
    """The draft with the edge inside a quarter where it costs least: at its end, where it is, or at another edge."""
    best, least, parts = draft.runs, draft.cost, _in_time(problem, whole)
    for runs in _moved(draft.runs, [part.end_s for part in parts], _free_spans(parts)):
        cost = _cost(problem, whole, runs)
        if cost < least - _TIES * (1.0 + abs(least)):
            best, least = runs, cost
    return best


def _moved(
    runs: tuple[tuple[float, float], ...], ends: Sequence[float], spans: Sequence[tuple[float, float]]
) -> Iterator[tuple[tuple[float, float], ...]]:
    """Each other edge moved in time by what takes the last end to a boundary, as far as no run is lost or joined."""
    start_s, end_s = runs[-1]
    after = next((edge for edge in ends if edge >= end_s - _TIME_S), end_s)
    before = max((edge for edge in ends if edge < end_s - _TIME_S), default=end_s)
    for last_s in {after, before} - {end_s}:
        shift_s = last_s - end_s
        changed = (*runs[:-1], (start_s, last_s))
        for number, (from_s, to_s) in enumerate(changed):
            moves = [(from_s + shift_s, to_s)] + ([(from_s, to_s - shift_s)] if number < len(runs) - 1 else [])
            for move in moves:
                candidate = (*changed[:number], move, *changed[number + 1 :])
                if _is_allowed(candidate, spans):
                    yield candidate


def _free_spans(parts: Sequence[_Part]) -> list[tuple[float, float]]:
    spans: list[tuple[float, float]] = []
    for part in parts:
        start_s = spans.pop()[0] if spans and part.start_s - spans[-1][1] <= _TIME_S else part.start_s
        spans.append((start_s, part.end_s))
    return spans


def _is_allowed(runs: Sequence[tuple[float, float]], spans: Sequence[tuple[float, float]]) -> bool:
    """Whether the runs are in order and apart, and each lies in time that can be used."""
    apart = all(one[1] < other[0] for one, other in pairwise(runs))
    return apart and all(
        start_s < end_s and any(a - _TIME_S <= start_s and end_s <= b + _TIME_S for a, b in spans)
        for start_s, end_s in runs
    )


def _cost(problem: ExpectedProblem, whole: Sequence[_Part], runs: Sequence[tuple[float, float]]) -> float:
    """On average, with what is drawn after the last run."""
    energy_wh, cost, watts = problem.delivered_wh, 0.0, problem.power_w / 3600.0
    planned_wh = sum(end_s - start_s for start_s, end_s in runs) * watts
    beyond_s = max(0.0, problem.need.levels_wh[-1] - energy_wh - planned_wh) / watts
    for start_s, end_s in (*runs, (runs[-1][1], runs[-1][1] + beyond_s)):
        for part in whole:
            if part.start_s < end_s and start_s < part.end_s:
                flows_wh = (min(end_s, part.end_s) - max(start_s, part.start_s)) * watts
                cost += part.price * problem.need.expected_wh(energy_wh, energy_wh + flows_wh)
                energy_wh += flows_wh
    return cost / (1000.0 * _chance_now(problem))


def _energy(problem: ExpectedProblem, part: _Part) -> float:
    return problem.power_w * (part.end_s - part.start_s) / 3600.0


def _at(problem: ExpectedProblem, seconds: float) -> datetime:
    return problem.begin + timedelta(seconds=seconds)
