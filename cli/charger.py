"""`zmart charger SERIAL`: what support sees of a charger and may do to it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from chalicelib.adapters import clock
from chalicelib.domain.commands import SentCommand
from chalicelib.domain.connections import Connection
from chalicelib.domain.ids import Serial
from chalicelib.services import certificates, commands, erasure, support
from chalicelib.services.support import ChargerReport
from cli import firmware
from cli.stage import BAD_INPUT, AsJson, Laptop, Stage, Yes, confirm, enter, refusing, tell
from device_shadows.errors import SerialInvalidError
from device_shadows.names import parse_serial

_CUT_WORDS: Final = {
    "cut": "its connection was ended",
    "none": "it was not connected",
    "not_cut": "its connection could not be ended: try again",
}


def register(app: typer.Typer) -> None:
    """Add the commands to the door."""
    group = typer.Typer(no_args_is_help=True)
    group.callback()(_group)
    for name, command in {
        "show": show,
        "history": history,
        "restart": restart,
        "block": block,
        "unblock": unblock,
        "release": release,
    }.items():
        group.command(name)(command)
    group.command("firmware")(firmware.install)
    app.add_typer(group, name="charger")


def _group(context: typer.Context, serial: Annotated[str, typer.Argument(help="As on the box: ZC-...")]) -> None:
    """What support sees of a charger and may do to it: zmart charger SERIAL show."""
    try:
        context.obj = Serial(parse_serial(serial))
    except SerialInvalidError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(BAD_INPUT) from None


def show(context: typer.Context, *, stage: Stage = "", laptop: Laptop = False, as_json: AsJson = False) -> None:
    """Registry, connection, status, shadows, last readings and commands, bad messages."""
    enter(stage, laptop=laptop)
    found = refusing(lambda: support.show(context.obj, clock.now()))
    tell(found, as_json=as_json, render=lambda: _page(found))


def history(
    context: typer.Context,
    *,
    count: Annotated[int, typer.Option(min=1, max=500, help="How many changes.")] = 30,
    stage: Stage = "",
    laptop: Laptop = False,
    as_json: AsJson = False,
) -> None:
    """Its states and connections, the newest first."""
    enter(stage, laptop=laptop)
    found = refusing(lambda: support.history(context.obj, count))
    rows = ((_time(one.at), one.state, one.reason, " ".join(one.faults), one.firmware) for one in found)
    tell(
        found,
        as_json=as_json,
        render=lambda: [_table("states", ("at (UTC)", "state", "reason", "faults", "firmware"), rows)],
    )


def restart(context: typer.Context, *, stage: Stage = "", laptop: Laptop = False, as_json: AsJson = False) -> None:
    """Send the command to restart; `show` tells what became of it."""
    enter(stage, laptop=laptop)
    sent = refusing(lambda: commands.send(context.obj, "restart", clock.now()))
    tell(sent, as_json=as_json, render=lambda: [f"sent {sent.command_id}; it may be begun within {sent.ttl_s} s"])


def block(
    context: typer.Context,
    *,
    yes: Yes = False,
    stage: Stage = "",
    laptop: Laptop = False,
    as_json: AsJson = False,
) -> None:
    """Cut it off: no claim, no connection. It goes on by its last configuration."""
    confirm(f"Cut {context.obj} off?", yes=yes)
    enter(stage, laptop=laptop)
    connection = refusing(lambda: certificates.block(context.obj, clock.now()))
    told = {"serial": context.obj, "registry": "blocked", "connection": connection}
    tell(told, as_json=as_json, render=lambda: [f"{context.obj} is blocked; {_CUT_WORDS[connection]}"])


def unblock(context: typer.Context, *, stage: Stage = "", laptop: Laptop = False, as_json: AsJson = False) -> None:
    """Undo a block."""
    enter(stage, laptop=laptop)
    refusing(lambda: certificates.unblock(context.obj, clock.now()))
    tell(
        {"serial": context.obj, "registry": "unblocked"},
        as_json=as_json,
        render=lambda: [f"{context.obj} may connect again"],
    )


def release(
    context: typer.Context,
    *,
    yes: Yes = False,
    stage: Stage = "",
    laptop: Laptop = False,
    as_json: AsJson = False,
) -> None:
    """Take it from an owner who left it behind, as in a sold house: anybody can claim it, its history is erased."""
    confirm(f"Take {context.obj} from its owner and erase its history?", yes=yes)
    enter(stage, laptop=laptop)
    erasure_id = refusing(lambda: erasure.release(context.obj, clock.now(), clock.real_now()))
    told = {"serial": context.obj, "registry": "unclaimed", "erasure_id": erasure_id}
    tell(
        told,
        as_json=as_json,
        render=lambda: [f"{context.obj} is nobody's; proof of the erasure: zmart erase-proof {erasure_id}"],
    )


def _page(found: ChargerReport) -> list[Any]:
    facts = Table(show_header=False, box=None)
    for name, value in _facts(found):
        facts.add_row(name, value)
    readings = (
        (_time(one.at), f"{one.epoch}/{one.seq}", str(one.register_wh), str(one.plug_seq)) for one in found.readings
    )
    return [
        facts,
        _table("last readings", ("at (UTC)", "epoch/seq", "register Wh", "plug-in"), readings),
        _table("last commands", ("at (UTC)", "command", "state", "reason", "id"), map(_command, found.commands)),
    ]


def _facts(found: ChargerReport) -> list[tuple[str, str]]:
    versions = (f"{name} {version or '-'}" for name, version in found.shadow_versions.items())
    status = found.status
    reasons = f" ({', '.join(found.quarantine_reasons)})" if found.quarantine_reasons else ""
    return [
        ("serial", f"{found.serial}  model {found.model}  fingerprint {found.fingerprint}"),
        ("registry", found.registry),
        ("certificate", f"{_short(found.certificate_id)}  next {_short(found.next_certificate_id)}"),
        ("owner", found.owner or "nobody"),
        ("connection", _connection(found.connection)),
        ("status", "-" if status is None else f"{status.code}: {status.text.en} ({status.reason})"),
        ("firmware", found.firmware or "-"),
        ("faults", ", ".join(found.faults) or "none"),
        ("shadows", ", ".join(versions)),
        ("quarantined", f"{found.quarantined}{reasons}"),
    ]


def _connection(known: Connection | None) -> str:
    if known is None:
        return "never heard of"
    return f"{'online' if known.is_connected else 'offline'} since {_time(known.at)} {known.reason}".rstrip()


def _command(one: SentCommand) -> tuple[str, ...]:
    return _time(one.issued_at), one.op, one.state.value, one.reason, one.command_id


def _table(title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Table:
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    return table


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _short(certificate_id: str | None) -> str:
    return certificate_id[:12] if certificate_id else "-"
