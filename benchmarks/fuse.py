"""`./dev bench fuse`: does the main fuse hold, does the car get its energy, and can this simulation see a missing rule?

Site-days of 16 hours with two chargers: houses of several sizes on IT and TN grids, seconds synthesised from recorded
hours, meters and links that fail, clocks that jump. Every policy is run on the same days; a long run may be done in
pieces (`--keep FILE --minutes 5`, again and again).
"""

import argparse
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from rich.console import Console

from benchmarks import fuse_decision
from benchmarks.figures import table as figures_table
from benchmarks.fuse_compare import Result, result_of, table
from benchmarks.fuse_nights import Key, key_of, lived
from benchmarks.fuse_records import Night
from benchmarks.fuse_rules import CHOSEN, CONDITIONS, PERFECT, REMOVED, Policy
from simulator.house import FEBRUARY_2026

DAYS = 1000
DAYS_PERFECT = 280
DAYS_REMOVED = 42
"""Six of each kind of site."""


def main(options: list[str]) -> None:
    """Print tables, or with --json one line."""
    parser = argparse.ArgumentParser(prog="./dev bench fuse", description="The main fuse, simulated.")
    parser.add_argument("--days", type=int, default=DAYS, help="site-days for the chosen rules")
    parser.add_argument("--days-perfect", type=int, default=DAYS_PERFECT, help="of these, again on perfect links")
    parser.add_argument("--days-removed", type=int, default=DAYS_REMOVED, help="site-days for each rule removed")
    parser.add_argument("--only", default="", help="policies whose name or conditions contain this")
    parser.add_argument("--loads", type=Path, default=FEBRUARY_2026, help="recorded hours of a house")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="a file for the nights, so that the next run goes on from there")
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after so long; tell what is there")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    given = parser.parse_args(options)
    wanted = wanted_nights(given.days, given.days_perfect, given.days_removed)
    wanted = [(policy, day) for policy, day in wanted if given.only in policy.name or given.only in policy.among]
    nights = lived(wanted, given.loads, kept=given.keep, processes=given.processes, seconds=60 * given.minutes)
    results, decision = results_of(wanted, nights), fuse_decision.figures()
    if given.json:
        print(msgspec.json.encode({"results": results, "decision": decision}).decode())
        return
    console = Console(width=190)
    console.print(table(results))
    console.print(figures_table("the decision", decision))


def wanted_nights(days: int, days_perfect: int, days_removed: int) -> list[tuple[Policy, int]]:
    """Policy by policy; the usual conditions first."""
    lengths = [(CHOSEN, days), (PERFECT, days_perfect)]
    if days_removed:
        lengths += [(policy, days_removed) for policy in (*CONDITIONS[1:], *REMOVED)]
    return [(policy, day) for policy, count in lengths for day in range(count)]


def results_of(wanted: Sequence[tuple[Policy, int]], nights: Mapping[Key, Night]) -> list[Result]:
    """A row for each policy, of the nights that were lived, beside the chosen rules in its conditions."""
    policies = list({(policy.name, policy.among): policy for policy, _ in wanted}.values())
    rows = []
    for policy in policies:
        days = [day for one, day in wanted if one == policy and key_of(policy, day) in nights]
        chosen = next((one for one in CONDITIONS if one.among == policy.among and one != policy), None)
        if chosen is not None:
            days = [day for day in days if key_of(chosen, day) in nights]
        if not days:
            continue
        beside = [nights[key_of(chosen, day)] for day in days] if chosen else []
        row = result_of(policy, [nights[key_of(policy, day)] for day in days], beside)
        rows.append(msgspec.structs.replace(row, of_perfect=of_perfect(nights)) if policy == CHOSEN else row)
    return rows


def of_perfect(nights: Mapping[Key, Night]) -> float | None:
    """The energy of the chosen rules in parts of that on perfect links, over the days that both have lived."""
    days = [day for name, among, day in nights if (name, among) == (PERFECT.name, PERFECT.among)]
    both = [
        (nights[key_of(CHOSEN, day)], nights[key_of(PERFECT, day)]) for day in days if key_of(CHOSEN, day) in nights
    ]
    taken_wh = sum(one.taken_wh for one, _ in both)
    return taken_wh / sum(other.taken_wh for _, other in both) if both else None
