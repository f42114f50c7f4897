"""SmsQueue: each message is one text message to send."""

from typing import Any

import msgspec

from chalicelib.adapters import clock
from chalicelib.domain.invitations import InvitationMessage
from chalicelib.domain.one_time_codes import CodeMessage
from chalicelib.observability import log
from chalicelib.services import invitations, messages
from chalicelib.workers.batch import process


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Send what the event carries; a message that cannot be sent now comes again while its code lives."""
    return process(event, context, _send, name="send_sms")


def _send(body: str) -> None:
    message = msgspec.json.decode(body, type=CodeMessage | InvitationMessage)
    if isinstance(message, InvitationMessage):
        if not invitations.deliver(message, clock.real_now()):
            log.info("invitation_not_sent")
    elif not messages.send_code(message, clock.real_now()):
        log.info("code_not_sent")
