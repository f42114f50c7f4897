"""`zmart factory`: what the factory tells the cloud about the chargers it makes, and what it gets for them.

Talks to the cloud with the operator's own AWS credentials; tables and policy are named by the environment
(FACTORY_TABLE, CHARGER_POLICY), which --stage and --laptop fetch.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer

from chalicelib.domain.errors import DomainError
from chalicelib.services import factory_registry
from chalicelib.services.factory_registry import NewUnit, Renewal
from cli.refusals import why
from cli.stage import BAD_INPUT, REFUSED, AsJson, Laptop, Stage, enter

_Entry = TypeVar("_Entry")
_Answer = TypeVar("_Answer")


def register(app: typer.Typer) -> None:
    """Add the commands to the door."""
    commands = typer.Typer(help="What the factory tells the cloud about the chargers it makes.", no_args_is_help=True)
    commands.command("register")(register_units)
    commands.command("renew")(renew_certificates)
    app.add_typer(commands, name="factory")


def register_units(
    file: Annotated[Path, typer.Argument(help="JSON: a list of {serial, model, public_key_pem and/or csr_pem}.")],
    *,
    stage: Stage = "",
    laptop: Laptop = False,
    as_json: AsJson = False,
) -> None:
    """Enter made chargers, so that they can be claimed. Repeating it changes nothing.

    Those with a signing request become things with a certificate, written beside FILE as SERIAL.pem.
    Ends with 2 when the file is wrong, with 1 when a serial is known with another key or the cloud does not answer.
    """
    units = _read(file, list[NewUnit])
    enter(stage, laptop=laptop)
    new = _refusing(lambda: factory_registry.register(units))
    certificates = _refusing(lambda: factory_registry.issue_certificates(units))
    _write(file, certificates, ".pem")
    told = {"registered": len(units), "new": new, "certificates": len(certificates)}
    text = f"{told['registered']} registered, {new} of them new; {told['certificates']} certificates"
    typer.echo(msgspec.json.encode(told) if as_json else text)


def renew_certificates(
    file: Annotated[Path, typer.Argument(help="JSON: a list of {serial, csr_pem}; the key stays the same.")],
    *,
    stage: Stage = "",
    laptop: Laptop = False,
    as_json: AsJson = False,
) -> None:
    """Issue certificates that take over when the chargers first connect with them; the old ones work until then.

    Written beside FILE as SERIAL.renewed.pem. Ends as `register` does.
    """
    renewals = _read(file, list[Renewal])
    enter(stage, laptop=laptop)
    certificates = _refusing(lambda: factory_registry.renew_certificates(renewals))
    _write(file, certificates, ".renewed.pem")
    told = {"certificates": len(certificates)}
    typer.echo(msgspec.json.encode(told) if as_json else f"{len(certificates)} certificates")


def _read(file: Path, kind: type[_Entry]) -> _Entry:
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError) as error:
        typer.echo(f"error: {file}: {error}", err=True)
        raise typer.Exit(BAD_INPUT) from None


def _refusing(work: Callable[[], _Answer]) -> _Answer:
    """The result of `work`; ends with 1 and the reason when the cloud refuses."""
    try:
        return work()
    except DomainError as error:
        typer.echo(f"error: {why(error)}", err=True)
        raise typer.Exit(REFUSED) from None


def _write(file: Path, certificates: Mapping[str, str], suffix: str) -> None:
    for serial, pem in certificates.items():
        (file.parent / f"{serial}{suffix}").write_text(pem)
