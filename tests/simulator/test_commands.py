"""Commands and limits over the session: done once, answered always, through duplicates and restarts."""

import json
from collections.abc import Iterable

import msgspec
import pytest

from device_shadows import topics
from device_shadows.codec import encode
from device_shadows.command import Command, Operation, Result
from device_shadows.limit import Limit
from simulator.car import Car
from simulator.charger import Charger
from simulator.records import Happening
from simulator.session import Message, Session
from tests.simulator.nights import CONFIG, a_charger, at, epoch_s

DO = topics.do(a_charger().serial)


def a_command(op: Operation, command_id: str = "c-1", *, hour: float = -6, ttl_s: int = 60) -> bytes:
    return encode(Command(id=command_id, op=op, issued_at=epoch_s(hour), ttl_s=ttl_s))


def results(session: Session) -> list[tuple[str, str | None]]:
    """Outcome and reason of all results that are said now; acknowledged at once."""
    said: Iterable[Message] = [m for m in session.outgoing() if m.topic == topics.result(session.charger.serial)]
    found = []
    for message in said:
        session.acknowledged(message)
        body = json.loads(message.payload)
        found.append((body["outcome"], body.get("reason")))
    return found


def a_session(charger: Charger | None = None) -> Session:
    session = Session(charger or a_charger())
    session.connected()
    return session


def identified(session: Session) -> int:
    return sum(entry.happening is Happening.IDENTIFIED for entry in session.charger.log)


def test_a_command_that_comes_twice_is_done_once_and_answered_twice() -> None:
    """QoS 1 delivers at least once."""
    session = a_session()
    session.heard(DO, a_command(Operation.IDENTIFY), at(-6))
    session.heard(DO, a_command(Operation.IDENTIFY), at(-6, 5))
    assert results(session) == [("done", None), ("duplicate", "done")]
    assert identified(session) == 1


def test_a_late_command_is_not_done() -> None:
    """A minute and a second after it was issued."""
    session = a_session()
    session.heard(DO, a_command(Operation.IDENTIFY), at(-6, 61))
    assert (results(session), identified(session)) == ([("expired", None)], 0)


@pytest.mark.parametrize("payload", [b"", b"{", b"{}", b'{"id":"","op":"restart","issued_at":1,"ttl_s":1}'])
def test_a_command_that_cannot_be_read_is_dropped(payload: bytes) -> None:
    """There is no id to answer to."""
    session = a_session()
    session.heard(DO, payload, at(-6))
    assert results(session) == []


def test_a_restart_is_answered_after_the_restart_and_not_repeated() -> None:
    """The id is stored before: the message that comes again finds it begun, and later done."""
    session = a_session()
    session.heard(DO, a_command(Operation.RESTART), at(-6))
    session.heard(DO, a_command(Operation.RESTART), at(-6, 1))
    before = (results(session), session.charger.desk.wants_restart)
    session.charger.lose_power(at(-6, 2))
    session.charger.regain_power(at(-6, 10))
    session.connected()
    assert before == ([("duplicate", "begun")], True)
    assert (results(session), session.charger.desk.wants_restart) == ([("done", None)], False)
    session.heard(DO, a_command(Operation.RESTART), at(-6, 20))
    assert (results(session), session.charger.desk.wants_restart) == ([("duplicate", "done")], False)


def test_what_was_begun_is_remembered_by_a_process_that_starts_anew() -> None:
    """Memory on disk: a crash in the middle of a restart does not restart twice."""
    session = a_session()
    session.heard(DO, a_command(Operation.RESTART), at(-6))
    again = a_session(Charger(session.charger.serial, at=at(-5), memory=session.charger.memory()))
    again.heard(DO, a_command(Operation.RESTART), at(-5))
    assert results(again) == [("done", None), ("duplicate", "done")]


def test_a_result_waits_until_it_has_arrived() -> None:
    """Also through a reconnect and a restart of the process."""
    session = a_session()
    session.heard(DO, a_command(Operation.IDENTIFY), at(-6))
    session.outgoing()
    session.connected()
    again = a_session(Charger(session.charger.serial, at=at(-5), memory=session.charger.memory()))
    assert results(again) == [("done", None)]


def test_a_fault_is_reset_by_command_when_its_cause_is_gone() -> None:
    """Refused before, done after the repair, refused when there is none."""
    session = a_session()
    session.charger.break_down("contactor_fault", at(-6))
    session.heard(DO, a_command(Operation.RESET_FAULT, "c-1"), at(-6))
    session.charger.repair("contactor_fault", at(-6))
    session.heard(DO, a_command(Operation.RESET_FAULT, "c-2"), at(-6))
    session.heard(DO, a_command(Operation.RESET_FAULT, "c-3"), at(-6))
    assert results(session) == [("refused", "fault_persists"), ("done", None), ("refused", "no_fault")]


def test_a_restart_is_refused_while_firmware_is_written() -> None:
    """Half an image would be worse than a wait."""
    session = a_session()
    session.charger.is_installing = True
    session.heard(DO, a_command(Operation.RESTART), at(-6))
    assert results(session) == [("refused", "busy_installing")]


def test_without_a_clock_a_command_is_done_whatever_its_time() -> None:
    """The broker has dropped what is late; a restart may be what helps."""
    session = a_session()
    session.charger.lose_power(at(-6))
    session.charger.regain_power(at(-6), is_clock_known=False)
    session.heard(DO, a_command(Operation.IDENTIFY, hour=-7), at(-6))
    assert results(session) == [("done", None)]


def test_a_clock_an_hour_behind_makes_commands_come_from_the_future() -> None:
    """Refused with a reason that tells support what is wrong."""
    session = a_session()
    session.charger.disturb_clock(-3600, at(-6))
    session.heard(DO, a_command(Operation.IDENTIFY), at(-6))
    assert results(session) == [("refused", "clocks_disagree")]


def test_a_limit_comes_over_the_session_and_a_broken_one_changes_nothing() -> None:
    """5 A cannot be expressed, so the message is dropped whole."""
    config = msgspec.structs.replace(CONFIG, load_balancing=True)
    session = a_session(a_charger(config=config))
    session.charger.plug_in(Car(need_wh=9_000), at(-2))
    topic = topics.limit(session.charger.serial)
    limit = Limit(seq=1, boot_epoch=1, limit_a=8, ttl_s=60, issued_at=epoch_s(-2), reason="main_fuse")
    session.heard(topic, encode(limit), at(-2))
    held = session.charger.lease
    session.heard(topic, encode(limit).replace(b'"limit_a":8', b'"limit_a":5').replace(b'"seq":1', b'"seq":2'), at(-2))
    assert (session.charger.lease, held.current_a(epoch_s(-2))) == (held, 8)


def test_the_log_of_commands_is_a_document_of_the_contract() -> None:
    """What is kept on disk can be read back."""
    session = a_session()
    session.heard(DO, a_command(Operation.IDENTIFY), at(-6))
    memory = session.charger.memory()
    assert [type(result) for result in memory.results] == [Result]
    assert msgspec.json.decode(msgspec.json.encode(memory), type=type(memory)) == memory
