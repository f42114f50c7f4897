"""One-shot commands: sent once, answered once, and kept with what became of them."""

import secrets
from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.adapters import device_commands
from chalicelib.adapters.dynamo import commands, factory
from chalicelib.domain.commands import TTL, CommandState, SentCommand, answered_state
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.ids import Serial
from chalicelib.observability import count

Op = Literal["restart", "identify", "reset_fault"]


def send(serial: Serial, op: Op, now: datetime) -> SentCommand:
    """The command, on its way; UnitUnknown for a serial that was never made, DependencyDown if it cannot be sent."""
    factory.get(serial)
    command = SentCommand(
        serial=serial,
        command_id=f"{int(now.timestamp()):010d}-{secrets.token_hex(8)}",
        op=op,
        issued_at=now.replace(microsecond=0),
        ttl_s=int(TTL.total_seconds()),
    )
    commands.put(command)
    try:
        device_commands.publish(command)
    except DependencyDown:
        unsent = msgspec.structs.replace(command, state=CommandState.FAILED, reason="not_sent", answered_at=now)
        commands.settle(unsent)
        raise
    return command


def note_act(serial: Serial, act: str, now: datetime, about: str = "") -> None:
    """Keep beside the commands what else support did to a charger and with what: its owner reads it in the export."""
    moment = now.replace(microsecond=0)
    done = SentCommand(
        serial=serial,
        command_id=f"{int(now.timestamp()):010d}-{act}",
        op=act,
        issued_at=moment,
        ttl_s=0,
        state=CommandState.DONE,
        reason=about,
        answered_at=moment,
    )
    commands.put(done)


def note_result(serial: Serial, command_id: str, outcome: str, reason: str, now: datetime) -> None:
    """A charger has answered at `now`; answers may come twice, late, or to nothing. UnitUnknown for a stranger's."""
    factory.get(serial)
    state = answered_state(outcome, reason)
    if state is None:
        return
    why = "" if outcome == "duplicate" else reason
    answered = SentCommand(
        serial=serial,
        command_id=command_id,
        op="",
        issued_at=now,
        ttl_s=0,
        state=state,
        reason=why,
        answered_at=now,
    )
    if not commands.settle(answered):
        count("ResultWithoutCommand")


def list_latest(serial: Serial, now: datetime, most: int = 10) -> list[SentCommand]:
    """The last commands as they stand at `now`, the newest first."""
    return [command.at(now) for command in commands.list_latest(serial, most)]
