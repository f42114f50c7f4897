"""The shell around a charger: the genuine awsiotsdk, MQTT 5 over mutual TLS, and a loop on the simulator's clock."""

import asyncio
import concurrent.futures
import contextlib
import logging
import zlib
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from awscrt import mqtt5
from awsiot import mqtt5_client_builder

from device_shadows import topics
from simulator.clock import EPOCH, Clock
from simulator.link import BadLink, LinkQuality
from simulator.session import Message, Session

FILTERS_PER_SUBSCRIBE: Final = 8
"""The broker's limit."""
SESSION_EXPIRY_S: Final = 3600
SHORTEST_S: Final = 0.001
IDLE_S: Final = 1.0
"""The shortest and the longest the loop sleeps, real time."""
SHORTEST_RETRY_S: Final = 0.1
RETRY_S: Final = 2.0
"""How long nothing is sent after a message got no answer, and after the broker refused one, real time."""
STOP_PATIENCE_S: Final = 5.0
REFUSED: Final = 0x80
logger = logging.getLogger(__name__)


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where the broker listens, and the files that prove who is who: authority, certificate, private key (PEM)."""

    host: str
    port: int
    ca_path: Path
    certificate_path: Path
    key_path: Path


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """How patient a connection is, real seconds; the defaults are those of docs/device-protocol.md."""

    keep_alive_s: int = 60
    ping_s: float = 10.0
    acknowledgement_s: int = 10
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    """Each charger has a ceiling of its own around this one: at its ceiling awscrt waits without jitter."""


class Connection:
    """Keeps one charger connected and living; `after_turn` is called after each turn of its loop."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        endpoint: Endpoint,
        *,
        after_turn: Callable[[], None] = lambda: None,
        timing: Timing | None = None,
        quality: LinkQuality | None = None,
    ) -> None:
        self.session, self.clock, self.endpoint, self.after_turn = session, clock, endpoint, after_turn
        self.timing = timing or Timing()
        self.is_connected = False
        self._downward: BadLink[tuple[str, bytes]] = BadLink(quality or LinkQuality())
        self._upward: BadLink[Message] = BadLink(quality or LinkQuality())
        self._client: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake, self._stopped = asyncio.Event(), asyncio.Event()
        self._is_open, self._is_subscribing = False, False
        self._granted: set[str] = set()
        self._refused: set[str] = set()
        self._silent_until = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Something was done to the charger: look at once (call from the loop's own thread)."""
        self._wake.set()

    async def run(self) -> None:
        """Connects, reconnects and lives until cancelled; then says goodbye and lets go of everything."""
        self._loop = asyncio.get_running_loop()
        self.link_up()
        try:
            while True:
                await self._turn()
        finally:
            await self._stop(mqtt5.DisconnectPacket())

    async def power_cycle(self) -> None:
        """Drops the connection without a goodbye, as a power cut does, and connects again."""
        await self.link_down()
        self.link_up()

    async def link_down(self) -> None:
        """The connection drops without a goodbye and stays away until `link_up`."""
        await self._stop(None)
        self._client = None

    def link_up(self) -> None:
        """Connects, and keeps trying."""
        if self._client is None:
            self._client = self._build_client()
            self._client.start()

    async def _turn(self) -> None:
        self._wake.clear()
        self.session.charger.advance(self.clock.now())
        self._deliver([])
        if self._is_open and self._missing() and not self._is_subscribing:
            self._is_subscribing = True
            self._spawn(self._subscribe())
        if self.is_connected and not self._missing() and asyncio.get_running_loop().time() >= self._silent_until:
            self._send()
        self.after_turn()
        wake_s = self.session.charger.next_wake_s()
        delay_s = IDLE_S if wake_s is None else self.clock.real_s_until(EPOCH + timedelta(seconds=wake_s))
        with contextlib.suppress(TimeoutError):  # not wait_for: it loses a cancellation that meets the event
            async with asyncio.timeout(min(max(delay_s, SHORTEST_S), IDLE_S)):
                await self._wake.wait()

    def _send(self) -> None:
        sent: list[Message] = []
        for message in self._upward.carry(self.session.outgoing()):
            self._spawn(self._publish_again(message) if message in sent else self._publish(message))
            sent.append(message)

    async def _publish(self, message: Message) -> None:
        code = await self._reason_code(self._client.publish(_packet(message)))
        if code is None or code >= REFUSED:
            logger.warning("publish_failed", extra={"topic": message.topic, "reason_code": code})
            self._silent_until = asyncio.get_running_loop().time() + (RETRY_S if code else SHORTEST_RETRY_S)
            self.session.failed(message)
        else:
            self.session.acknowledged(message)
        self.wake()

    async def _publish_again(self, message: Message) -> None:
        """The second copy that a bad link makes; nobody waits for it."""
        await self._reason_code(self._client.publish(_packet(message)))

    async def _reason_code(self, published: "concurrent.futures.Future[Any]") -> int | None:
        """The broker's answer to a publish; None if it did not come in time, or the connection went before."""
        try:
            return int((await asyncio.wrap_future(published)).puback.reason_code)
        except Exception as error:  # noqa: BLE001 (awscrt raises its own, undocumented kinds)
            logger.info("publish_interrupted", extra={"error": str(error)})
            return None

    def _missing(self) -> list[str]:
        known = self._granted | self._refused
        return [topic for topic in self.session.subscriptions if topic not in known]

    async def _subscribe(self) -> None:
        """Subscribes to what is missing, eight at a time, until the broker has answered for everything."""
        try:
            while self._is_open and (missing := self._missing()):
                await self._subscribe_some(missing[:FILTERS_PER_SUBSCRIBE])
        finally:
            self._is_subscribing = False
        if self._is_open and not self.is_connected:
            self.is_connected = True
            self.session.connected(refused=self._refused)
        self.wake()

    async def _subscribe_some(self, filters: list[str]) -> None:
        """One SUBSCRIBE; what the broker refuses is only told: the rest still works. No answer: it is sent again."""
        packet = mqtt5.SubscribePacket([mqtt5.Subscription(topic, mqtt5.QoS.AT_LEAST_ONCE) for topic in filters])
        try:
            answer = await asyncio.wrap_future(self._client.subscribe(packet))
        except Exception as error:  # noqa: BLE001 (awscrt raises its own, undocumented kinds)
            logger.warning("subscribe_interrupted", extra={"error": str(error)})
            await asyncio.sleep(SHORTEST_S)
            return
        for topic, code in zip(filters, answer.reason_codes, strict=False):
            (self._refused if int(code) >= REFUSED else self._granted).add(topic)
            if int(code) >= REFUSED:
                logger.error("subscribe_refused", extra={"topic": topic, "reason_code": int(code)})

    async def _stop(self, goodbye: mqtt5.DisconnectPacket | None) -> None:
        self.is_connected = self._is_open = False
        if self._client is None:
            return
        self._stopped.clear()
        self._client.stop(goodbye)
        try:
            async with asyncio.timeout(STOP_PATIENCE_S):
                await self._stopped.wait()
        except TimeoutError:
            logger.warning("stop_timed_out", extra={"serial": self.session.charger.serial})
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _build_client(self) -> Any:
        serial, endpoint, timing = self.session.charger.serial, self.endpoint, self.timing
        return mqtt5_client_builder.mtls_from_path(
            endpoint=endpoint.host,
            port=endpoint.port,
            ca_filepath=str(endpoint.ca_path),
            cert_filepath=str(endpoint.certificate_path),
            pri_key_filepath=str(endpoint.key_path),
            client_id=serial,
            keep_alive_interval_sec=timing.keep_alive_s,
            ping_timeout_ms=int(timing.ping_s * 1000),
            ack_timeout_sec=timing.acknowledgement_s,
            session_behavior=mqtt5.ClientSessionBehaviorType.REJOIN_POST_SUCCESS,
            session_expiry_interval_sec=SESSION_EXPIRY_S,
            offline_queue_behavior=mqtt5.ClientOperationQueueBehaviorType.FAIL_ALL_ON_DISCONNECT,
            retry_jitter_mode=mqtt5.ExponentialBackoffJitterMode.FULL,
            min_reconnect_delay_ms=int(timing.first_wait_s * 1000),
            max_reconnect_delay_ms=int(ceiling_s(serial, timing) * 1000),
            # min_connected_time_to_reset_reconnect_delay_ms stays at its default of 30 s: awscrt 0.36 takes it for the
            # shortest wait, so that every wait is the longest (seen in tests/simulator/test_device_advisor.py)
            will=mqtt5.PublishPacket(topic=topics.last_will(serial), payload=b"{}", qos=mqtt5.QoS.AT_LEAST_ONCE),
            on_publish_received=self._on_publish,
            on_lifecycle_connection_success=lambda _: self._in_loop(self._on_connected),
            on_lifecycle_disconnection=lambda _: self._in_loop(self._on_disconnected),
            on_lifecycle_connection_failure=lambda data: logger.info(
                "connect_failed", extra={"error": str(getattr(data, "exception", data))}
            ),
            on_lifecycle_stopped=lambda _: self._in_loop(self._stopped.set),
        )

    # called by awscrt in threads of its own

    def _in_loop(self, action: Callable[[], None]) -> None:
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(action)

    def _on_publish(self, received: mqtt5.PublishReceivedData) -> None:
        packet = received.publish_packet
        topic, payload = str(packet.topic), bytes(packet.payload or b"")
        self._in_loop(lambda: self._deliver([(topic, payload)]))

    # called in the loop

    def _deliver(self, messages: list[tuple[str, bytes]]) -> None:
        for topic, payload in self._downward.carry(messages):
            if self.session.charger.has_power:
                self.session.heard(topic, payload, self.clock.now())
            self.wake()

    def _on_connected(self) -> None:
        self._is_open, self._granted, self._refused = True, set(), set()
        self.wake()

    def _on_disconnected(self) -> None:
        self.is_connected = self._is_open = False


def ceiling_s(serial: str, timing: Timing) -> float:
    """The longest wait of this charger between two attempts: 3/4 to 5/4 of the setting, the same for ever."""
    return timing.longest_wait_s * (0.75 + zlib.crc32(serial.encode()) % 1000 / 2000)


def _packet(message: Message) -> mqtt5.PublishPacket:
    return mqtt5.PublishPacket(topic=message.topic, payload=message.payload, qos=mqtt5.QoS.AT_LEAST_ONCE)
