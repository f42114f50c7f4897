"""`./dev bench cost`: what a charger costs in a month at AWS, part by part, from a recorded run of the local system."""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks import cost_day, cost_model, cost_quotas
from benchmarks.cost_day import CHARGING_H, EMPTY_H, RISING_S, WAITING_H
from benchmarks.cost_model import DAYS, FLEETS, GOALS, Prices
from benchmarks.recording import Duration, Units, durations, units
from local import build, bundle
from local.terminal import Progress, run_command

_REPORTS: Final = ("NoteStatus", "StatusQueue", "StatusRule", "status")
SPELL_HOURS: Final[Mapping[str, float]] = {
    "rising": RISING_S / 3600,
    "charging": CHARGING_H - RISING_S / 3600,
    "waiting": WAITING_H,
    "empty": EMPTY_H,
}
LEARNT: Final = Units(dynamodb_write_unit=5 * 24 * DAYS, dynamodb_read_unit=24 * DAYS)
"""Once an hour the row of a weekday, which has up to 5 kB when eight weeks are in it; in a recording it is small."""
METRICS: Final = 60
"""Names and reasons of metrics that the code counts (`observability.count`), each a custom metric."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A recording as it is written to a file."""

    night: tuple[dict[str, Any], ...]
    night_s: float
    spells: dict[str, tuple[tuple[dict[str, Any], ...], float]]


def main(arguments: Sequence[str]) -> None:
    """Become the command."""
    parser = argparse.ArgumentParser(prog="./dev bench cost", description="Dollars per charger-month, part by part.")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON instead of tables")
    parser.add_argument("--keep", type=Path, help="write what was recorded to this file")
    parser.add_argument("--again", type=Path, help="count what an earlier run kept, record nothing")
    options, progress = parser.parse_args(arguments), Progress()
    sys.exit(run_command("bench cost", _run(options, progress), progress))


async def _run(options: argparse.Namespace, progress: Progress) -> int:
    kept = msgspec.json.decode(options.again.read_bytes(), type=Kept) if options.again else await _record(progress)
    if options.keep:
        options.keep.write_bytes(msgspec.json.encode(kept))
    template = (await asyncio.to_thread(build.package, bundle.LAPTOP, progress)).read_template()
    found = count(kept, template)
    if options.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        for table in tables(found):
            Console().print(table)
    return 0


async def _record(progress: Progress) -> Kept:
    night = await cost_day.record_night(progress)
    spells = await cost_day.record_meter(progress)
    kept = {name: (one.lines, one.lasted_s) for name, one in spells.items()}
    return Kept(night=night.lines, night_s=night.lasted_s, spells=kept)


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Dollars a month: of one charger by part, with each kind of unit; of the system; of fleets."""

    charger: dict[str, dict[str, float]]
    meter: dict[str, dict[str, float]]
    fixed: dict[str, float]
    fleets: dict[int, dict[str, float]]
    strains: tuple[cost_model.Strain, ...]
    durations: tuple[Duration, ...]
    people: dict[str, float]

    @property
    def without(self) -> float:
        """One charger, no load balancing."""
        return _sum(self.charger)

    @property
    def with_meter(self) -> float:
        """One charger, with load balancing."""
        return _sum(self.charger) + _sum(self.meter)


def _sum(parts: Mapping[str, Mapping[str, float]]) -> float:
    return sum(sum(one.values()) for one in parts.values())


def count(kept: Kept, template: Mapping[str, Any]) -> Counted:
    """The whole account of a recording."""
    prices = cost_model.read_prices()
    charger = cost_model.month(units(kept.night)) | cost_model.standing()
    meter = meter_month(kept)
    fixed = cost_model.fixed(template, prices, METRICS)
    without = sum(cost_model.total(one, prices) for one in charger.values())
    more = sum(cost_model.total(one, prices) for one in meter.values())
    lines = [*kept.night, *(line for spell, _ in kept.spells.values() for line in spell)]
    return Counted(
        charger=_dollars(charger, prices),
        meter=_dollars(meter, prices),
        fixed=fixed.parts,
        fleets={
            size: {"without": size * without + fixed.dollars, "with": size * (without + more) + fixed.dollars}
            for size in FLEETS
        },
        strains=cost_quotas.strains(prices),
        durations=tuple(durations(lines)),
        people={
            "one sign-in by SMS a year": prices["people"]["sms_norway"] / 12,
            "one active user": prices["people"]["cognito_active_user_month"],
        },
    )


def meter_month(kept: Kept) -> dict[str, Units]:
    """What load balancing adds in a month: each spell as often as it fits into its hours.

    A charging session without a reader is counted in the night. What follows a limit while it charges (the charger
    reports each current) is counted here; while nobody charges only the reader's own way is.
    """
    found: dict[str, Units] = {"what is learnt": LEARNT}
    for state, (lines, lasted_s) in kept.spells.items():
        times = SPELL_HOURS[state] * 3600 / lasted_s * DAYS
        own = [line for line in lines if _is_balancing(line, with_reports=state in {"rising", "charging"})]
        for part, one in units(own).items():
            found[part] = found.get(part, Units()).plus(one, times)
    return found


def _is_balancing(line: Mapping[str, Any], *, with_reports: bool) -> bool:
    """Whether it comes of the reader or a limit; with reports also of what a charger says while it follows one."""
    function, topic = str(line.get("by", "")), str(line.get("topic", ""))
    if "MeterPost" in function or "BalanceLoad" in function or topic.endswith("/limit"):
        return True
    told = f"{function} {topic} {line.get('queue', '')} {line.get('name', '')}"
    return with_reports and any(word in told for word in _REPORTS)


def _dollars(parts: Mapping[str, Units], prices: Prices) -> dict[str, dict[str, float]]:
    return {
        part: {name: paid for name, paid in cost_model.dollars(one, prices).items() if paid}
        for part, one in parts.items()
    }


def tables(found: Counted) -> list[Table]:
    """For the terminal."""
    low, high = GOALS.values()
    return [
        _parts(f"without load balancing: {found.without:.4f} $ a month (goal {low})", found.charger),
        _parts(f"load balancing adds; with it {found.with_meter:.4f} $ (goal {high})", found.meter),
        _pairs("the system before the first charger, $ a month", found.fixed),
        _fleets(found),
        _strains(found.strains),
        _durations(found.durations),
        _pairs("beside it, $ a month and person", found.people),
    ]


def _parts(title: str, parts: Mapping[str, Mapping[str, float]]) -> Table:
    table = Table("part", "$ a month", "of which", title=title, title_justify="left")
    for part, units_ in sorted(parts.items(), key=lambda item: -sum(item[1].values())):
        told = ", ".join(f"{name} {paid:.5f}" for name, paid in sorted(units_.items(), key=lambda item: -item[1]))
        table.add_row(part, f"{sum(units_.values()):.5f}", told)
    return table


def _pairs(title: str, pairs: Mapping[str, float]) -> Table:
    table = Table("what", "$", title=title, title_justify="left")
    for name, value in pairs.items():
        table.add_row(name, f"{value:.4f}")
    table.add_row("all", f"{sum(pairs.values()):.4f}")
    return table


def _fleets(found: Counted) -> Table:
    table = Table("chargers", "without load balancing", "all with it", title="$ a month", title_justify="left")
    for size, paid in found.fleets.items():
        table.add_row(f"{size:,}", f"{paid['without']:,.0f}", f"{paid['with']:,.0f}")
    return table


def _strains(strains: Sequence[cost_model.Strain]) -> Table:
    table = Table("quota", "allowed", "full at, chargers", "why", title="which breaks first", title_justify="left")
    for one in sorted(strains, key=lambda strain: strain.breaks_at):
        table.add_row(one.quota, f"{one.allowed:,.0f}", f"{one.breaks_at:,.0f}", one.note)
    return table


def _durations(found: Sequence[Duration]) -> Table:
    table = Table(
        "function", "calls", "own CPU, ms", "waits", "paid, ms", title="what a call takes", title_justify="left"
    )
    for one in found:
        waits = ", ".join(f"{number:.1f} {kind}" for kind, number in one.waits.items())
        table.add_row(one.function, str(one.calls), f"{one.cpu_s * 1000:.1f}", waits, f"{one.paid_s * 1000:.0f}")
    return table
