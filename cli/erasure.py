"""`zmart erase-proof ID`: what proves that an erasure came to its end."""

from typing import Annotated

import msgspec
import typer

from chalicelib.domain.erasures import Proof
from chalicelib.domain.errors import DomainError
from chalicelib.domain.ids import ErasureId
from chalicelib.services import erasure
from cli.stage import REFUSED, AsJson, Laptop, Stage, enter


def register(app: typer.Typer) -> None:
    """Add the command to the door."""
    app.command("erase-proof")(erase_proof)


def erase_proof(
    erasure_id: Annotated[str, typer.Argument(help="As the person was told it when they deleted their account.")],
    *,
    stage: Stage = "",
    laptop: Laptop = False,
    as_json: AsJson = False,
) -> None:
    """What was erased, when, and whether the record is as it was written."""
    enter(stage, laptop=laptop)
    try:
        proof = erasure.read_proof(ErasureId(erasure_id))
    except DomainError as error:
        typer.echo(f"error: {error.code}", err=True)
        raise typer.Exit(REFUSED) from None
    typer.echo(msgspec.json.encode(proof) if as_json else _page(proof))


def _page(proof: Proof) -> str:
    counts = ", ".join(f"{name} {count}" for name, count in proof.counts.items() if count)
    digest = proof.digest if proof.is_whole else f"{proof.digest} does NOT match: the record was changed"
    lines = (
        f"{proof.kind.value} erased",
        f"from    {proof.began_at:%Y-%m-%d %H:%M:%S} UTC",
        f"to      {proof.finished_at:%Y-%m-%d %H:%M:%S} UTC",
        f"rows    {counts}",
        f"digest  {digest}",
    )
    return "\n".join(lines)
