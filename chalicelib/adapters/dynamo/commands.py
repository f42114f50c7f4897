"""Table commands: the one-shot commands of each charger and their outcome; rows expire."""

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.adapters import clock
from chalicelib.adapters.dynamo.table import Table, calling, updated
from chalicelib.domain.commands import KEPT, CommandState, SentCommand
from chalicelib.domain.ids import Serial


class CommandRow(Table):
    """One command."""

    class Meta:
        """Told by the settings."""

    logical_name = "commands"
    serial = UnicodeAttribute(hash_key=True)
    command_id = UnicodeAttribute(range_key=True)
    op = UnicodeAttribute()
    issued_at = UTCDateTimeAttribute()
    ttl_s = NumberAttribute()
    state = UnicodeAttribute()
    reason = UnicodeAttribute(default="")
    answered_at = UTCDateTimeAttribute(null=True)
    expires_at = TTLAttribute()


def put(command: SentCommand) -> None:
    """Keep a new command, for 90 days (real time)."""
    row = CommandRow(
        serial=command.serial,
        command_id=command.command_id,
        op=command.op,
        issued_at=command.issued_at,
        ttl_s=command.ttl_s,
        state=command.state.value,
        reason=command.reason,
        answered_at=command.answered_at,
        expires_at=clock.real_now() + KEPT,
    )
    calling(row.save)


def settle(command: SentCommand) -> bool:
    """Write state, reason and time of the answer; False if no such command waits for one.

    The first answer stays: its own repeat, and any later one, changes nothing.
    """
    row, state = CommandRow(command.serial, command.command_id), CommandRow.state
    actions = [
        state.set(command.state.value),
        CommandRow.reason.set(command.reason),
        CommandRow.answered_at.set(command.answered_at or command.issued_at),
    ]
    return updated(row, actions, state == CommandState.SENT.value)


def list_latest(serial: Serial, count: int) -> list[SentCommand]:
    """The last commands, the newest first."""
    rows = calling(lambda: list(CommandRow.query(serial, scan_index_forward=False, limit=count, consistent_read=True)))
    return [
        SentCommand(
            serial=Serial(row.serial),
            command_id=row.command_id,
            op=row.op,
            issued_at=row.issued_at,
            ttl_s=int(row.ttl_s),
            state=CommandState(row.state),
            reason=row.reason,
            answered_at=row.answered_at,
        )
        for row in rows
    ]
