"""Answers to one-shot commands, from the queue that the rule on `dt/+/result` fills."""

from typing import Any

from chalicelib.services import commands
from chalicelib.workers.device_messages import Heard, process
from device_shadows.codec import decode
from device_shadows.command import Result


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One batch of the queue."""
    return process(event, context, _note, source="result", name="note_command_results")


def _note(heard: Heard) -> None:
    """The charger's own time is not asked: a command may be answered by one that does not know it."""
    result = decode(heard.content, Result)
    commands.note_result(heard.serial, result.id, result.outcome.value, result.reason or "", heard.now)
