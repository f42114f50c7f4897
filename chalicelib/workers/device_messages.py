"""Messages of devices, from queues that IoT rules fill: unpacked, handed on, and put aside when they are no documents.

Who speaks is taken from the topic, which the policy binds to the certificate. What a device has said wrong can never be
right later, so it is acknowledged; only an outage of ours makes a message come again.
"""

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from chalicelib.adapters import clock
from chalicelib.domain.claims import UnitUnknown
from chalicelib.domain.ids import Serial
from chalicelib.domain.quarantine import UNKNOWN_THING
from chalicelib.services import quarantine
from chalicelib.workers import batch
from device_shadows.errors import ContractError, DocumentMalformedError, DocumentTooDeepError
from device_shadows.names import parse_serial
from device_shadows.quarantine import QuarantineReason, reason_of


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule forwards: the thing from the topic, and the payload's bytes (base64) or a shadow's reported state."""

    thing: str = ""
    payload: str | None = None
    reported: msgspec.Raw = msgspec.Raw()
    kind: str = ""
    version: int = 0
    at: int = 0
    """When the broker had it, milliseconds since 1970."""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One message: who, what, and when the broker and we had it."""

    serial: Serial
    kind: str
    content: bytes
    version: int
    broker_at: datetime
    now: datetime


def process(
    event: dict[str, Any], context: Any, handle: Callable[[Heard], None], *, source: str, name: str
) -> dict[str, Any]:
    """Call `handle` with every message, which may come twice and out of order.

    One that raises ContractError or UnitUnknown is put aside.
    """

    def handle_body(body: str) -> None:
        now = clock.now()
        try:
            envelope = _open(body)
            content = _content(envelope)
        except ContractError as error:
            quarantine.put_aside(UNKNOWN_THING, source, reason_of(error), str(error), _bytes(body), now)
            return
        _handle(envelope, content, now, handle, source)

    return batch.process(event, context, handle_body, name=name)


def _handle(envelope: Envelope, content: bytes, now: datetime, handle: Callable[[Heard], None], source: str) -> None:
    thing = UNKNOWN_THING
    try:
        serial = Serial(parse_serial(envelope.thing))
        thing = serial
        broker_at = datetime.fromtimestamp(envelope.at / 1000, UTC)
        heard = Heard(
            serial=serial,
            kind=envelope.kind,
            content=content,
            version=envelope.version,
            broker_at=broker_at,
            now=now,
        )
        handle(heard)
    except ContractError as error:
        quarantine.put_aside(thing, source, reason_of(error), str(error), content, now)
    except UnitUnknown:
        quarantine.put_aside(UNKNOWN_THING, source, QuarantineReason.UNKNOWN_THING, thing, content, now)


def _open(body: str) -> Envelope:
    try:
        return msgspec.json.decode(_bytes(body), type=Envelope)
    except RecursionError as error:
        raise DocumentTooDeepError("nested deeper than can be read") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DocumentMalformedError("not what our rules forward") from error


def _content(envelope: Envelope) -> bytes:
    if envelope.payload is None:
        return bytes(envelope.reported)
    try:
        return base64.b64decode(envelope.payload, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DocumentMalformedError("not base64") from error


def _bytes(body: str) -> bytes:
    return body.encode("utf-8", "surrogatepass")
