"""Problems to time the planner with: windows of real or made-up prices, chargers of usual sizes, houses with loads."""

import csv
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from chalicelib.domain.planning import ChargerNeed, Grid, PlanningProblem, PricedSlot
from simulator.price_feed import read_recording

QUARTER: Final = timedelta(minutes=15)
QUARTERS_FROM: Final = datetime(2025, 10, 1, tzinfo=UTC)
"""From here on the exchange's prices differ from quarter to quarter."""
MADE_UP: Final = "NO5 hours with made-up quarters"
ROUGHNESS: Final = 0.08
VOLTAGE_V: Final = 230.0
AT_HOME: Final = 4
"""Up to so many chargers share a home's fuse; more stand in a garage."""

Prices = Sequence[tuple[datetime, float]]


class Setting(NamedTuple):
    """What kind of problem: how many slots and starts, hourly means or quarters."""

    zone: str
    is_hourly: bool
    slots: int = 96
    max_starts: int | None = 2

    def __str__(self) -> str:
        starts = "any K" if self.max_starts is None else f"K={self.max_starts}"
        return f"{self.zone} {'hourly means' if self.is_hourly else 'quarters'}, {self.slots} slots, {starts}"


class SiteSetting(NamedTuple):
    """What kind of site: how many chargers, their phases in turn, the grid and the energy per hour."""

    chargers: int
    is_hourly: bool
    phases: tuple[int, ...] = (1,)
    grid: Grid = "TN"
    hour_limit_wh: float | None = None

    def __str__(self) -> str:
        kinds = "" if self.phases == (1,) else f", phases {'/'.join(map(str, self.phases))} {self.grid}"
        limit = "" if self.hour_limit_wh is None else f", {self.hour_limit_wh / 1000:g} kWh per hour"
        return f"{self.chargers} chargers, {'hourly means' if self.is_hourly else 'quarters'}{kinds}{limit}"


def prices_by_zone(files: Sequence[Path]) -> Mapping[str, Prices]:
    """Quarters by zone, per kWh, from CSV files `ZONE_...` of `start_utc,eur_per_mwh`; without files a made-up zone."""
    return {file.name.split("_")[0]: _read(file) for file in files} or {MADE_UP: _made_up()}


def _read(file: Path) -> Prices:
    with file.open(newline="") as lines:
        rows = [(datetime.fromisoformat(row[0]), float(row[1]) / 1000) for row in list(csv.reader(lines))[1:]]
    return [(start, price) for start, price in rows if start >= QUARTERS_FROM]


def _made_up() -> Prices:
    """The recorded hours of NO5, each quarter off by some per cent."""
    chance = chance_of(1)
    hours = sorted(read_recording().prices.items())
    return [
        (start + n * QUARTER, float(price) / 1000 * (1 + chance.gauss(0, ROUGHNESS)))
        for start, price in hours
        for n in range(4)
    ]


def chance_of(seed: int) -> random.Random:
    """The same numbers for the same seed."""
    return random.Random(seed)  # noqa: S311 - nothing secret is made of it


def as_hourly_means(prices: Prices) -> Prices:
    """Every quarter at the mean of its hour."""
    hours: dict[datetime, list[float]] = {}
    for start, price in prices:
        hours.setdefault(start.replace(minute=0), []).append(price)
    means = {hour: sum(quarters) / len(quarters) for hour, quarters in hours.items()}
    return [(start, means[start.replace(minute=0)]) for start, _ in prices]


def whole_windows(prices: Prices, setting: Setting, count: int, seed: int) -> list[PlanningProblem]:
    """Windows of unbroken prices from any quarter on, 16, 20 or 32 A, from 2 kWh to most of what fits or 40 kWh."""
    chance = chance_of(seed)
    prices = as_hourly_means(prices) if setting.is_hourly else prices
    problems = []
    for slots in _windows(prices, setting.slots, count, chance):
        max_a = chance.choice([16.0, 20.0, 32.0])
        need_wh = chance.uniform(2000, min(40_000, max_a * VOLTAGE_V * setting.slots / 4 * 0.8))
        need = ChargerNeed("a", 1, 6.0, max_a, slots[0].start, slots[-1].end, need_wh)
        problems.append(_problem(slots, (need,), setting.max_starts))
    return problems


def nights_at_home(prices: Prices, count: int, seed: int, *, is_hourly: bool) -> list[PlanningProblem]:
    """Homes with one car: plugged in 9 to 15 hours before it is to be ready, 3 to 25 kWh at 16 or 32 A."""
    chance = chance_of(seed)
    prices = as_hourly_means(prices) if is_hourly else prices
    problems = []
    for slots in _windows(prices, 60, count, chance):
        start = slots[chance.randrange(24)].start + timedelta(seconds=chance.randrange(900))
        need = ChargerNeed("a", 1, 6.0, chance.choice([16.0, 32.0]), start, slots[-1].end, chance.uniform(3000, 25_000))
        problems.append(_problem(slots, (need,), 2))
    return problems


def crowded_sites(prices: Prices, setting: SiteSetting, count: int, seed: int) -> list[PlanningProblem]:
    """Houses whose fuse leaves less than the cars want at once; a load that changes by the hour."""
    chance = chance_of(seed)
    prices = as_hourly_means(prices) if setting.is_hourly else prices
    problems = []
    for slots in _windows(prices, 96, count, chance):
        fuse_a = chance.choice([25, 32]) if setting.chargers <= AT_HOME else chance.choice([50, 63])
        house_a = [chance.uniform(3, 9) for _ in range(24)]
        limits_a = tuple(float(int(fuse_a - 1 - house_a[i // 4])) for i in range(96))
        needs = tuple(_visitor(setting, n, slots[0].start, chance) for n in range(setting.chargers))
        problem = _problem(slots, needs, 2, limits_a)
        problems.append(
            PlanningProblem(
                problem.now, slots, limits_a, VOLTAGE_V, setting.grid, needs, 2, hour_limit_wh=setting.hour_limit_wh
            )
        )
    return problems


def _visitor(setting: SiteSetting, number: int, start: datetime, chance: random.Random) -> ChargerNeed:
    phases = setting.phases[number % len(setting.phases)]
    return ChargerNeed(
        charger_id=str(number),
        phases=phases,
        min_a=6.0,
        max_a=chance.choice([16.0, 20.0, 32.0]),
        available_from=start + QUARTER * chance.randint(0, 16),
        ready_by=start + QUARTER * chance.randint(60, 96),
        need_wh=chance.uniform(4000, 22_000) * (1.0 if phases == 1 else 1.5),
    )


def _windows(prices: Prices, slots: int, count: int, chance: random.Random) -> list[tuple[PricedSlot, ...]]:
    found: list[tuple[PricedSlot, ...]] = []
    while len(found) < count:
        first = chance.randrange(len(prices) - slots)
        window = prices[first : first + slots]
        if all(after[0] - before[0] == QUARTER for before, after in pairwise(window)):
            found.append(tuple(PricedSlot(start, start + QUARTER, price) for start, price in window))
    return found


def _problem(
    slots: tuple[PricedSlot, ...],
    needs: tuple[ChargerNeed, ...],
    max_starts: int | None,
    limits_a: tuple[float, ...] | None = None,
) -> PlanningProblem:
    limits_a = limits_a or (100.0,) * len(slots)
    now = min(need.available_from for need in needs)
    return PlanningProblem(now, slots, limits_a, VOLTAGE_V, "TN", needs, max_starts)
