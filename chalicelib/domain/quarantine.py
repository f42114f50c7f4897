"""What devices have sent that is no document: kept for a while, a little of it, with the reason."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

import msgspec

KEPT: Final = timedelta(days=14)
KEPT_BYTES: Final = 1024
MAX_A_DAY: Final = 100
"""At most so many messages of one thing and day are kept; a flood replaces its own."""
UNKNOWN_THING: Final = "unknown"


class BadMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message as it came from `thing` by way of `source` (reading, status, ...) and why it was put aside."""

    thing: str
    source: str
    reason: str
    detail: str
    at: datetime
    size_bytes: int
    payload: bytes
    """The first 1024 bytes."""
    digest: str
    """Of the whole, so that a repeat is recognised."""

    @property
    def slot(self) -> str:
        """Its place among those of its thing; the same message of the same day has the same."""
        return f"{self.at:%Y-%m-%d}#{int(self.digest[:8], 16) % MAX_A_DAY:03d}"


def bad_message(thing: str, source: str, reason: str, detail: str, payload: bytes, at: datetime) -> BadMessage:
    """What is kept of a message."""
    return BadMessage(
        thing=thing,
        source=source,
        reason=reason,
        detail=detail[:200],
        at=at,
        size_bytes=len(payload),
        payload=payload[:KEPT_BYTES],
        digest=hashlib.sha256(payload).hexdigest(),
    )
