"""`zmart tickets`: the keys that sign unlock tickets.

Talks to the cloud with the operator's own AWS credentials (policy TicketOperator); the environment names secrets and
tables, which --stage and --laptop fetch.
"""

from collections.abc import Callable
from typing import Annotated, TypeVar

import msgspec
import typer

from chalicelib.adapters import clock
from chalicelib.adapters.ticket_keys import made_at_text
from chalicelib.domain.errors import DomainError
from chalicelib.services import ticket_keys
from chalicelib.services.ticket_keys import LiveKey
from cli.stage import REFUSED, AsJson, Laptop, Stage, enter

_Answer = TypeVar("_Answer")


def register(app: typer.Typer) -> None:
    """Add the group `tickets` to the door."""
    commands = typer.Typer(help="The keys that sign unlock tickets.", no_args_is_help=True)
    commands.command("keys")(keys)
    commands.command("rotate")(rotate)
    commands.command("publish")(publish)
    app.add_typer(commands, name="tickets")


def keys(*, stage: Stage = "", laptop: Laptop = False, as_json: AsJson = False) -> None:
    """The two live keys: the one that signs, and the one that chargers have already for the time after it."""
    enter(stage, laptop=laptop)
    _tell(_refusing(ticket_keys.show), as_json=as_json)


def rotate(
    *,
    leaked: Annotated[
        bool, typer.Option("--leaked", help="At once, even within a day of the rotation before.")
    ] = False,
    stage: Stage = "",
    laptop: Laptop = False,
    as_json: AsJson = False,
) -> None:
    """The next key signs from now on, and a new one is made for the time after it.

    Run `publish` 15 minutes later, when no ticket of the old key is in use any more; after a leak, at once.
    Ends with 1 when it is refused or the cloud does not answer.
    """
    enter(stage, laptop=laptop)
    _tell(_refusing(lambda: ticket_keys.rotate(clock.real_now(), insists=leaked)), as_json=as_json)


def publish(*, stage: Stage = "", laptop: Laptop = False, as_json: AsJson = False) -> None:
    """Tell every claimed charger which keys are live. May be repeated, as after an interruption."""
    enter(stage, laptop=laptop)
    told = _refusing(lambda: sum(1 for _ in ticket_keys.publish()))
    typer.echo(msgspec.json.encode({"told": told}) if as_json else f"{told} chargers are told")


def _tell(found: tuple[LiveKey, LiveKey], *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(found))
        return
    for key in found:
        typer.echo(f"{key.kid}  {'signs' if key.signs else 'is next'}, made {made_at_text(key.made_at)}")


def _refusing(use_case: Callable[[], _Answer]) -> _Answer:
    try:
        return use_case()
    except DomainError as error:
        typer.echo(f"error: {error.code}: {error.detail}", err=True)
        raise typer.Exit(REFUSED) from None
