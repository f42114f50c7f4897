"""`zmart prices import`: day-ahead prices from a file, for a day that no source tells or that must be put right."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from chalicelib.adapters import clock
from chalicelib.domain.errors import DomainError, InvalidInput
from chalicelib.domain.ids import Zone
from chalicelib.services import price_import
from cli.refusals import why
from cli.stage import BAD_INPUT, REFUSED, AsJson, Laptop, Stage, enter

Source = Literal["entsoe", "hvakosterstrommen", "energidataservice", "elprisetjustnu"]


def register(app: typer.Typer) -> None:
    """Add the group `prices` to the door."""
    commands = typer.Typer(help="Day-ahead prices.", no_args_is_help=True)
    commands.callback()(lambda: None)
    commands.command("import")(import_file)
    app.add_typer(commands, name="prices")


def import_file(
    file: Annotated[Path, typer.Argument(help="What the source answers: its own document of one or more market days.")],
    *,
    source: Annotated[Source, typer.Option(help="Whose document it is.")],
    zone: Annotated[str, typer.Option(help="The bidding zone, such as NO5.")],
    stage: Stage = "",
    laptop: Laptop = False,
    as_json: AsJson = False,
) -> None:
    """Store the prices of a document, final. Repeating it changes nothing; what changes is planned and priced anew.

    Ends with 2 when the document is not whole market days of that zone, with 1 when the cloud does not answer.
    """
    raw = _read(file)
    enter(stage, laptop=laptop)
    try:
        done = price_import.import_prices(raw, source, Zone(zone), clock.now())
    except DomainError as error:
        typer.echo(f"error: {why(error)}", err=True)
        raise typer.Exit(BAD_INPUT if isinstance(error, InvalidInput) else REFUSED) from None
    days = ", ".join(map(str, done.days))
    text = f"{done.zone} {days} in {done.currency} from {done.source}; {len(done.changed)} changed"
    typer.echo(msgspec.json.encode(done) if as_json else text)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        typer.echo(f"error: {file}: {error.strerror}", err=True)
        raise typer.Exit(BAD_INPUT) from None
