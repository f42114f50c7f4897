"""`zmart factory`: what the factory tells the cloud about the chargers it makes.

Talks to the cloud with the operator's own AWS credentials; the table is named by FACTORY_TABLE, an output of the stack.
"""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from chalicelib.domain.errors import DomainError
from chalicelib.services import factory_registry
from chalicelib.services.factory_registry import NewUnit

BAD_INPUT = 2
REFUSED = 1


def register(app: typer.Typer) -> None:
    """Add the commands to the door."""
    commands = typer.Typer(help="What the factory tells the cloud about the chargers it makes.", no_args_is_help=True)
    commands.command("register")(register_units)
    app.add_typer(commands, name="factory")


def register_units(
    file: Annotated[Path, typer.Argument(help="JSON: a list of {serial, public_key_pem, model}.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print {registered, new} as one line of JSON.")] = False,
) -> None:
    """Enter made chargers, so that they can be claimed. Repeating it changes nothing.

    Ends with 2 when the file is wrong, with 1 when a serial is known with another key or the cloud does not answer.
    """
    try:
        units = msgspec.json.decode(file.read_bytes(), type=list[NewUnit])
    except (OSError, msgspec.DecodeError) as error:
        typer.echo(f"error: {file}: {error}", err=True)
        raise typer.Exit(BAD_INPUT) from None
    try:
        new = factory_registry.register(units)
    except DomainError as error:
        typer.echo(f"error: {error.code}: {error.detail}", err=True)
        raise typer.Exit(REFUSED) from None
    told = {"registered": len(units), "new": new}
    typer.echo(msgspec.json.encode(told) if as_json else f"{told['registered']} registered, {told['new']} of them new")
