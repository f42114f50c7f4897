"""The shell around a charger: the genuine awsiotsdk, MQTT 5 over mutual TLS, and a loop on the simulator's clock."""

import asyncio
import concurrent.futures
import contextlib
import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from awscrt import mqtt5
from awsiot import mqtt5_client_builder

from device_shadows import topics
from simulator.clock import EPOCH, Clock
from simulator.session import Message, Session

FILTERS_PER_SUBSCRIBE: Final = 8
"""The broker's limit."""
KEEP_ALIVE_S: Final = 60
SESSION_EXPIRY_S: Final = 3600
SHORTEST_S: Final = 0.001
IDLE_S: Final = 1.0
"""The shortest and the longest the loop sleeps, real time."""
RETRY_S: Final = 2.0
"""How long nothing is sent after the broker has refused a message, real time."""
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


class Connection:
    """Keeps one charger connected and living; `after_turn` is called after each turn of its loop."""

    def __init__(
        self, session: Session, clock: Clock, endpoint: Endpoint, *, after_turn: Callable[[], None] = lambda: None
    ) -> None:
        self.session, self.clock, self.endpoint, self.after_turn = session, clock, endpoint, after_turn
        self.is_connected = False
        self._client: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake, self._stopped = asyncio.Event(), asyncio.Event()
        self._silent_until = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Something was done to the charger: look at once (call from the loop's own thread)."""
        self._wake.set()

    async def run(self) -> None:
        """Connects, reconnects and lives until cancelled; then says goodbye and lets go of everything."""
        self._loop = asyncio.get_running_loop()
        self._client = self._build_client()
        self._client.start()
        try:
            while True:
                await self._turn()
        finally:
            await self._stop(mqtt5.DisconnectPacket())

    async def power_cycle(self) -> None:
        """Drops the connection without a goodbye, as a power cut does, and connects again."""
        await self._stop(None)
        self._client = self._build_client()
        self._client.start()

    async def _turn(self) -> None:
        self._wake.clear()
        self.session.charger.advance(self.clock.now())
        if self.is_connected and asyncio.get_running_loop().time() >= self._silent_until:
            for message in self.session.outgoing():
                self._spawn(self._publish(message))
        self.after_turn()
        wake_s = self.session.charger.next_wake_s()
        delay_s = IDLE_S if wake_s is None else self.clock.real_s_until(EPOCH + timedelta(seconds=wake_s))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), min(max(delay_s, SHORTEST_S), IDLE_S))

    async def _publish(self, message: Message) -> None:
        packet = mqtt5.PublishPacket(topic=message.topic, payload=message.payload, qos=mqtt5.QoS.AT_LEAST_ONCE)
        code = await self._reason_code(self._client.publish(packet))
        if code is None or code >= REFUSED:
            logger.warning("publish_failed", extra={"topic": message.topic, "reason_code": code})
            self._silent_until = asyncio.get_running_loop().time() + RETRY_S
            self.session.failed(message)
        else:
            self.session.acknowledged(message)
            self.wake()

    async def _reason_code(self, published: "concurrent.futures.Future[Any]") -> int | None:
        """The broker's answer to a publish; None if the connection went before it came."""
        try:
            return int((await asyncio.wrap_future(published)).puback.reason_code)
        except Exception as error:  # noqa: BLE001 (awscrt raises its own, undocumented kinds)
            logger.info("publish_interrupted", extra={"error": str(error)})
            return None

    async def _subscribe(self) -> None:
        """Subscribes to everything, eight at a time; what the broker refuses is only told: the rest still works."""
        wanted = self.session.subscriptions
        for first in range(0, len(wanted), FILTERS_PER_SUBSCRIBE):
            chunk = wanted[first : first + FILTERS_PER_SUBSCRIBE]
            packet = mqtt5.SubscribePacket([mqtt5.Subscription(topic, mqtt5.QoS.AT_LEAST_ONCE) for topic in chunk])
            try:
                answer = await asyncio.wrap_future(self._client.subscribe(packet))
            except Exception as error:  # noqa: BLE001 (awscrt raises its own, undocumented kinds)
                logger.warning("subscribe_interrupted", extra={"error": str(error)})
                return
            for topic, code in zip(chunk, answer.reason_codes, strict=False):
                if int(code) >= REFUSED:
                    logger.error("subscribe_refused", extra={"topic": topic, "reason_code": int(code)})
        self.is_connected = True
        self.session.connected()
        self.wake()

    async def _stop(self, goodbye: mqtt5.DisconnectPacket | None) -> None:
        self.is_connected = False
        self._stopped.clear()
        self._client.stop(goodbye)
        try:
            await asyncio.wait_for(self._stopped.wait(), STOP_PATIENCE_S)
        except TimeoutError:
            logger.warning("stop_timed_out", extra={"serial": self.session.charger.serial})
        for task in self._tasks:
            task.cancel()

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _build_client(self) -> Any:
        serial, endpoint = self.session.charger.serial, self.endpoint
        return mqtt5_client_builder.mtls_from_path(
            endpoint=endpoint.host,
            port=endpoint.port,
            ca_filepath=str(endpoint.ca_path),
            cert_filepath=str(endpoint.certificate_path),
            pri_key_filepath=str(endpoint.key_path),
            client_id=serial,
            keep_alive_interval_sec=KEEP_ALIVE_S,
            session_behavior=mqtt5.ClientSessionBehaviorType.REJOIN_POST_SUCCESS,
            session_expiry_interval_sec=SESSION_EXPIRY_S,
            offline_queue_behavior=mqtt5.ClientOperationQueueBehaviorType.FAIL_ALL_ON_DISCONNECT,
            min_reconnect_delay_ms=500,
            max_reconnect_delay_ms=30_000,
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
        self._in_loop(lambda: self._on_message(topic, payload))

    # called in the loop

    def _on_message(self, topic: str, payload: bytes) -> None:
        self.session.heard(topic, payload, self.clock.now())
        self.wake()

    def _on_connected(self) -> None:
        self._spawn(self._subscribe())

    def _on_disconnected(self) -> None:
        self.is_connected = False
