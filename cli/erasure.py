"""`zmart erase-proof ID`: what proves that an erasure came to its end."""

from collections.abc import Iterable
from typing import Annotated

import typer
from rich.table import Table

from chalicelib.domain.erasures import Proof
from chalicelib.domain.ids import ErasureId
from chalicelib.services import erasure
from cli.stage import AsJson, Laptop, Stage, enter, refusing, tell


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
    proof = refusing(lambda: erasure.read_proof(ErasureId(erasure_id)))
    tell(proof, as_json=as_json, render=lambda: _page(proof))


def _page(proof: Proof) -> Iterable[Table]:
    table = Table(title=f"{proof.kind.value} erased", title_justify="left", show_header=False)
    counts = ", ".join(f"{name} {count}" for name, count in proof.counts.items() if count)
    digest = proof.digest if proof.is_whole else f"{proof.digest} does NOT match: the record was changed"
    table.add_row("from", f"{proof.began_at:%Y-%m-%d %H:%M:%S} UTC")
    table.add_row("to", f"{proof.finished_at:%Y-%m-%d %H:%M:%S} UTC")
    table.add_row("rows", counts)
    table.add_row("digest", digest, style=None if proof.is_whole else "red")
    yield table
