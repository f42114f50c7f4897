"""`zmart fleet`: all chargers at once."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.columns import Columns
from rich.console import Console
from rich.table import Table

from chalicelib.adapters import clock
from chalicelib.domain.fleet import FleetReport
from chalicelib.services import fleet as use_case
from cli.stage import AsJson, Laptop, Stage, enter, refusing, tell


def register(app: typer.Typer) -> None:
    """Add the command to the door."""
    app.command("fleet")(fleet)


def fleet(
    *,
    offline_for: Annotated[float, typer.Option(min=0, help="Hours that a charger may be away.")] = 1.0,
    count: Annotated[int, typer.Option(min=0, max=10_000, help="How many of each kind of trouble.")] = 20,
    stage: Stage = "",
    laptop: Laptop = False,
    as_json: AsJson = False,
) -> None:
    """How many chargers there are and how they are, and those that need somebody. It reads two whole tables."""
    enter(stage, laptop=laptop)
    with Console(stderr=True).status("reading every charger"):
        found = refusing(
            lambda: use_case.survey(clock.now(), offline_for=timedelta(hours=offline_for), most=count),
        )
    tell(found, as_json=as_json, render=lambda: _page(found))


def _page(found: FleetReport) -> Iterable[Any]:
    counts = {
        "registry": found.registry,
        "connection": found.connection,
        "EVSE state": found.evse_states,
        "reason": found.reasons,
        "fault": found.faults,
        "firmware": found.firmware,
        "model": found.models,
    }
    yield f"{found.chargers} chargers"
    yield Columns([_counted(name, one) for name, one in counts.items() if one])
    if found.troubles:
        table = Table("serial", "trouble", "what", "since (UTC)", title="who needs somebody", title_justify="left")
        for one in found.troubles:
            since = "-" if one.since is None else f"{one.since:%Y-%m-%d %H:%M}"
            table.add_row(one.serial, one.kind, one.detail, since, style="red" if one.kind == "fault" else None)
        yield table


def _counted(name: str, counts: dict[str, int]) -> Table:
    table = Table(name, "chargers")
    for value, number in counts.items():
        table.add_row(value, str(number))
    return table
