"""A charger's certificate in the hands of a test: a client that says what it likes."""

from concurrent.futures import Future
from typing import Any, Self

from awscrt import mqtt5
from awsiot import mqtt5_client_builder

from local.devices import MadeCharger

REFUSED = 0x80
"""The first of the reason codes that mean no, such as 0x87, not authorised."""
_PATIENCE_S = 20.0


class Client:
    """An MQTT client with the files of a made charger; `certificate` another file than the charger's own.

    Leaves no retries behind: the first failure to connect is the answer.
    """

    def __init__(self, made: MadeCharger, port: int, *, certificate: str = "", client_id: str = "") -> None:
        self._connected, self._stopped = Future[bool](), Future[None]()
        self.heard: list[tuple[str, bytes]] = []
        self._client: Any = mqtt5_client_builder.mtls_from_path(
            endpoint="localhost",
            port=port,
            ca_filepath=str(made.authority_file),
            cert_filepath=certificate or str(made.certificate_file),
            pri_key_filepath=str(made.key_file),
            client_id=client_id or made.serial,
            on_publish_received=self._hear,
            on_lifecycle_connection_success=lambda _: self._settle(is_connected=True),
            on_lifecycle_connection_failure=lambda _: self._settle(is_connected=False),
            on_lifecycle_stopped=lambda _: self._stopped.set_result(None),
        )

    def connect(self) -> bool:
        """Whether the broker lets it in."""
        self._client.start()
        return self._connected.result(_PATIENCE_S)

    def subscribe(self, topic: str) -> int:
        """The broker's answer to a subscription."""
        packet = mqtt5.SubscribePacket([mqtt5.Subscription(topic, mqtt5.QoS.AT_LEAST_ONCE)])
        return int(self._client.subscribe(packet).result(_PATIENCE_S).reason_codes[0])

    def publish(self, topic: str, payload: bytes = b"{}") -> int:
        """The broker's answer to a message."""
        return int(self.send(topic, payload).result(_PATIENCE_S).puback.reason_code)

    def send(self, topic: str, payload: bytes) -> "Future[Any]":
        """A message on its way."""
        packet = mqtt5.PublishPacket(topic=topic, payload=payload, qos=mqtt5.QoS.AT_LEAST_ONCE)
        sent: Future[Any] = self._client.publish(packet)
        return sent

    def __enter__(self) -> Self:
        assert self.connect()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Say goodbye, or stop trying."""
        self._client.stop(mqtt5.DisconnectPacket())
        self._stopped.result(_PATIENCE_S)

    def _hear(self, received: mqtt5.PublishReceivedData) -> None:
        packet = received.publish_packet
        self.heard.append((str(packet.topic), bytes(packet.payload or b"")))

    def _settle(self, *, is_connected: bool) -> None:
        if not self._connected.done():
            self._connected.set_result(is_connected)
