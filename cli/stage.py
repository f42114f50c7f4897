"""Which system a command speaks to: a deployed stage, what the environment says, or the system on this machine."""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer
from rich.console import Console

from chalicelib.domain.errors import DomainError
from chalicelib.settings import settings
from cli import stacks

NAME = "zmartcharge"
RUNS = Path(__file__).resolve().parent.parent / ".local" / "run"
REFUSED, BAD_INPUT = 1, 2

Stage = Annotated[str, typer.Option("--stage", help="A deployed stage; by your own AWS credentials.")]
Laptop = Annotated[
    bool,
    typer.Option("--laptop", help="The system that ./dev up runs on this machine; it is meant if nothing is said."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
_Answer = TypeVar("_Answer")


def enter(stage: str, *, laptop: bool) -> None:
    """Take on the environment of that system's functions.

    If neither is asked for, the present one stays if it names tables; else the system on this machine is meant.
    Ends with 2 when there is no such system.
    """
    here = laptop or not (stage or any(name.endswith("_TABLE") for name in os.environ))
    if here:
        os.environ.update(_laptop())
        settings.cache_clear()
    if stage or here:
        try:
            os.environ.update(stacks.environment(f"{NAME}-{stage}" if stage else NAME))
        except DomainError as error:
            typer.echo(f"error: {error.code}: {error.detail}", err=True)
            raise typer.Exit(BAD_INPUT) from None
        settings.cache_clear()


def _laptop() -> dict[str, str]:
    """How to reach the system that was started last."""
    found = sorted(RUNS.glob("*/operator.json"), key=lambda file: file.stat().st_mtime)
    if not found:
        typer.echo("error: no system runs on this machine: start one with ./dev up, or name a --stage", err=True)
        raise typer.Exit(BAD_INPUT)
    return {str(name): str(value) for name, value in json.loads(found[-1].read_text()).items()}


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something that cannot be taken back, unless `yes`; any other answer than y ends with 1."""
    if not yes:
        typer.confirm(question, abort=True)


def refusing(work: Callable[[], _Answer]) -> _Answer:
    """The result of `work`; ends with 1 and the reason when the cloud refuses."""
    try:
        return work()
    except DomainError as error:
        typer.echo(f"error: {error.code}{f': {error.detail}' if error.detail else ''}", err=True)
        raise typer.Exit(REFUSED) from None


def tell(found: Any, *, as_json: bool, render: Callable[[], Iterable[Any]]) -> None:
    """Print `found` as one line of JSON, or what `render` makes of it."""
    if as_json:
        typer.echo(msgspec.json.encode(found))
        return
    console = Console()
    for part in render():
        console.print(part)
