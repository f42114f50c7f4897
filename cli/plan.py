"""`zmart plan`: the plan of a problem given as JSON; needs no cloud."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from chalicelib.domain.planning import ChargingPlan, plan_charging
from cli.plan_document import InputError, plan_document, read_question

BAD_INPUT = 2


def register(app: typer.Typer) -> None:
    """Add the command to the door."""
    app.command("plan")(plan)


def plan(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The problem as JSON; - reads standard input.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as one line of JSON.")] = False,
) -> None:
    """Plan a charging problem: least cost for the energy needed by the time it is needed.

    Prints a table on a terminal, else (and with --json) one line of JSON. Ends with 2 when the input is wrong.
    """
    try:
        question = read_question(_read(file))
    except InputError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(BAD_INPUT) from None
    found = plan_charging(question.problem)
    if as_json or not sys.stdout.isatty():
        typer.echo(msgspec.json.encode(plan_document(found, question.write_time)))
    else:
        show(found, Console())


def show(found: ChargingPlan, console: Console) -> None:
    """The plan as a table, times in UTC."""
    for charger in found.chargers:
        table = Table("from", "to", "current", title=f"{charger.charger_id}: {charger.energy_wh / 1000:.2f} kWh")
        for interval in charger.intervals:
            table.add_row(f"{interval.start:%a %H:%M:%S}", f"{interval.end:%a %H:%M:%S}", f"{interval.current_a:g} A")
        console.print(table)
        if charger.unmet_wh > 0:
            console.print(f"{charger.unmet_wh / 1000:.2f} kWh cannot be delivered in time")
    console.print(f"cost {found.cost:.2f} (times in UTC)")


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
