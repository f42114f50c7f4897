"""One-shot commands: done once or not at all, and always answered.

Sent on a plain topic with QoS 1 and a message expiry of `ttl_s`; they may come twice, late, or after a restart. The
charger remembers the last ids through power cuts and answers each message with one result. Commands are for what is
not a state; whatever has a lasting effect is desired state in a shadow.
"""

from enum import StrEnum
from typing import Annotated, Final, Self

import msgspec

from device_shadows.values import Code, EpochS, WireEnum

REMEMBERED_IDS: Final = 32
"""How many commands a charger remembers, the newest ones."""
MAX_TTL_S: Final = 3600
CLOCK_TOLERANCE_S: Final = 300
"""A command issued this far in the charger's future shows that one of the clocks is wrong, seconds."""

CommandId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Operation(WireEnum):
    """What to do. A charger that reads UNKNOWN refuses with `unknown_operation`."""

    RESTART = "restart"
    """Start anew, keeping the session; answered after the restart."""
    IDENTIFY = "identify"
    """Blink for 30 s, so that a person sees which charger is meant."""
    RESET_FAULT = "reset_fault"
    """Clear latched faults whose cause is gone."""
    UNKNOWN = "UNKNOWN"


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Do `op` once, not later than `ttl_s` seconds after `issued_at`."""

    id: CommandId
    """Chosen by the sender; never used again for another command to this charger."""
    op: Operation
    issued_at: EpochS
    ttl_s: Annotated[int, msgspec.Meta(ge=1, le=MAX_TTL_S)]


class Outcome(WireEnum):
    """What became of a command."""

    DONE = "done"
    REFUSED = "refused"
    """Not begun; `reason` says why."""
    EXPIRED = "expired"
    """Came too late and was not begun."""
    FAILED = "failed"
    """Begun, and it did not work; `reason` says why."""
    DUPLICATE = "duplicate"
    """This id came before; `reason` is the outcome it had then, or `begun`."""
    UNKNOWN = "UNKNOWN"


class CommandReason(StrEnum):
    """Reasons of a result; `Result.reason` may hold others, which a newer charger knows."""

    UNKNOWN_OPERATION = "unknown_operation"
    CLOCKS_DISAGREE = "clocks_disagree"
    """`issued_at` lies more than 300 s in the charger's future."""
    NO_FAULT = "no_fault"
    """There is nothing to reset."""
    FAULT_PERSISTS = "fault_persists"
    """The cause of the fault is still there."""
    BUSY_INSTALLING = "busy_installing"
    """New firmware is being written."""
    BEGUN = "begun"
    """Of a duplicate: the first one is still being done."""


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The charger's answer to one message."""

    id: CommandId
    outcome: Outcome
    reason: Code | None = None
    ts: EpochS


class CommandLog(msgspec.Struct, frozen=True, kw_only=True):
    """The commands a charger has begun or answered, oldest first; kept through power cuts."""

    begun: tuple[str, ...] = ()
    answered: tuple[Result, ...] = ()

    def judge(self, command: Command, *, now_s: int, clock_is_known: bool) -> Result | None:
        """The answer to a command that is not to be done; None if it is to be done now.

        A charger that does not know the time yet relies on the message expiry, by which the broker drops what is late.
        """

        def answer(outcome: Outcome, reason: str | None = None) -> Result:
            return Result(id=command.id, outcome=outcome, reason=reason, ts=now_s)

        if command.id in self.begun:
            return answer(Outcome.DUPLICATE, CommandReason.BEGUN)
        for first in self.answered:
            if first.id == command.id:
                return answer(Outcome.DUPLICATE, str(first.outcome))
        if clock_is_known and now_s - command.issued_at >= command.ttl_s:
            return answer(Outcome.EXPIRED)
        if clock_is_known and command.issued_at - now_s > CLOCK_TOLERANCE_S:
            return answer(Outcome.REFUSED, CommandReason.CLOCKS_DISAGREE)
        if command.op is Operation.UNKNOWN:
            return answer(Outcome.REFUSED, CommandReason.UNKNOWN_OPERATION)
        return None

    def began(self, command: Command) -> Self:
        """To be stored before the command is done, so that a power cut cannot make it happen twice."""
        return msgspec.structs.replace(self, begun=(*self.begun, command.id)[-REMEMBERED_IDS:])

    def noted(self, result: Result) -> Self:
        """The log with the result; a duplicate leaves the first result in place."""
        if result.outcome is Outcome.DUPLICATE:
            return self
        begun = tuple(id_ for id_ in self.begun if id_ != result.id)
        return msgspec.structs.replace(self, begun=begun, answered=(*self.answered, result)[-REMEMBERED_IDS:])
