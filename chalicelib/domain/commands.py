"""One-shot commands to a charger, as support sees them: sent, and what became of them."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from chalicelib.domain.ids import Serial

KEPT: Final = timedelta(days=90)
TTL: Final = timedelta(seconds=60)
"""How long after it was sent a command may still be begun."""
ANSWER_TIME: Final = timedelta(seconds=120)
"""How long after that an answer is waited for: a restart takes its time."""


class CommandState(StrEnum):
    """What became of a command."""

    SENT = "sent"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    EXPIRED = "expired"


class SentCommand(msgspec.Struct, frozen=True, kw_only=True):
    """One command; `command_id` sorts by time. `answered_at` is ours: a charger may not know the time."""

    serial: Serial
    command_id: str
    op: str
    issued_at: datetime
    ttl_s: int
    state: CommandState = CommandState.SENT
    reason: str = ""
    answered_at: datetime | None = None

    def at(self, now: datetime) -> "SentCommand":
        """The command as it stands at `now`: one that nobody has answered in time has expired."""
        ends = self.issued_at + timedelta(seconds=self.ttl_s) + ANSWER_TIME
        if self.state is CommandState.SENT and now >= ends:
            return msgspec.structs.replace(self, state=CommandState.EXPIRED, reason="no_answer")
        return self


def answered_state(outcome: str, reason: str) -> CommandState | None:
    """What an answer says of its command, None if nothing: it is still being done, or said in words we do not know.

    A duplicate tells the outcome that the first answer had, which may have been lost.
    """
    said = reason if outcome == "duplicate" else outcome
    known = {"done", "refused", "failed", "expired"}
    return CommandState(said) if said in known else None
