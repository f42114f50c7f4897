"""Commands: once or not at all, and always answered."""

import msgspec
import pytest

from device_shadows.command import REMEMBERED_IDS, Command, CommandLog, Operation, Outcome, Result
from tests.device_shadows.samples import COMMAND, NOW_S


def judge(log: CommandLog, command: Command = COMMAND, *, now_s: int = NOW_S, known: bool = True) -> Result | None:
    return log.judge(command, now_s=now_s, clock_is_known=known)


def outcome(result: Result | None) -> tuple[str, str | None] | None:
    return None if result is None else (str(result.outcome), result.reason)


def done(command: Command = COMMAND) -> Result:
    return Result(id=command.id, outcome=Outcome.DONE, ts=NOW_S)


@pytest.mark.parametrize(
    ("after_s", "known", "expected"),
    [
        (0, True, None),
        (59, True, None),
        (60, True, ("expired", None)),
        (-300, True, None),
        (-301, True, ("refused", "clocks_disagree")),
        (-NOW_S, False, None),
        (10_000, False, None),
    ],
    ids=["at once", "just in time", "too late", "clock behind", "far behind", "1970", "not synchronised"],
)
def test_a_command_is_done_within_its_time(*, after_s: int, known: bool, expected: tuple[str, str] | None) -> None:
    """None means: do it. Without a clock the message expiry is what keeps late ones away."""
    assert outcome(judge(CommandLog(), now_s=NOW_S + after_s, known=known)) == expected


def test_an_operation_of_the_future_is_refused() -> None:
    """And answered, so that nobody waits."""
    command = msgspec.structs.replace(COMMAND, op=Operation.UNKNOWN)
    assert outcome(judge(CommandLog(), command)) == ("refused", "unknown_operation")


def test_a_repeated_id_is_answered_with_what_became_of_the_first() -> None:
    """Also long after its time, and also when the first was refused."""
    log = CommandLog().began(COMMAND).noted(done())
    assert outcome(judge(log, now_s=NOW_S + 10_000)) == ("duplicate", "done")


def test_a_repeated_id_of_a_command_that_is_being_done_is_not_done_again() -> None:
    """A restart takes a while; the second message finds the first one begun."""
    assert outcome(judge(CommandLog().began(COMMAND))) == ("duplicate", "begun")


def test_the_answer_to_a_duplicate_does_not_replace_the_first() -> None:
    """A third message still hears what became of the first."""
    log = CommandLog().began(COMMAND).noted(done())
    second = judge(log)
    assert second is not None
    assert outcome(judge(log.noted(second))) == ("duplicate", "done")


def test_the_log_keeps_the_newest_ids() -> None:
    """A bounded memory: flash wears."""
    log = CommandLog()
    for number in range(REMEMBERED_IDS + 1):
        command = msgspec.structs.replace(COMMAND, id=f"c-{number}")
        log = log.began(command).noted(done(command))
    assert (len(log.answered), log.begun, log.answered[0].id) == (REMEMBERED_IDS, (), "c-1")
