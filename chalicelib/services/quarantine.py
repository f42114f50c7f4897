"""Messages of devices that cannot be understood: kept with a reason, counted, and done with."""

from datetime import datetime

from chalicelib.adapters.dynamo import quarantine
from chalicelib.domain.quarantine import bad_message
from chalicelib.observability import count, log


def put_aside(thing: str, source: str, reason: str, detail: str, payload: bytes, now: datetime) -> None:
    """Keep what `thing` has sent by way of `source`; it changes nothing else."""
    message = bad_message(thing, source, reason, detail, payload, now)
    quarantine.put(message)
    log.warning("message_quarantined", thing=thing, source=source, reason=reason, size_bytes=message.size_bytes)
    count("MessageQuarantined")  # of all reasons, for the alarm
    count("MessageQuarantined", reason=reason)
