"""The site-days: kinds of site, days of the recording, wiring and cars, all from the number of the day alone."""

import random
from math import sqrt
from pathlib import Path

import msgspec

from benchmarks.fuse_devices import Car, Wiring
from benchmarks.fuse_house import house_changes, recorded, scale_for
from benchmarks.fuse_records import Case
from benchmarks.fuse_site import NIGHT_S
from chalicelib.domain.balancing import Supply
from simulator.house import FEBRUARY_2026

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
    """It comes in the afternoon or evening; one in four needs more than a night can give; every second one waits."""
    need_wh = rng.uniform(8000, 40000) if rng.random() < 0.75 else 120000  # noqa: PLR2004
    plug_s = rng.uniform(600, 4 * 3600)
    wait_s = rng.uniform(600, 3 * 3600) if rng.random() < 0.5 else 0.0  # noqa: PLR2004
    return Car(plug_s=plug_s, start_s=plug_s + wait_s, need_wh=need_wh)


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
