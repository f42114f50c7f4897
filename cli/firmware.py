"""`zmart firmware` and `zmart charger SERIAL firmware`: install firmware by jobs, watch them, stop them.

Talks to the cloud with the operator's own AWS credentials (policy FirmwareOperator); FIRMWARE_* and FACTORY_TABLE name
what the stack has made, which --stage and --laptop fetch.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from chalicelib.adapters import clock, firmware_key
from chalicelib.domain.errors import DomainError, InvalidInput
from chalicelib.domain.firmware import Job
from chalicelib.services import firmware
from cli.stage import BAD_INPUT, REFUSED, AsJson, Laptop, Stage, enter
from device_shadows.firmware import MAX_IMAGE_BYTES

JobId = Annotated[str, typer.Argument(metavar="JOB", help="The job's id.")]
_Result = TypeVar("_Result")


def register(app: typer.Typer) -> None:
    """Add the group `firmware` to the door."""
    commands = typer.Typer(help="Firmware jobs and the key that signs them.", no_args_is_help=True)
    commands.command("show")(show)
    commands.command("cancel")(cancel)
    commands.command("key")(key)
    app.add_typer(commands, name="firmware")


def install(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The image.")],
    *,
    version: Annotated[str, typer.Option(help="What the charger will say it runs.")],
    counter: Annotated[int, typer.Option(help="Anti-rollback: never lower than that of what the charger runs.")],
    again: Annotated[bool, typer.Option("--again", help="Try once more when the job before has failed.")] = False,
    stage: Stage = "",
    laptop: Laptop = False,
    as_json: AsJson = False,
) -> None:
    """Sign an image and have it installed by a job. Repeating it makes no second job.

    Ends with 2 when the input is wrong, with 1 when it is refused or the cloud does not answer.
    """
    content = _read(file)
    enter(stage, laptop=laptop)
    job = _calling(
        lambda: firmware.install([context.obj], content, version=version, counter=counter, now=clock.now(), again=again)
    )
    _tell(job, as_json=as_json)


def show(job: JobId, *, stage: Stage = "", laptop: Laptop = False, as_json: AsJson = False) -> None:
    """How far each charger is with a job."""
    enter(stage, laptop=laptop)
    _tell(_calling(lambda: firmware.progress(job)), as_json=as_json)


def cancel(job: JobId, *, stage: Stage = "", laptop: Laptop = False, as_json: AsJson = False) -> None:
    """Stop a job for all chargers that have not finished. Repeating it changes nothing."""
    enter(stage, laptop=laptop)
    _tell(_calling(lambda: firmware.cancel(job, clock.now())), as_json=as_json)


def key(*, stage: Stage = "", laptop: Laptop = False, as_json: AsJson = False) -> None:
    """The public key that the factory puts into chargers, and its name."""
    enter(stage, laptop=laptop)
    name, pem = firmware_key.key_id(), _calling(firmware_key.public_key_pem)
    typer.echo(msgspec.json.encode({"key_id": name, "public_key_pem": pem}) if as_json else f"{name}\n{pem}".rstrip())


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_IMAGE_BYTES:
            typer.echo(f"error: {file}: larger than {MAX_IMAGE_BYTES} bytes, which no charger takes", err=True)
            raise typer.Exit(BAD_INPUT)
        return file.read_bytes()
    except OSError as error:
        typer.echo(f"error: {file}: {error.strerror}", err=True)
        raise typer.Exit(BAD_INPUT) from None


def _calling(use_case: Callable[[], _Result]) -> _Result:
    try:
        return use_case()
    except DomainError as error:
        field = f"{error.field}: " if isinstance(error, InvalidInput) and error.field else ""
        typer.echo(f"error: {error.code}: {field}{error.detail}", err=True)
        raise typer.Exit(BAD_INPUT if isinstance(error, InvalidInput) else REFUSED) from None


def _tell(job: Job, *, as_json: bool) -> None:
    if as_json or not sys.stdout.isatty():
        typer.echo(msgspec.json.encode(job))
    else:
        show_job(job, Console())


def show_job(job: Job, console: Console) -> None:
    """The job as a table."""
    image = job.image
    state = "cancelled" if job.is_canceled else "ended" if job.is_over else "running"
    console.print(f"{job.job_id}: {state}")
    console.print(f"{image.model} {image.version}, counter {image.counter}, {image.size} bytes", highlight=False)
    table = Table("charger", "state", "phase", "reason", "told at (UTC)")
    for one in job.executions:
        phase = f"{one.phase} {one.percent} %" if one.percent else one.phase
        table.add_row(one.serial, one.state.value, phase, one.reason, f"{one.updated_at:%d.%m. %H:%M:%S}")
    console.print(table)
