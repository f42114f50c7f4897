"""Sums over sessions and the figures made of them: ratios of sums, never means of ratios."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import msgspec

from chalicelib.domain.calendar import HOUR, Stretch, steps
from cli.backtest.homes import OSLO, Placed
from cli.backtest.replay import STRATEGIES, Flow, Outcome, Strategy, has_unknown_hours

FILLED: Final = (0.2, 0.4, 0.55, 0.7, 0.85, 1.0)
"""Nights are told apart by how much of them the plan takes: where it is little, a car goes on after the plan."""


class Sums(msgspec.Struct):
    """What one strategy came to over a group of sessions."""

    sessions: int = 0
    needed_wh: float = 0.0
    energy_wh: float = 0.0
    cost: float = 0.0
    starts: int = 0
    full: int = 0

    def add(self, placed: Placed, outcome: Outcome) -> None:
        """Count one session more."""
        self.sessions += 1
        self.needed_wh += placed.energy_wh
        self.energy_wh += outcome.energy_wh
        self.cost += outcome.cost
        self.starts += outcome.starts
        self.full += outcome.is_full


class Group(msgspec.Struct):
    """The sums of every strategy over the same sessions."""

    sums: dict[Strategy, Sums] = msgspec.field(default_factory=lambda: {name: Sums() for name in STRATEGIES})

    def add(self, placed: Placed, outcomes: dict[Strategy, Outcome]) -> None:
        """Count one session for every strategy."""
        for name, outcome in outcomes.items():
            self.sums[name].add(placed, outcome)


class Nights(msgspec.Struct):
    """The nights of cars that stay that what is planned for a learned need fills alike: how many, how many in time."""

    sessions: int = 0
    in_time: int = 0


class Result(msgspec.Struct, kw_only=True):
    """One zone at one resolution and cost: three groups of sessions, the promise kept, and a mean day in kWh."""

    zone: str
    resolution: str
    cost: str
    stay: Group = msgspec.field(default_factory=Group)
    stay_unknown_hours: Group = msgspec.field(default_factory=Group)
    all_possible: Group = msgspec.field(default_factory=Group)
    nights: list[Nights] = msgspec.field(default_factory=lambda: [Nights() for _ in range(len(FILLED) + 1)])
    day_wh: dict[str, list[float]] = msgspec.field(
        default_factory=lambda: {"at_once": [0.0] * 24, "learned": [0.0] * 24}
    )

    @property
    def name(self) -> str:
        """For tables and plots."""
        return f"{self.zone} {self.resolution} {self.cost}"

    def add(self, placed: Placed, outcomes: dict[Strategy, Outcome], filled: float) -> None:
        """Count a session in which charging at once would have filled the car; the plan's room `filled` the night."""
        self.all_possible.add(placed, outcomes)
        if not placed.is_yardstick:
            return
        night = self.nights[bisect_right(FILLED, filled)]
        night.sessions += 1
        night.in_time += outcomes["learned"].is_full_in_time
        self.stay.add(placed, outcomes)
        if has_unknown_hours(placed):
            self.stay_unknown_hours.add(placed, outcomes)
        for name, day in self.day_wh.items():
            for hour, energy_wh in _by_hour(outcomes[name].flows):  # type: ignore[index]
                day[hour] += energy_wh


class StrategyFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One strategy's figures; percentages of sums, None where the sum below is not positive."""

    cost_nok: float
    energy_kwh: float
    cost_per_kwh: float | None
    above_clairvoyant_percent: float | None
    above_clairvoyant_per_kwh_percent: float | None
    saved_of_excess_percent: float | None
    full_percent: float | None
    energy_percent: float | None
    starts_per_session: float | None


class GroupFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A group's figures by strategy."""

    sessions: int
    needed_kwh: float
    strategies: dict[Strategy, StrategyFigures]


class NightFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Nights that the plan for a learned need fills up to a share (None: all of it), and cars full by ready_by."""

    filled_below: float | None
    sessions: int
    full_by_ready_by_percent: float | None


class ResultFigures(msgspec.Struct, frozen=True, kw_only=True):
    """`stay`: the car was there until ready_by and could be full by then. `all`: at once would have filled it.

    Costs can be compared in `stay` only: elsewhere cars leave with different energy, and there the clairvoyant, whose
    window ends at ready_by too, is none.
    """

    zone: str
    resolution: str
    cost: str
    stay: GroupFigures
    stay_unknown_hours: GroupFigures
    all: GroupFigures
    promise: list[NightFigures]
    day_kwh: dict[str, list[float]]


def figures_of(result: Result) -> ResultFigures:
    """The figures of one zone at one resolution and cost."""
    return ResultFigures(
        zone=result.zone,
        resolution=result.resolution,
        cost=result.cost,
        stay=_group(result.stay),
        stay_unknown_hours=_group(result.stay_unknown_hours),
        all=_group(result.all_possible),
        promise=[_night(*pair) for pair in zip((*FILLED, None), result.nights, strict=True)],
        day_kwh={name: [round(wh / 1000, 1) for wh in day] for name, day in result.day_wh.items()},
    )


def _group(group: Group) -> GroupFigures:
    clairvoyant, at_once = group.sums["clairvoyant"], group.sums["at_once"]
    return GroupFigures(
        sessions=clairvoyant.sessions,
        needed_kwh=round(clairvoyant.needed_wh / 1000, 1),
        strategies={name: _strategy(sums, clairvoyant, at_once) for name, sums in group.sums.items()},
    )


def _night(below: float | None, nights: Nights) -> NightFigures:
    percent = _rounded(_percent(nights.in_time, nights.sessions), 2)
    return NightFigures(filled_below=below, sessions=nights.sessions, full_by_ready_by_percent=percent)


def _strategy(sums: Sums, clairvoyant: Sums, at_once: Sums) -> StrategyFigures:
    per_kwh = _ratio(sums.cost, sums.energy_wh / 1000)
    best_per_kwh = _ratio(clairvoyant.cost, clairvoyant.energy_wh / 1000)
    above = _percent(sums.cost, clairvoyant.cost)
    above_per_kwh = None if per_kwh is None or best_per_kwh is None else _percent(per_kwh, best_per_kwh)
    return StrategyFigures(
        cost_nok=round(sums.cost, 2),
        energy_kwh=round(sums.energy_wh / 1000, 1),
        cost_per_kwh=_rounded(per_kwh, 5),
        above_clairvoyant_percent=None if above is None else _rounded(above - 100, 4),
        above_clairvoyant_per_kwh_percent=None if above_per_kwh is None else _rounded(above_per_kwh - 100, 4),
        saved_of_excess_percent=_rounded(_percent(at_once.cost - sums.cost, at_once.cost - clairvoyant.cost), 2),
        full_percent=_rounded(_percent(sums.full, sums.sessions), 2),
        energy_percent=_rounded(_percent(sums.energy_wh, sums.needed_wh), 2),
        starts_per_session=_rounded(_ratio(sums.starts, sums.sessions), 3),
    )


def _ratio(above: float, below: float) -> float | None:
    return above / below if below > 0 else None


def _percent(above: float, below: float) -> float | None:
    ratio = _ratio(above, below)
    return None if ratio is None else 100 * ratio


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _by_hour(flows: Iterable[Flow]) -> Iterable[tuple[int, float]]:
    for flow in flows:
        for part in steps(Stretch(flow.start, flow.end), timedelta(hours=1)):
            yield part.start.astimezone(OSLO).hour, flow.power_w * (part.duration / HOUR)
