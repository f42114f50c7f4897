"""A small broker for tests, MQTT 5 and 3.1.1: mutual TLS on loopback, everything written down, and faults by order.

`publish`, `disconnect` and `cut` speak to the client that connected last.
"""

import asyncio
import contextlib
import ssl
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, PINGREQ, PINGRESP, DISCONNECT = 1, 2, 3, 4, 8, 9, 12, 13, 14
NAMES = {1: "connect", 3: "publish", 4: "puback", 8: "subscribe", 12: "pingreq", 14: "disconnect"}
PATIENCE_S = 15.0
MQTT5 = 5
SESSION_EXPIRY = 0x11
MESSAGE_EXPIRY = 0x02
_WIDTHS = {0x11: 4, 0x21: 2, 0x27: 4, 0x22: 2, 0x19: 1, 0x17: 1, 0x18: 4, 0x01: 1, 0x02: 4, 0x23: 2, 0x0B: 1, 0x24: 1}
_TEXTS = {0x15, 0x16, 0x03, 0x08, 0x09, 0x1F, 0x12}


@dataclass(frozen=True)
class Event:
    """A packet from the client: when (monotonic seconds), on which connection (1, 2, ...), and what it says."""

    at: float
    connection: int
    kind: str
    topic: str = ""
    payload: bytes = b""
    packet_id: int = 0
    filters: tuple[str, ...] = ()
    client_id: str = ""
    keep_alive_s: int = 0
    is_clean: bool = False
    is_duplicate: bool = False
    will_topic: str = ""
    session_expiry_s: int = 0
    code: int = 0
    version: int = MQTT5


@dataclass
class Faults:
    """What the broker does wrong from now on."""

    connack_code: int | None = 0
    """None: no CONNACK; else this reason code, and a refused client is cut off."""
    pubacks_to_swallow: int = 0
    subacks_to_swallow: int = 0
    answers_pings: bool = True
    drops_after_connack: bool = False
    forbidden: tuple[str, ...] = ()
    """Filters that are refused with 0x87."""


@dataclass
class Broker:
    """Give `answer` to let publishes have consequences: (topic, payload) -> messages to the client."""

    answer: Callable[[str, bytes], list[tuple[str, bytes]]] = lambda _topic, _payload: []
    faults: Faults = field(default_factory=Faults)
    events: list[Event] = field(default_factory=list)
    port: int = 0
    has_session: bool = False

    def __post_init__(self) -> None:
        self._changed = asyncio.Condition()
        self._writer: asyncio.StreamWriter | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections = self._next_id = 0

    def seen(self, kind: str, topic: str = "") -> list[Event]:
        """The packets of a kind so far, of a topic if one is given."""
        return [event for event in self.events if event.kind == kind and (not topic or event.topic == topic)]

    async def wait_for(self, found: Callable[[], object]) -> None:
        """Returns when `found()` is true; TimeoutError after 15 s, with what came."""
        try:
            async with self._changed:
                await asyncio.wait_for(self._changed.wait_for(lambda: bool(found())), PATIENCE_S)
        except TimeoutError:
            raise TimeoutError([(event.kind, event.topic) for event in self.events]) from None

    async def wait_for_count(self, count: int, kind: str, topic: str = "") -> list[Event]:
        """The packets of a kind, when there are so many of them."""
        await self.wait_for(lambda: len(self.seen(kind, topic)) >= count)
        return self.seen(kind, topic)

    async def publish(self, topic: str, payload: bytes, writer: asyncio.StreamWriter | None = None) -> int:
        """Sends with QoS 1; the packet id that the client is to acknowledge."""
        self._next_id = self._next_id % 65_535 + 1
        body = _text(topic) + struct.pack("!H", self._next_id) + b"\0" + payload
        await self._send(PUBLISH << 4 | 0b10, body, writer or self._writer)
        return self._next_id

    async def disconnect(self, code: int) -> None:
        """A DISCONNECT from the server, and the end of the connection."""
        await self._send(DISCONNECT << 4, bytes([code, 0]), self._writer)
        self.cut()

    def cut(self) -> None:
        """The connection breaks."""
        if self._writer:
            self._writer.transport.abort()

    @contextlib.asynccontextmanager
    async def serving(self, tls: ssl.SSLContext, port: int = 0) -> AsyncIterator["Broker"]:
        """Listens on loopback."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", port, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer, self._connections = writer, self._connections + 1
        number, version = self._connections, MQTT5
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, OSError):
                while True:
                    first = (await reader.readexactly(1))[0]
                    body = await reader.readexactly(await _length(reader))
                    event = _parse(time.monotonic(), number, first, body, version)
                    version = event.version if event.kind == "connect" else version
                    await self._take(event, (first >> 1) & 3, writer)
        finally:  # also when the test ends: a socket left open fails whatever test runs when it is collected
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _take(self, event: Event, qos: int, writer: asyncio.StreamWriter) -> None:
        async with self._changed:
            self.events.append(event)
            self._changed.notify_all()
        await self._react(event, qos, writer)

    async def _react(self, event: Event, qos: int, writer: asyncio.StreamWriter) -> None:
        if event.kind == "connect":
            await self._react_to_connect(event, writer)
        elif event.kind == "subscribe":
            await self._react_to_subscribe(event, writer)
        elif event.kind == "publish":
            await self._react_to_publish(event, qos, writer)
        elif event.kind == "pingreq" and self.faults.answers_pings:
            await self._send(PINGRESP << 4, b"", writer)

    async def _react_to_connect(self, event: Event, writer: asyncio.StreamWriter) -> None:
        code = self.faults.connack_code
        if code is None:
            return
        properties = b"\0" if event.version == MQTT5 else b""
        await self._send(CONNACK << 4, bytes([int(self.has_session and not code), code]) + properties, writer)
        if code or self.faults.drops_after_connack:
            writer.transport.abort()

    async def _react_to_subscribe(self, event: Event, writer: asyncio.StreamWriter) -> None:
        if self.faults.subacks_to_swallow:
            self.faults.subacks_to_swallow -= 1
            return
        codes = bytes(0x87 if one in self.faults.forbidden else 1 for one in event.filters)
        await self._send(SUBACK << 4, struct.pack("!H", event.packet_id) + b"\0" + codes, writer)

    async def _react_to_publish(self, event: Event, qos: int, writer: asyncio.StreamWriter) -> None:
        if self.faults.pubacks_to_swallow:
            self.faults.pubacks_to_swallow -= 1
            return
        if qos:
            await self._send(PUBACK << 4, struct.pack("!H", event.packet_id), writer)
        for topic, payload in self.answer(event.topic, event.payload):
            await self.publish(topic, payload, writer)

    async def _send(self, first: int, body: bytes, writer: asyncio.StreamWriter | None) -> None:
        if writer and not writer.is_closing():
            writer.write(bytes([first]) + _varint(len(body)) + body)
            with contextlib.suppress(OSError):
                await writer.drain()


def make_certificates(folder: Path, *serials: str) -> ssl.SSLContext:
    """An authority, a server and devices, as files in `folder`; the server's side of mutual TLS."""
    authority = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    _write(folder / "authority.pem", _certificate(issuer, authority.public_key(), issuer, authority, is_ca=True))
    for name in ("localhost", *serials):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        _write(folder / f"{name}.pem", _certificate(subject, key.public_key(), issuer, authority))
        form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        (folder / f"{name}.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "localhost.pem", folder / "localhost.key")
    tls.load_verify_locations(folder / "authority.pem")
    tls.verify_mode = ssl.CERT_REQUIRED
    return tls


def _certificate(
    subject: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    is_ca: bool = False,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256())


def _write(path: Path, certificate: x509.Certificate) -> None:
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


# the wire


async def _length(reader: asyncio.StreamReader) -> int:
    value = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value
        shift += 7


def _varint(value: int) -> bytes:
    out = bytearray()
    while True:
        value, byte = value >> 7, value & 0x7F
        out.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(out)


def _text(text: str) -> bytes:
    return struct.pack("!H", len(text.encode())) + text.encode()


class _Cursor:
    """Reads a packet's body from left to right."""

    def __init__(self, body: bytes) -> None:
        self.body, self.at = body, 0

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def take(self, width: int) -> bytes:
        self.at += width
        return self.body[self.at - width : self.at]

    def binary(self) -> bytes:
        return self.take(self.number(2))

    def text(self) -> str:
        return self.binary().decode()

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.number(1)
            value |= (byte & 0x7F) << shift
            if not byte & 0x80:
                return value
            shift += 7

    def properties(self) -> dict[int, int]:
        """Those that are numbers."""
        end, found = self.varint(), {}
        end += self.at
        while self.at < end:
            name = self.number(1)
            if name == 0x26:
                self.binary()
                self.binary()
            elif name in _TEXTS:
                self.binary()
            else:
                found[name] = self.number(_WIDTHS[name])
        return found

    def rest(self) -> Iterator[tuple[str, int]]:
        """Filters with their options."""
        while self.at < len(self.body):
            yield self.text(), self.number(1)


def _parse(at: float, number: int, first: int, body: bytes, version: int) -> Event:
    kind, cursor = first >> 4, _Cursor(body)
    name = NAMES.get(kind, str(kind))
    if kind == CONNECT:
        return _parse_connect(at, number, cursor)
    if kind == PUBLISH:
        topic = cursor.text()
        packet_id = cursor.number(2) if (first >> 1) & 3 else 0
        if version == MQTT5:
            cursor.properties()
        return Event(at, number, name, topic, body[cursor.at :], packet_id=packet_id, is_duplicate=bool(first & 0b1000))
    if kind == SUBSCRIBE:
        packet_id = cursor.number(2)
        cursor.properties()
        return Event(at, number, name, packet_id=packet_id, filters=tuple(one for one, _ in cursor.rest()))
    if kind == PUBACK:
        return Event(at, number, name, packet_id=cursor.number(2))
    return Event(at, number, name, code=body[0] if kind == DISCONNECT and body else 0)


def _parse_connect(at: float, number: int, cursor: _Cursor) -> Event:
    cursor.text()
    version, flags = cursor.number(1), cursor.number(1)
    keep_alive_s = cursor.number(2)
    properties = cursor.properties() if version == MQTT5 else {}
    client_id, will_topic = cursor.text(), ""
    if flags & 0b100:
        if version == MQTT5:
            cursor.properties()
        will_topic = cursor.text()
        cursor.binary()
    return Event(
        at,
        number,
        "connect",
        client_id=client_id,
        keep_alive_s=keep_alive_s,
        is_clean=bool(flags & 0b10),
        will_topic=will_topic,
        session_expiry_s=properties.get(SESSION_EXPIRY, 0),
        version=version,
    )
