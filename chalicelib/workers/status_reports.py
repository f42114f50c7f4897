"""Status reports from the queue that the rule on the `status` shadow fills."""

from typing import Any

from chalicelib.adapters.status_shadow import read_report
from chalicelib.services import status_reports
from chalicelib.workers.device_messages import Heard, process


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One batch of the queue."""
    return process(event, context, _note, source="status", name="note_status")


def _note(heard: Heard) -> None:
    if heard.content in {b"", b"null"}:  # the section was removed: nothing is said
        return
    status_reports.note(heard.serial, read_report(heard.content, heard.version, heard.now), heard.now)
