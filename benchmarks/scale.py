"""`./dev bench scale`: a million homes planned anew, a million chargers back at once, and keys that many share."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks import cost_quotas, scale_rounds, scale_storm
from benchmarks.cost_model import read_prices
from benchmarks.scale_keys import Key, keys
from benchmarks.scale_rounds import Round, Way
from benchmarks.scale_storm import Storm

HOMES: Final = 1_000_000
GOAL_S: Final = 600
WAYS: Final[Mapping[str, Way]] = {
    "as it was first": Way(concurrency=50, zone_sites_per_s=500, page_sites=2000),
    "more functions": Way(concurrency=600, zone_sites_per_s=500, page_sites=2000),
    "as it is": Way(),
    "and no read before the write": Way(shadow_requests=2),
}
INCREASES: Final[Mapping[str, float]] = {
    "iot_connections": 1_100_000,
    "iot_connects_per_s": 1_500,
    "iot_subscriptions": 20_000_000,
    "iot_subscriptions_per_s": 20_000,
    "iot_publish_in_per_s": 30_000,
    "iot_publish_out_per_s": 30_000,
    "iot_shadow_requests_per_s": 8_000,
    "lambda_concurrency": 7_000,
    "lambda_url_requests_per_s": 70_000,  # comes by itself: ten times the concurrency
    "dynamodb_table_write_units_per_s": 80_000,
}
"""What is asked of AWS before the million; all of these can be raised."""


class Strain(msgspec.Struct, frozen=True, kw_only=True):
    """What a round asks of a quota at its busiest, a second."""

    quota: str
    needed: float
    default: float
    asked: float

    @property
    def fits(self) -> str:
        """Where it fits."""
        return "default" if self.needed <= self.default else "increase" if self.needed <= self.asked else "NOT"


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A quota, from the first charger to the million: when it is full, and what is asked for."""

    quota: str
    default: float
    full_at: float
    """Chargers of an ordinary worst hour."""
    needed: float
    """At the million: that hour and a round of planning at the same moment."""
    asked: float

    @property
    def fits(self) -> bool:
        """Whether what is asked for is enough."""
        return self.needed <= self.asked


def main(arguments: Sequence[str]) -> None:
    """Become the command."""
    parser = argparse.ArgumentParser(prog="./dev bench scale", description="On paper and by simulation; seconds.")
    parser.add_argument("--homes", type=int, default=HOMES, help="(default %(default)s)")
    parser.add_argument("--plot", type=Path, help="draw the rounds into this SVG")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON instead of tables")
    options = parser.parse_args(arguments)
    prices = read_prices()
    quotas = prices["quotas"]
    rounds = {name: scale_rounds.live(options.homes, way) for name, way in WAYS.items()}
    storms = [scale_storm.live(options.homes, quotas), scale_storm.live(options.homes, quotas | INCREASES)]
    if options.plot:
        from benchmarks.scale_plot import draw

        options.plot.write_text(draw(rounds, GOAL_S))
    if options.json:
        told = {"rounds": {name: summary(one) for name, one in rounds.items()}, "storms": storms}
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
        return
    best = rounds[list(WAYS)[-1]]
    tables = (_rounds(rounds), _strains(strains(best, quotas)), _storms(storms), _keys(keys(options.homes)))
    for table in (*tables, _asks(asks(options.homes, prices, rounds["as it is"]))):
        Console().print(table)


def summary(one: Round) -> dict[str, float]:
    """The figures of a round."""
    return {
        "last_plan_s": one.last_s,
        "plans_per_s": one.peak,
        "waiting_sites": max(one.waiting),
        "delayed_sites": max(one.delayed),
        "functions": max(one.busy),
    }


def strains(one: Round, quotas: Mapping[str, float]) -> list[Strain]:
    """What the busiest ten seconds of a round ask of AWS."""
    way, plans = one.way, one.peak
    needed = {
        "lambda_concurrency": max(one.busy),
        "iot_shadow_requests_per_s": plans * way.shadow_requests,
        "iot_publish_in_per_s": plans * 8,  # two updates, each counts as four
        "iot_publish_out_per_s": plans * 1,  # the delta
        "dynamodb_table_write_units_per_s": plans * way.writes / 3,  # of three tables
        "dynamodb_table_read_units_per_s": plans * way.reads / 4,
        "dynamodb_partition_read_units_per_s": one.zone_peak / way.batch_sites * way.price_reads,
        "sqs_in_flight": max(one.busy),
    }
    return [
        Strain(quota=name, needed=value, default=quotas[name], asked=INCREASES.get(name, quotas[name]))
        for name, value in needed.items()
    ]


def asks(homes: int, prices: Any, best: Round) -> list[Ask]:
    """Every quota of an ordinary day and of a round, the first to be full first."""
    round_needs = {one.quota: one.needed for one in strains(best, prices["quotas"])}
    found = [
        Ask(
            quota=one.quota,
            default=one.allowed,
            full_at=one.breaks_at,
            needed=one.per_charger * homes + round_needs.get(one.quota, 0.0),
            asked=INCREASES.get(one.quota, one.allowed),
        )
        for one in cost_quotas.strains(prices)
    ]
    return sorted(found, key=lambda one: one.full_at)


def _asks(found: Sequence[Ask]) -> Table:
    table = Table("quota", "default", "full at, chargers", "needed", "asked for", title="what to ask AWS for")
    for one in found:
        asked = f"{one.asked:,.0f}" if one.asked > one.default else "-"
        row = [f"{value:,.0f}" for value in (one.default, one.full_at, one.needed)]
        table.add_row(one.quota, *row, asked if one.fits else f"{asked} NOT ENOUGH")
    return table


def _rounds(rounds: Mapping[str, Round]) -> Table:
    table = Table("way", "last plan", "plans/s at most", "sites waiting", "delayed", "functions", title=_TITLE)
    for name, one in rounds.items():
        told = summary(one)
        last = f"{told['last_plan_s']:,.0f} s{'' if told['last_plan_s'] <= GOAL_S else ' (goal 600)'}"
        rest = [f"{told[key]:,.0f}" for key in ("plans_per_s", "waiting_sites", "delayed_sites", "functions")]
        table.add_row(name, last, *rest)
    return table


_TITLE: Final = "prices are published: every home has a car and is planned anew"


def _strains(found: Sequence[Strain]) -> Table:
    table = Table("quota", "needed", "default", "asked for", "fits", title="the last way, its busiest ten seconds")
    for one in found:
        table.add_row(one.quota, f"{one.needed:,.0f}", f"{one.default:,.0f}", f"{one.asked:,.0f}", one.fits)
    return table


def _storms(storms: Sequence[Storm]) -> Table:
    table = Table(
        "quotas", "chargers/s", "narrowest", "half back", "99.9 % back", "connects each", title="reconnecting"
    )
    for name, one in zip(("default", "increased"), storms, strict=True):
        times = [f"{seconds / 60:,.0f} min" for seconds in (one.half_s, one.last_s)]
        table.add_row(name, f"{one.per_s:,.0f}", one.narrowest, *times, f"{one.attempts:,.1f}")
    return table


def _keys(found: Sequence[Key]) -> Table:
    table = Table("key", "writes/s", "reads/s", "full at, chargers", "why", title="keys that many share")
    for one in found:
        table.add_row(one.name, f"{one.writes:,.0f}", f"{one.reads:,.0f}", f"{one.full_at:,.0f}", one.note)
    return table
