"""`./dev bench planner`: how long plans take, how near they come to bounds, and HiGHS on the same problems.

Times are CPU seconds of the planning thread, so that other work on the machine disturbs little; each figure is the
median of the rounds' quantiles. The same loop of additions is timed beside them, to compare machines.
"""

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import mean, median
from typing import Final, NamedTuple

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks import planner_bounds
from benchmarks.figures import quantile
from benchmarks.planner_problems import (
    Prices,
    Setting,
    SiteSetting,
    crowded_sites,
    nights_at_home,
    prices_by_zone,
    whole_windows,
)
from chalicelib.domain.planning import PlanningProblem, plan_charging

ROUNDS: Final = 5
COUNT: Final = 200
SITES: Final = 40
SOLVED: Final = 5
ADDITIONS: Final = 200_000
WIDTH: Final = 130
DAY_SLOTS, WEEK_SLOTS = 96, 672
PRICES: Final = "ZMART_BENCH_PRICES"
CROWDS: Final = [
    *(SiteSetting(chargers, is_hourly) for chargers in (2, 3, 4, 8) for is_hourly in (True, False)),
    SiteSetting(3, is_hourly=True, phases=(1, 3)),
    SiteSetting(3, is_hourly=True, phases=(1, 3), grid="IT"),
    SiteSetting(3, is_hourly=True, hour_limit_wh=5000.0),
]


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """Time per plan, in microseconds of CPU; `solver_us` is HiGHS's median on some of the same problems.

    `quiet_us` is the median of the least time that each problem took in any round: other work disturbs it least.
    `loop_ms` is the loop of additions beside these rounds: on a machine that does other work both take longer.
    """

    what: str
    quiet_us: float
    median_us: float
    mean_us: float
    p90_us: float
    worst_us: float
    loop_ms: float
    solver_us: float | None = None


class SiteFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Time per plan in milliseconds, cost above the bound in per cent, and plans that leave undelivered what can be."""

    what: str
    per_s: float
    median_ms: float
    p90_ms: float
    mean_gap: float
    p90_gap: float
    worst_gap: float
    short: int
    compared: int
    loop_ms: float


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """All that was measured; `loop_ms` is the loop of additions, `homes_per_s` by the kind of prices."""

    loop_ms: float
    single: list[Times]
    homes_per_s: dict[str, float]
    sites: list[SiteFigures]


class Options(NamedTuple):
    """How much is measured."""

    rounds: int
    plans: int
    sites: int
    solved: int


def main(arguments: Sequence[str]) -> None:
    """Become the command."""
    parser = argparse.ArgumentParser(prog="./dev bench planner", description="The planner's time on this machine.")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON instead of tables")
    parser.add_argument("--prices", type=Path, nargs="+", metavar="CSV", help=f"quarters, ZONE_*.csv (else ${PRICES})")
    for name, value, what in (
        ("--rounds", ROUNDS, "rounds, of which the median counts"),
        ("--count", COUNT, "plans of each kind"),
        ("--sites", SITES, "sites of each kind"),
        ("--solved", SOLVED, "problems of each kind given to HiGHS as well"),
        ("--exact", 0, "random problems whose cost is compared with HiGHS; nothing else is done then"),
    ):
        parser.add_argument(name, type=int, default=value, help=f"{what} (default %(default)s)")
    given = parser.parse_args(arguments)
    if given.exact:
        sys.stdout.write(f"{planner_bounds.compare_with_solver(given.exact)}\n")
        return
    files = given.prices or [Path(name) for name in os.environ.get(PRICES, "").split(os.pathsep) if name]
    figures = measure(prices_by_zone(files), Options(given.rounds, given.count, given.sites, given.solved))
    if given.json:
        sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")
    else:
        show(figures, Console(width=None if sys.stdout.isatty() else WIDTH))


def measure(zones: Mapping[str, Prices], options: Options) -> Figures:
    """Everything, with the cyclic collector off: a plan leaves nothing to it."""
    first = next(iter(zones))
    gc.collect()
    gc.disable()
    try:
        return Figures(
            loop_ms=median(_loop_ms() for _ in range(ROUNDS)),
            single=[_times(zones[setting.zone], setting, options) for setting in _settings(list(zones))],
            homes_per_s=dict(_homes(zones, options)),
            sites=[_site_figures(zones[first], setting, options) for setting in CROWDS] if options.sites else [],
        )
    finally:
        gc.enable()


def _settings(zones: Sequence[str]) -> Iterator[Setting]:
    for zone in zones:
        yield Setting(zone, is_hourly=True)
        yield Setting(zone, is_hourly=False)
    for is_hourly in (True, False):
        for slots in (DAY_SLOTS, 2 * DAY_SLOTS, WEEK_SLOTS):
            for starts in (1, 2, 3, None):
                if (slots, starts) != (DAY_SLOTS, 2):
                    yield Setting(zones[0], is_hourly, slots, starts)


def _times(prices: Prices, setting: Setting, options: Options) -> Times:
    count = options.plans if setting.slots < WEEK_SLOTS else options.plans // 4 + 1
    problems = whole_windows(prices, setting, count, seed=1)
    rounds, loop_ms = timed_rounds(problems, options.rounds)
    solver_us = None
    if options.solved and setting.slots == DAY_SLOTS:
        solver_us = median(timed(planner_bounds.solve_alone, problem) * 1e6 for problem in problems[: options.solved])
    return Times(
        what=str(setting),
        quiet_us=median(map(min, zip(*rounds, strict=True))) * 1e6,
        median_us=median(median(times) for times in rounds) * 1e6,
        mean_us=median(mean(times) for times in rounds) * 1e6,
        p90_us=median(quantile(times, 0.9) for times in rounds) * 1e6,
        worst_us=median(max(times) for times in rounds) * 1e6,
        loop_ms=loop_ms,
        solver_us=solver_us,
    )


def _homes(zones: Mapping[str, Prices], options: Options) -> Iterator[tuple[str, float]]:
    for zone, prices in zones.items():
        for is_hourly in (True, False):
            homes = nights_at_home(prices, options.plans, seed=2, is_hourly=is_hourly)
            rounds, _ = timed_rounds(homes, options.rounds)
            seconds = median(mean(times) for times in rounds)
            yield f"{zone} {'hourly means' if is_hourly else 'quarters'}", 1 / seconds


def _site_figures(prices: Prices, setting: SiteSetting, options: Options) -> SiteFigures:
    few = setting.hour_limit_wh is not None  # each of these takes a hundred times as long
    problems = crowded_sites(prices, setting, options.sites // 4 + 1 if few else options.sites, seed=3)
    rounds, loop_ms = timed_rounds(problems, 1 if few else options.rounds)
    compared = [planner_bounds.compare_with_bound(problem, plan_charging(problem)) for problem in problems]
    gaps = [one.gap for one in compared if one.gap is not None]
    return SiteFigures(
        what=str(setting),
        per_s=1 / median(mean(times) for times in rounds),
        median_ms=median(median(times) for times in rounds) * 1e3,
        p90_ms=median(quantile(times, 0.9) for times in rounds) * 1e3,
        mean_gap=mean(gaps) * 100,
        p90_gap=quantile(gaps, 0.9) * 100,
        worst_gap=max(gaps) * 100,
        short=sum(one.is_short for one in compared),
        compared=len(gaps),
        loop_ms=loop_ms,
    )


def timed_rounds(problems: Sequence[PlanningProblem], rounds: int) -> tuple[list[list[float]], float]:
    """Seconds per problem and round, after a few that warm up, and the median time of the loop beside the rounds."""
    for problem in problems[:10]:
        plan_charging(problem)
    times, loops_ms = [], [_loop_ms()]
    for _ in range(rounds):
        times.append([timed(plan_charging, problem) for problem in problems])
        loops_ms.append(_loop_ms())
    return times, median(loops_ms)


def timed(work: Callable[[PlanningProblem], object], problem: PlanningProblem) -> float:
    """CPU seconds of this thread."""
    began = time.thread_time()
    work(problem)
    return time.thread_time() - began


def _loop_ms() -> float:
    began, total = time.thread_time(), 0.0
    for n in range(ADDITIONS):
        total += n * 0.5
    return (time.thread_time() - began) * 1e3


def show(figures: Figures, console: Console) -> None:
    """The tables."""
    console.print(f"{ADDITIONS:,} additions in a loop: {figures.loop_ms:.1f} ms")
    table = Table("one charger", "quiet us", "median us", "mean us", "p90 us", "worst us", "loop ms", "HiGHS / ours")
    for one in figures.single:
        ratio = "" if one.solver_us is None else f"{one.solver_us / one.median_us:,.0f} x"
        numbers = (one.quiet_us, one.median_us, one.mean_us, one.p90_us, one.worst_us)
        table.add_row(one.what, *(f"{number:,.0f}" for number in numbers), f"{one.loop_ms:.1f}", ratio)
    console.print(table)
    for what, per_second in figures.homes_per_s.items():
        console.print(f"homes, {what}: {per_second:,.0f} a second, 100 000 in {100_000 / per_second:.0f} s")
    table = Table(
        *("a site", "a second", "median ms", "p90 ms", "mean gap %", "p90 gap %", "worst gap %"),
        *("short", "compared", "loop ms"),
    )
    for site in figures.sites:
        table.add_row(
            site.what,
            f"{site.per_s:.0f}",
            f"{site.median_ms:.1f}",
            f"{site.p90_ms:.1f}",
            *(f"{gap:.2f}" for gap in (site.mean_gap, site.p90_gap, site.worst_gap)),
            str(site.short),
            str(site.compared),
            f"{site.loop_ms:.1f}",
        )
    console.print(table)
