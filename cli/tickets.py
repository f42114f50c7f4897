"""`zmart tickets`: the keys that sign unlock tickets.

Talks to the cloud with the operator's own AWS credentials (policy TicketOperator); the environment names secrets and
tables, which --stage and --laptop fetch.
"""

from collections.abc import Iterable
from typing import Annotated

import typer
from rich.table import Table

from chalicelib.adapters import clock
from chalicelib.adapters.ticket_keys import made_at_text
from chalicelib.services import ticket_keys
from chalicelib.services.ticket_keys import LiveKey
from cli.stage import AsJson, Laptop, Stage, enter, refusing, tell


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
    found = refusing(ticket_keys.show)
    tell(found, as_json=as_json, render=lambda: _page(found))


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
    found = refusing(lambda: ticket_keys.rotate(clock.real_now(), insists=leaked))
    tell(found, as_json=as_json, render=lambda: _page(found))


def publish(*, stage: Stage = "", laptop: Laptop = False, as_json: AsJson = False) -> None:
    """Tell every claimed charger which keys are live. May be repeated, as after an interruption."""
    enter(stage, laptop=laptop)
    told = refusing(lambda: sum(1 for _ in ticket_keys.publish()))
    tell({"told": told}, as_json=as_json, render=lambda: [f"{told} chargers are told"])


def _page(found: tuple[LiveKey, LiveKey]) -> Iterable[Table]:
    table = Table("key", "is", "made at")
    for key in found:
        table.add_row(key.kid, "signs" if key.signs else "next", made_at_text(key.made_at))
    yield table
