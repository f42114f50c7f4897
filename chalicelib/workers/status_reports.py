"""Status reports from the queue that the rule on the `status` shadow fills."""

from typing import Any

import msgspec

from chalicelib.adapters.status_shadow import to_domain
from chalicelib.domain.ids import Serial
from chalicelib.services import status_reports
from chalicelib.workers.batch import process
from device_shadows.codec import decode_message
from device_shadows.names import parse_serial
from device_shadows.status import StatusReported


class StatusMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What the rule forwards: the whole report, the shadow's version, and the thing from the topic."""

    thing: str
    version: int
    reported: StatusReported


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One batch of the queue."""
    return process(event, context, _note, name="note_status")


def _note(body: str) -> None:
    message = decode_message(body, StatusMessage)
    status_reports.note(Serial(parse_serial(message.thing)), to_domain(message.reported, message.version))
