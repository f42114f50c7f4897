"""How a simulated Pow-U reaches the cloud: an HTTPS call each time, or MQTT 3.1.1 with QoS 0."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import aiohttp
from awscrt import mqtt
from awsiot import mqtt_connection_builder

from device_shadows.meter import MeterList
from simulator.ams_meter import AmsMeter, due_lists
from simulator.clock import Clock
from simulator.connection import Endpoint
from simulator.powu import HttpsReader, MqttReader

TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
KEEP_ALIVE_S: Final = 60
RETRY_S: Final = 10.0
LOOK_S: Final = 1
"""How often the meter is looked at, product time."""
logger = logging.getLogger(__name__)
Alive = Callable[[datetime], bool]
"""Whether the meter speaks at this moment."""


async def live_by_https(reader: HttpsReader, meter: AmsMeter, clock: Clock, alive: Alive) -> None:
    """Posts until cancelled; a new connection each time, as the firmware does."""
    while True:
        at = clock.now()
        if alive(at):
            reader.heard(meter.sample(MeterList.LINES, at))
        if body := reader.body():
            await _post(reader, body)
        await clock.sleep_until(reader.next_post(at))


async def _post(reader: HttpsReader, body: bytes) -> None:
    connector = aiohttp.TCPConnector(force_close=True)
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT, connector=connector, skip_auto_headers=("Content-Type",)) as http,
            http.post(reader.url, data=body) as answer,
        ):
            reader.answered(answer.status, await answer.read())
    except (aiohttp.ClientError, TimeoutError) as error:
        logger.info("post_failed", extra={"error": str(error)})
        reader.failed()


async def live_by_mqtt(
    reader: MqttReader, meter: AmsMeter, clock: Clock, alive: Alive, endpoint: Endpoint, client_id: str
) -> None:
    """Publishes every list until cancelled; connects again after ten seconds when it cannot."""
    while True:
        connection = connection_of(reader, endpoint, client_id)
        try:
            await asyncio.wrap_future(connection.connect())
            connection.publish(reader.status_topic, b"online", mqtt.QoS.AT_MOST_ONCE, retain=True)
            await _publish_lists(reader, meter, clock, alive, connection)
        except Exception as error:  # noqa: BLE001 (awscrt raises its own, undocumented kinds)
            logger.warning("reader_failed", extra={"error": str(error)})
            await asyncio.sleep(RETRY_S)
        finally:
            with contextlib.suppress(Exception):
                connection.disconnect()


async def _publish_lists(reader: MqttReader, meter: AmsMeter, clock: Clock, alive: Alive, connection: Any) -> None:
    since = clock.now()
    while True:
        now = clock.now()
        for at, kind in due_lists(since, now):
            if alive(at):
                topic, payload = reader.message(meter.sample(kind, at))
                connection.publish(topic, payload, mqtt.QoS.AT_MOST_ONCE)
        since = now
        await clock.sleep_until(datetime.fromtimestamp(int(now.timestamp()) + LOOK_S, tz=now.tzinfo))


def connection_of(reader: MqttReader, endpoint: Endpoint, client_id: str) -> Any:
    """An MQTT connection that is not open yet, with the reader's last will."""
    return mqtt_connection_builder.mtls_from_path(
        endpoint=endpoint.host,
        port=endpoint.port,
        ca_filepath=str(endpoint.ca_path),
        cert_filepath=str(endpoint.certificate_path),
        pri_key_filepath=str(endpoint.key_path),
        client_id=client_id,
        clean_session=True,
        keep_alive_secs=KEEP_ALIVE_S,
        will=mqtt.Will(reader.status_topic, mqtt.QoS.AT_MOST_ONCE, b"offline", retain=True),
    )
