"""`zmart zone`: the bidding zone of a place; needs no cloud."""

from typing import Annotated

import msgspec
import typer

from chalicelib.domain.zones import Position
from chalicelib.services import zones


def register(app: typer.Typer) -> None:
    """Add the command to the door."""
    app.command("zone", context_settings={"ignore_unknown_options": True})(zone)


def zone(
    lat: Annotated[float, typer.Argument(min=-90, max=90, help="Degrees north.")],
    lon: Annotated[float, typer.Argument(min=-180, max=180, help="Degrees east; -9.5 is west.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Propose the bidding zone of a place, and say whether people there must be asked."""
    found = zones.locate(Position(lat=lat, lon=lon))
    if as_json:
        typer.echo(msgspec.json.encode(found))
        return
    if found.zone is None:
        typer.echo("no zone is near")
        return
    others = ", ".join(found.candidates[1:])
    asking = f"; ask, {others or 'no polygon holds the place'}" if found.must_ask else ""
    typer.echo(f"{found.zone} in {found.country}{asking}")
