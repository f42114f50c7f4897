"""Who is connected: the broker's own notices, at once, and those of lost connections 5 s later."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec

from chalicelib.domain.connections import Connection
from chalicelib.domain.meter_readers import is_reader
from chalicelib.services import presence
from chalicelib.workers.device_messages import Heard, process
from device_shadows.codec import decode
from device_shadows.topics import Kind


class Lifecycle(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the broker publishes below `$aws/events/presence`; fields we do not use are left out."""

    event_type: Literal["connected", "disconnected"]
    timestamp: Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_000)]
    """Milliseconds since 1970."""
    version_number: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] = 0
    session_identifier: Annotated[str, msgspec.Meta(max_length=256)] = ""
    principal_identifier: Annotated[str, msgspec.Meta(max_length=256)] = ""
    disconnect_reason: Annotated[str, msgspec.Meta(max_length=64)] = ""


class LastWill(msgspec.Struct, frozen=True, kw_only=True):
    """What the broker publishes for a charger whose connection was lost: an empty object."""


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One batch of either queue."""
    return process(event, context, _note, source="presence", name="note_presence")


def _note(heard: Heard) -> None:
    """Meter readers come and go too; of them only silence matters, which is watched elsewhere."""
    if is_reader(heard.serial):
        return
    if heard.kind == Kind.LAST_WILL:
        decode(heard.content, LastWill)
        presence.note_last_will(heard.serial, heard.broker_at)
        return
    presence.note(heard.serial, to_domain(decode(heard.content, Lifecycle)))


def to_domain(event: Lifecycle) -> Connection:
    """The notice in the cloud's own words."""
    return Connection(
        is_connected=event.event_type == "connected",
        at=datetime.fromtimestamp(event.timestamp / 1000, UTC),
        version=event.version_number,
        session=event.session_identifier,
        principal=event.principal_identifier,
        reason=event.disconnect_reason,
    )
