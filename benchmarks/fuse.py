"""`./dev bench fuse`: does the main fuse hold, does the car get its energy, and can this simulation see a missing rule?

Site-days of 16 hours with two chargers: houses of several sizes on IT and TN grids, seconds synthesised from recorded
hours, meters and links that fail, clocks that jump. Every policy is run on the same days.
"""

import argparse
import multiprocessing
import random
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import chain
from math import sqrt
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.figures import quantile
from benchmarks.fuse_devices import Wiring
from benchmarks.fuse_house import house_changes, recorded, scale_for
from benchmarks.fuse_rules import CHOSEN, PERFECT, REMOVED, Policy
from benchmarks.fuse_site import NIGHT_S, Car, Case, Night, Site
from chalicelib.domain.balancing import Supply
from simulator.house import FEBRUARY_2026

DAYS = 1000
DAYS_PERFECT = 280
DAYS_REMOVED = 28
_FIRST_HOUR = 15
_HOURS = int(NIGHT_S // 3600)


class SiteKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of site: its fuse, how full the house alone makes it, its chargers' phases and most."""

    fuse_a: int
    grid: str
    fullness: float
    phases: int
    max_a: int


SITES = (
    SiteKind(fuse_a=25, grid="IT", fullness=0.75, phases=1, max_a=16),
    SiteKind(fuse_a=32, grid="IT", fullness=0.95, phases=1, max_a=16),
    SiteKind(fuse_a=63, grid="IT", fullness=0.6, phases=1, max_a=32),
    SiteKind(fuse_a=40, grid="IT", fullness=0.75, phases=3, max_a=16),
    SiteKind(fuse_a=25, grid="TN", fullness=0.75, phases=3, max_a=16),
    SiteKind(fuse_a=25, grid="TN", fullness=0.95, phases=1, max_a=16),
    SiteKind(fuse_a=40, grid="TN", fullness=0.6, phases=3, max_a=32),
)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One policy over all its site-days."""

    name: str
    days: int
    trips: int
    touchy_trips: int
    damage: float
    over_s_per_day: float
    kwh_per_day: float
    served: float
    """Energy taken, in parts of what the cars needed."""
    restarts_worst: int
    restarts_per_day: float
    restarts_hour: int
    orders_per_day: float
    step_p99_us: float


def main(options: list[str]) -> None:
    """Print a table, or with --json one line."""
    parser = argparse.ArgumentParser(prog="./dev bench fuse", description="The main fuse, simulated.")
    parser.add_argument("--days", type=int, default=DAYS, help="site-days for the chosen rules")
    parser.add_argument("--days-perfect", type=int, default=DAYS_PERFECT, help="of these, again on perfect links")
    parser.add_argument("--days-removed", type=int, default=DAYS_REMOVED, help="site-days for each rule removed")
    parser.add_argument("--loads", type=Path, default=FEBRUARY_2026, help="recorded hours of a house")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    given = parser.parse_args(options)
    with multiprocessing.Pool(given.processes) as pool:

        def nights(policy: Policy, days: int) -> list[Night]:
            return list(pool.imap(partial(night_of, policy, given.loads), range(days), chunksize=4))

        chosen = nights(CHOSEN, given.days)
        results = [result_of(CHOSEN, chosen)]
        if given.days_perfect:
            results.append(result_of(CHOSEN, chosen[: given.days_perfect]))
            results.append(result_of(PERFECT, nights(PERFECT, given.days_perfect)))
        if given.days_removed:
            results.append(result_of(CHOSEN, chosen[: given.days_removed]))
            results += [result_of(policy, nights(policy, given.days_removed)) for policy in REMOVED]
    print(msgspec.json.encode(results).decode()) if given.json else Console(width=150).print(table(results))


def night_of(policy: Policy, loads: Path, day: int) -> Night:
    """One site-day; the same `day` is the same house, cars and faults whatever the policy."""
    return Site(case_of(day, loads), policy.faults, policy.rules, policy.mutant).run()


def case_of(day: int, loads: Path = FEBRUARY_2026) -> Case:
    """The site-day of a number: its kind of site, its day of the recording, its cars."""
    rng = random.Random(day)  # noqa: S311 - a simulation
    site, hours = SITES[day % len(SITES)], recorded(loads)
    first = _FIRST_HOUR + 24 * rng.randrange(len(hours) // 24 - 1)
    scale = scale_for(site.fuse_a, site.fullness, site.grid, hours)
    return Case(
        supply=Supply(main_fuse_a=site.fuse_a, grid_type="IT" if site.grid == "IT" else "TN"),
        house=house_changes(hours[first : first + _HOURS], scale, site.grid, rng),
        wirings=tuple(_wiring(site, rng) for _ in range(2)),
        cars=tuple(_car(rng) for _ in range(2)),
        measures_line_2=site.grid == "TN" or rng.random() < 0.5,  # noqa: PLR2004 - half of the IT meters
        has_meter_time=rng.random() < 0.5,  # noqa: PLR2004 - half of the readers
        seed=day,
    )


def _car(rng: random.Random) -> Car:
    """It comes in the afternoon or evening; one in four needs more than a night can give."""
    need_wh = rng.uniform(8000, 40000) if rng.random() < 0.75 else 120000  # noqa: PLR2004
    return Car(plug_s=rng.uniform(600, 4 * 3600), need_wh=need_wh)


def _wiring(site: SiteKind, rng: random.Random) -> Wiring:
    """A charger on lines drawn at random. Its fallback is 6 A only where the fuse holds with the house's worst load."""
    lines: tuple[int, ...]
    if site.phases == 3:  # noqa: PLR2004
        lines, w_per_a = (0, 1, 2), 230 * (sqrt(3) if site.grid == "IT" else 3)
    elif site.grid == "IT":
        lines, w_per_a = rng.choice(((0, 1), (1, 2), (0, 2))), 230.0
    else:
        lines, w_per_a = (rng.randrange(3),), 230.0
    holds = site.fullness * site.fuse_a + 2 * 6 <= site.fuse_a
    return Wiring(lines=lines, phases=site.phases, max_a=site.max_a, w_per_a=w_per_a, fallback_a=6 if holds else 0)


def result_of(policy: Policy, nights: Iterable[Night]) -> Result:
    """What the nights of one policy come to."""
    done = list(nights)
    days = len(done)
    return Result(
        name=policy.name,
        days=days,
        trips=sum(night.trips for night in done),
        touchy_trips=sum(night.touchy_trips for night in done),
        damage=max(night.damage for night in done),
        over_s_per_day=sum(night.over_s for night in done) / days,
        kwh_per_day=sum(night.taken_wh for night in done) / days / 1000,
        served=sum(night.taken_wh for night in done) / sum(night.wanted_wh for night in done),
        restarts_worst=max(night.restarts for night in done),
        restarts_per_day=sum(night.restarts for night in done) / days,
        restarts_hour=max(night.restarts_hour for night in done),
        orders_per_day=sum(night.orders for night in done) / days,
        step_p99_us=quantile(list(chain.from_iterable(night.steps_us for night in done)), 0.99),
    )


_HEADERS = (
    "rules",
    "site-days",
    "trips",
    "touchy trips",
    "worst heat",
    "s/day > 1.13 In",
    "kWh/day",
    "of the need",
    "restarts, worst",
    "mean",
    "in an hour",
    "messages/day",
    "step p99 us",
)


def table(results: Sequence[Result]) -> Table:
    """For the terminal."""
    made = Table(*_HEADERS, title="fuse")
    for one in results:
        figures = (one.over_s_per_day, one.kwh_per_day, 100 * one.served)
        made.add_row(
            one.name,
            str(one.days),
            str(one.trips),
            str(one.touchy_trips),
            f"{one.damage:.2f}",
            f"{figures[0]:.1f}",
            f"{figures[1]:.2f}",
            f"{figures[2]:.1f} %",
            str(one.restarts_worst),
            f"{one.restarts_per_day:.1f}",
            str(one.restarts_hour),
            f"{one.orders_per_day:,.0f}",
            f"{one.step_p99_us:,.0f}",
        )
    return made
