"""`zmart charger SERIAL ...`: what support and operations do with one charger."""

from typing import Annotated

import typer

from cli import firmware


def register(app: typer.Typer) -> None:
    """Add the group to the door."""
    commands = typer.Typer(no_args_is_help=True)
    commands.callback()(_group)
    commands.command("firmware")(firmware.install)
    app.add_typer(commands, name="charger")


def _group(context: typer.Context, serial: Annotated[str, typer.Argument(help="The charger's serial.")]) -> None:
    """One charger, by its serial."""
    context.obj = serial
