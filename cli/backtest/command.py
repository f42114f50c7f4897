"""`zmart backtest`: what our plans would have cost and done on real sessions and real prices."""

import random
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from enum import StrEnum
from math import ceil, floor
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from chalicelib.domain.learned_need import PROBABILITY
from cli.backtest.figures import Result, ResultFigures, figures_of
from cli.backtest.homes import WEEKS, InputError, PastSession, Placed, instant, read_sessions, with_past
from cli.backtest.replay import STRATEGIES, Settings, night_filled, replay, span_of
from cli.backtest.tape import Basis, Resolution, Tape, read_prices, tapes_of

BAD_INPUT = 2


class Fineness(StrEnum):
    """By which prices a home pays."""

    AS_PAID = "as-paid"
    HOURS = "hours"
    QUARTERS = "quarters"
    BOTH = "both"


class CostKind(StrEnum):
    """What counts as cost."""

    SPOT = "spot"
    ALL_IN = "all-in"
    BOTH = "both"


class Counts(msgspec.Struct, kw_only=True):
    """What became of the sessions of the file."""

    rows_unusable: int = 0
    overlapping: int = 0
    sampled: int = 0
    of: int = 0


class Backtest(msgspec.Struct, kw_only=True):
    """Everything the command tells."""

    settings: Settings
    seed: int
    counts: Counts
    not_priced: dict[str, int]
    could_not_be_full: dict[str, int]
    results: list[ResultFigures]


def register(app: typer.Typer) -> None:
    """Add the command to the door."""
    app.command("backtest")(backtest)


def backtest(
    prices: Annotated[list[Path], typer.Option(help="Day-ahead prices ZONE_*.csv: start_utc,eur_per_mwh.")],
    sessions: Annotated[Path, typer.Option(help="Sessions: user_id, plugin_time, plugout_time, energy_session.")],
    more_prices: Annotated[list[Path] | None, typer.Argument(metavar="[CSV]...", help="More files of prices.")] = None,
    *,
    out: Annotated[Path | None, typer.Option(help="Where backtest.json and backtest.html go.")] = None,
    zone: Annotated[list[str] | None, typer.Option(help="Only this zone; may be repeated.")] = None,
    resolution: Annotated[
        Fineness, typer.Option(help="Hours in Norway, else quarters; or as told.")
    ] = Fineness.AS_PAID,
    cost: Annotated[CostKind, typer.Option(help="Bare spot, or with VAT and a stand-in grid tariff.")] = CostKind.BOTH,
    max_starts: Annotated[int, typer.Option(min=1, max=20, help="Starts a session may have.")] = 2,
    probability: Annotated[float, typer.Option(min=0.5, max=0.999, help="How likely to be full.")] = PROBABILITY,
    leaves_early: Annotated[bool, typer.Option("--leaves-early", help="Weigh departures before ready_by.")] = False,
    sample: Annotated[int, typer.Option(min=0, help="Replay so many sessions, drawn at random; 0 is all.")] = 0,
    seed: Annotated[int, typer.Option(help="Of the sample.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as one line of JSON.")] = False,
) -> None:
    """Replay real sessions on real prices: at once, need known, need learned, clairvoyant.

    Ends with 2 when a file cannot be used.
    """
    settings = Settings(max_starts=max_starts, probability=probability, leaves_early=leaves_early)
    try:
        tapes = _tapes([*prices, *(more_prices or [])], zone or [], resolution, cost)
        drawn, counts = _draw(sessions, sample, seed)
    except InputError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(BAD_INPUT) from None
    found = run(tapes, drawn, settings, Console(stderr=True))
    found.counts, found.seed = counts, seed
    if out is not None:
        _write(found, out)
    if as_json or not sys.stdout.isatty():
        typer.echo(msgspec.json.encode(found))
    else:
        Console().print(table_of(found))


def run(tapes: Sequence[Tape], drawn: Sequence[PastSession], settings: Settings, console: Console) -> Backtest:
    """Replay every session on every tape, with a progress bar on `console`."""
    found = Backtest(settings=settings, seed=0, counts=Counts(), not_priced={}, could_not_be_full={}, results=[])
    for tape in tapes:
        result = Result(zone=tape.zone, resolution=tape.resolution, cost=tape.basis)
        placed = [place(past, tape) for past in drawn]
        priced = [one for one in placed if one is not None]
        possible = [one for one in priced if one.could_be_full]
        for one in track(possible, description=result.name, console=console):
            result.add(one, replay(one, tape, settings), night_filled(one, settings))
        found.not_priced[result.name] = len(placed) - len(priced)
        found.could_not_be_full[result.name] = len(priced) - len(possible)
        found.results.append(figures_of(result))
    return found


def place(past: PastSession, tape: Tape) -> Placed | None:
    """The session moved by the fewest times 52 weeks onto the prices; None where they do not cover it."""
    for by in _shifts(past, tape):
        placed = past.moved(by)
        span = span_of(placed)
        if tape.covers(span.start, span.end):
            return placed
    return None


def table_of(found: Backtest) -> Table:
    """The main figures on a terminal: costs above the clairvoyant of cars that stay, and who left full."""
    table = Table(
        "prices", "sessions", "at once %", "known %", "as published %", "learned %", "saved %", "full %", "all"
    )
    for result in found.results:
        stay, everyone = result.stay.strategies, result.all.strategies
        above = [stay[name].above_clairvoyant_percent for name in STRATEGIES[:4]]
        shares = [stay["learned"].saved_of_excess_percent, stay["learned"].full_percent]
        cells = [_cell(value) for value in [*above, *shares, everyone["learned"].full_percent]]
        table.add_row(f"{result.zone} {result.resolution} {result.cost}", str(result.stay.sessions), *cells)
    return table


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _tapes(files: Sequence[Path], zones: Sequence[str], fineness: Fineness, kind: CostKind) -> list[Tape]:
    read = read_prices(files)
    unknown = [zone for zone in zones if zone not in read]
    if unknown:
        raise InputError(f"no file has the prices of {', '.join(unknown)}")
    bases: list[Basis] = (
        ["spot", "all-in"] if kind is CostKind.BOTH else ["spot" if kind is CostKind.SPOT else "all-in"]
    )
    made = [
        tape
        for zone, parts in read.items()
        if not zones or zone in zones
        for tape in tapes_of(parts, zone, _resolutions(zone, fineness), bases)
    ]
    if not made:
        raise InputError("no file has quarters")
    return made


def _resolutions(zone: str, fineness: Fineness) -> list[Resolution]:
    if fineness is Fineness.BOTH:
        return ["hours", "quarters"]
    is_hours = zone.startswith("NO") if fineness is Fineness.AS_PAID else fineness is Fineness.HOURS
    return ["hours"] if is_hours else ["quarters"]


def _draw(file: Path, sample: int, seed: int) -> tuple[list[PastSession], Counts]:
    """The sessions to replay, each with its past; the sample is drawn of all that are usable."""
    read, unusable = read_sessions(file)
    known = list(with_past(read))
    drawn = known
    if 0 < sample < len(known):
        drawn = random.Random(seed).sample(known, sample)  # noqa: S311 - a sample, not a secret
    counts = Counts(rows_unusable=unusable, overlapping=len(read) - len(known), sampled=len(drawn), of=len(known))
    return drawn, counts


def _shifts(past: PastSession, tape: Tape) -> Iterator[timedelta]:
    """Multiples of 364 days that bring the plug-in onto the tape, the smallest first."""
    plugged_at = instant(past.session.plugged)
    first = ceil((tape.whole.start - plugged_at) / WEEKS)
    last = floor((tape.whole.end - plugged_at) / WEEKS)
    yield from (WEEKS * number for number in sorted(range(first, last + 1), key=abs))


def _write(found: Backtest, out: Path) -> None:
    from cli.backtest.report import page

    out.mkdir(parents=True, exist_ok=True)
    (out / "backtest.json").write_bytes(msgspec.json.format(msgspec.json.encode(found)))
    (out / "backtest.html").write_text(page(found), encoding="utf-8")
