"""Messages of devices, from queues that IoT rules fill: unpacked, handed on, and put aside when they are no documents.

Who speaks is taken from the topic, which the policy binds to the certificate. What a device has said wrong can never be
right later, so it is acknowledged; only an outage of ours makes a message come again.
"""

import base64
import binascii
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from chalicelib.adapters import clock
from chalicelib.domain.claims import UnitUnknown
from chalicelib.domain.ids import Serial
from chalicelib.domain.quarantine import UNKNOWN_THING
from chalicelib.observability import log, tracing
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
    trace: str | None = None
    """Of a report: the client token of the change that it answers."""


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


_Read = TypeVar("_Read")
StoreAll = Callable[[Mapping[Serial, Sequence[_Read]], datetime], Collection[Serial]]
"""Takes in what came, by serial; the answer is the serials that were never made."""


def process_together(
    event: dict[str, Any],
    context: Any,
    read: Callable[[Heard], _Read],
    store: StoreAll[_Read],
    *,
    source: str,
    name: str,
) -> dict[str, Any]:
    """Hand what `read` makes of the messages to `store`, all at once; if that fails, serial by serial.

    So what is wrong with one device delays nobody else. What `read` refuses with ContractError is put aside.
    """
    now = clock.now()
    heard = {str(record["messageId"]): _hear(record["body"], now, read) for record in event["Records"]}
    together = _Together([one for one in heard.values() if isinstance(one, _Message)], store, now)

    def handle_record(record: SQSRecord) -> None:
        one = heard[record.message_id]
        if isinstance(one, _Refused):
            quarantine.put_aside(one.thing, source, reason_of(one.error), str(one.error), one.content, now)
        elif together.is_unknown(one.serial):
            quarantine.put_aside(UNKNOWN_THING, source, QuarantineReason.UNKNOWN_THING, one.serial, one.content, now)

    return batch.process_records(event, context, handle_record, name=name)


class _Message(msgspec.Struct, frozen=True):
    serial: Serial
    content: bytes
    read: Any


class _Refused(msgspec.Struct, frozen=True):
    thing: str
    content: bytes
    error: ContractError


def _hear(body: str, now: datetime, read: Callable[[Heard], Any]) -> _Message | _Refused:
    thing, content = UNKNOWN_THING, _bytes(body)
    try:
        envelope = _open(body)
        content = _content(envelope)
        heard = _heard(envelope, content, now)
        thing = heard.serial
        return _Message(heard.serial, content, read(heard))
    except ContractError as error:
        return _Refused(thing, content, error)


class _Together:
    """What came, stored the first time that somebody asks what became of it."""

    def __init__(self, messages: Sequence[_Message], store: StoreAll[Any], now: datetime) -> None:
        self._store, self._now = store, now
        self._by_serial: dict[Serial, list[Any]] = {}
        for message in messages:
            self._by_serial.setdefault(message.serial, []).append(message.read)
        self._unknown: dict[Serial, bool] = {}
        self._is_tried = False

    def is_unknown(self, serial: Serial) -> bool:
        """Whether the serial was never made; raises what keeps its messages from being stored."""
        if not self._is_tried:
            self._is_tried = True
            self._try_all()
        if serial not in self._unknown:
            self._unknown[serial] = bool(self._store({serial: self._by_serial[serial]}, self._now))
        return self._unknown[serial]

    def _try_all(self) -> None:
        try:
            unknown = self._store(self._by_serial, self._now)
        except Exception:  # noqa: BLE001 - whatever it is, each serial is tried by itself and then tells
            log.warning("batch_taken_apart", serials=len(self._by_serial))
            return
        self._unknown = {serial: serial in unknown for serial in self._by_serial}


def _handle(envelope: Envelope, content: bytes, now: datetime, handle: Callable[[Heard], None], source: str) -> None:
    thing = UNKNOWN_THING
    try:
        heard = _heard(envelope, content, now)
        thing = heard.serial
        with tracing(envelope.trace):
            handle(heard)
    except ContractError as error:
        quarantine.put_aside(thing, source, reason_of(error), str(error), content, now)
    except UnitUnknown:
        quarantine.put_aside(UNKNOWN_THING, source, QuarantineReason.UNKNOWN_THING, thing, content, now)


def _heard(envelope: Envelope, content: bytes, now: datetime) -> Heard:
    return Heard(
        serial=Serial(parse_serial(envelope.thing)),
        kind=envelope.kind,
        content=content,
        version=envelope.version,
        broker_at=datetime.fromtimestamp(envelope.at / 1000, UTC),
        now=now,
    )


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
