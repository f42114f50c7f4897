"""The cases of AWS IoT Device Advisor that can be run on one machine; docs/device-advisor.md lists them.

The charger is the simulator with the genuine awsiotsdk; the broker is the test's own. Waits are shortened by `QUICK`.
"""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from device_shadows import topics
from device_shadows.charging import ChargingDesired
from device_shadows.names import CHARGING, CONFIG, STATUS, Serial
from simulator.car import Car
from simulator.clock import Clock
from simulator.connection import Endpoint, Timing, ceiling_s
from simulator.device import Device
from tests.simulator.broker import Broker, Event, make_certificates
from tests.simulator.nights import CONFIG as SETTINGS
from tests.simulator.nights import at

SERIAL = Serial("ZC-000001")
QUICK = Timing(keep_alive_s=2, ping_s=0.5, acknowledgement_s=1, first_wait_s=0.05, longest_wait_s=0.8)
STATUS_UPDATE = topics.shadow_update(SERIAL, STATUS)
Story = Callable[[Broker, Device], Awaitable[None]]


class Shadows:
    """The shadow service, as far as a charger sees it: get, update, accepted, delta."""

    def __init__(self, desired: dict[str, dict[str, Any]] | None = None) -> None:
        self.desired = desired or {}
        self.reported: dict[str, dict[str, Any]] = {}
        self.versions = dict.fromkeys((CONFIG, CHARGING, STATUS), 0)

    def __call__(self, topic: str, payload: bytes) -> list[tuple[str, bytes]]:
        """What the service sends when this is published."""
        for shadow in (CONFIG, CHARGING, STATUS):
            if topic == topics.shadow_get(SERIAL, shadow):
                return [self._get(topic, shadow)]
            if topic == topics.shadow_update(SERIAL, shadow):
                self.versions[shadow] += 1
                self.reported.setdefault(shadow, {}).update(json.loads(payload)["state"]["reported"])
                return []
        return []

    def want(self, shadow: str, change: dict[str, Any]) -> tuple[str, bytes]:
        """The delta by which the charger hears of a change."""
        self.versions[shadow] += 1
        body = {"state": change, "version": self.versions[shadow], "timestamp": 1}
        return f"{topics.shadow_update(SERIAL, shadow)}/delta", json.dumps(body).encode()

    def _get(self, topic: str, shadow: str) -> tuple[str, bytes]:
        if shadow not in self.desired:
            return f"{topic}/rejected", b'{"code":404,"message":"No shadow exists with name"}'
        body = {"state": {"desired": self.desired[shadow]}, "version": self.versions[shadow], "timestamp": 1}
        return f"{topic}/accepted", json.dumps(body).encode()


def configured() -> Shadows:
    settings = msgspec.json.decode(msgspec.json.encode(SETTINGS))
    return Shadows({CONFIG: settings, CHARGING: msgspec.to_builtins(ChargingDesired())})


def play(folder: Path, story: Story, *, broker_of: Callable[[], Broker], timing: Timing = QUICK) -> None:
    """Lets a charger live against a broker until the story is over."""
    tls = make_certificates(folder, SERIAL)

    async def run() -> None:
        async with broker_of().serving(tls) as broker:
            files = {
                "ca_path": folder / "authority.pem",
                "certificate_path": folder / f"{SERIAL}.pem",
                "key_path": folder / f"{SERIAL}.key",
            }
            endpoint = Endpoint(host="localhost", port=broker.port, **files)
            device = Device(SERIAL, clock=Clock.frozen(at(-6)), endpoint=endpoint, timing=timing)
            life = asyncio.create_task(device.run())
            try:
                await story(broker, device)
            finally:
                life.cancel()
                with suppress(asyncio.CancelledError):
                    await life

    asyncio.run(run())


def waits_s(events: list[Event]) -> list[float]:
    return [later.at - earlier.at for earlier, later in itertools.pairwise(events)]


async def until_told(broker: Broker) -> Event:
    """The first status is in the shadow: everything before it was done."""
    return (await broker.wait_for_count(1, "publish", STATUS_UPDATE))[0]


def test_mqtt_connect(tmp_path: Path) -> None:
    """MQTT_Connect: mutual TLS, the serial as client id, keep-alive, session expiry, the last will of the contract."""

    async def story(broker: Broker, _: Device) -> None:
        (connect,) = await broker.wait_for_count(1, "connect")
        assert (connect.client_id, connect.keep_alive_s, connect.session_expiry_s) == (SERIAL, 60, 3600)
        assert (connect.will_topic, connect.is_clean) == (topics.last_will(SERIAL), True)

    play(tmp_path, story, broker_of=Broker, timing=Timing())


@pytest.mark.parametrize("code", [0x87, 0x88], ids=["not authorised", "server unavailable"])
def test_mqtt_connect_exponential_backoff_retries(tmp_path: Path, code: int) -> None:
    """MQTT_Connect_Exponential_Backoff_Retries: refused six times, and no wait is longer than its doubling ceiling."""

    async def story(broker: Broker, _: Device) -> None:
        broker.faults.connack_code = code
        waits = waits_s(await broker.wait_for_count(6, "connect"))
        ceilings = [min(0.05 * 2**n, 1.0) for n in range(len(waits))]
        assert all(wait <= ceiling + 0.5 for wait, ceiling in zip(waits, ceilings, strict=True))

    play(tmp_path, story, broker_of=Broker)


def test_mqtt_connect_jitter_backoff_retries(tmp_path: Path) -> None:
    """MQTT_Connect_Jitter_Backoff_Retries: a wait is drawn from its range, not the end of it."""
    timing = msgspec.structs.replace(QUICK, longest_wait_s=60.0)

    async def story(broker: Broker, _: Device) -> None:
        broker.faults.connack_code = 0x88
        waits = waits_s(await broker.wait_for_count(8, "connect"))
        ceilings = [0.05 * 2**n for n in range(len(waits))]
        assert any(wait < 0.9 * ceiling for wait, ceiling in list(zip(waits, ceilings, strict=True))[2:])

    play(tmp_path, story, broker_of=Broker, timing=timing)


def test_chargers_that_have_waited_long_do_not_come_back_together() -> None:
    """At its ceiling the SDK waits without jitter, so the ceilings of a fleet differ by up to half a minute."""
    ceilings = sorted(ceiling_s(f"ZC-{number:06d}", Timing()) for number in range(1000))
    assert (ceilings[0] >= 45, ceilings[-1] <= 75, len(set(ceilings)) > 600) == (True, True, True)
    assert ceilings[750] - ceilings[250] > 10


def test_mqtt_reconnect_backoff_retries_on_server_disconnect(tmp_path: Path) -> None:
    """MQTT_Reconnect_Backoff_Retries_On_Server_Disconnect: a DISCONNECT is followed by a new connection."""

    async def story(broker: Broker, _: Device) -> None:
        await until_told(broker)
        for count in (2, 3):
            await broker.disconnect(0x8B)
            await broker.wait_for_count(count, "connect")
        second = broker.seen("connect")[1]
        assert second.connection == 2

    play(tmp_path, story, broker_of=lambda: Broker(answer=configured()))


def test_mqtt_reconnect_backoff_retries_on_unstable_connection(tmp_path: Path) -> None:
    """MQTT_Reconnect_Backoff_Retries_On_Unstable_Connection: cut off at once each time, it never gives up."""

    async def story(broker: Broker, _: Device) -> None:
        broker.faults.drops_after_connack = True
        await broker.wait_for_count(5, "connect")
        broker.faults.drops_after_connack = False
        told = await until_told(broker)
        assert told.connection >= 6

    play(tmp_path, story, broker_of=lambda: Broker(answer=configured()))


def test_mqtt_publish(tmp_path: Path) -> None:
    """MQTT_Publish: a car comes, and its reading is published with QoS 1 on the topic of the contract."""

    async def story(broker: Broker, device: Device) -> None:
        await until_told(broker)
        device.plug_in(Car(need_wh=1000))
        (event,) = await broker.wait_for_count(1, "publish", topics.reading(SERIAL))
        assert (json.loads(event.payload)["kind"], event.packet_id > 0) == ("session_start", True)

    play(tmp_path, story, broker_of=lambda: Broker(answer=configured()))


def test_mqtt_publish_retry_no_puback(tmp_path: Path) -> None:
    """MQTT_Publish_Retry_No_Puback: what was not acknowledged is published again, with the same content."""

    async def story(broker: Broker, device: Device) -> None:
        await until_told(broker)
        await broker.wait_for(lambda: not device.connection.session.in_flight)
        broker.faults.pubacks_to_swallow = 10
        device.plug_in(Car(need_wh=1000))
        first, again = (await broker.wait_for_count(2, "publish", topics.reading(SERIAL)))[:2]
        assert (again.payload, again.at - first.at >= 0.9) == (first.payload, True)
        broker.faults.pubacks_to_swallow = 0

    play(tmp_path, story, broker_of=lambda: Broker(answer=configured()))


def test_mqtt_client_puback_qos1(tmp_path: Path) -> None:
    """MQTT_Client_Puback_Qos1: each message that comes with QoS 1 is acknowledged, also one that makes no sense."""

    async def story(broker: Broker, _: Device) -> None:
        await until_told(broker)
        ids = {await broker.publish(topics.limit(SERIAL), payload) for payload in (b"{", b"{}", b"\xff" * 100)}
        await broker.wait_for(lambda: ids <= {event.packet_id for event in broker.seen("puback")})
        assert len(broker.seen("connect")) == 1

    play(tmp_path, story, broker_of=lambda: Broker(answer=configured()))


def test_mqtt_subscribe(tmp_path: Path) -> None:
    """MQTT_Subscribe: exact topics of its own, at most eight in a packet, before anything is asked or told."""

    async def story(broker: Broker, device: Device) -> None:
        told = await until_told(broker)
        packets = [event for event in broker.seen("subscribe") if event.at < told.at]
        filters = [one for event in packets for one in event.filters]
        assert filters == device.connection.session.subscriptions
        assert max(len(event.filters) for event in packets) <= 8
        assert all(SERIAL in one and not set(one) & {"+", "#"} for one in filters)

    play(tmp_path, story, broker_of=lambda: Broker(answer=configured()))


def test_mqtt_subscribe_retry_no_suback(tmp_path: Path) -> None:
    """MQTT_Subscribe_Retry_No_Suback: without an answer it subscribes again on the same connection."""

    async def story(broker: Broker, _: Device) -> None:
        broker.faults.subacks_to_swallow = 1
        first, again = (await broker.wait_for_count(2, "subscribe"))[:2]
        assert (again.filters, again.connection) == (first.filters, first.connection)
        await until_told(broker)

    play(tmp_path, story, broker_of=lambda: Broker(answer=configured()))


def test_a_refused_subscription_does_not_silence_the_charger(tmp_path: Path) -> None:
    """Not a case of Device Advisor: without jobs it works on, and does not ask for what it cannot hear."""

    async def story(broker: Broker, _: Device) -> None:
        broker.faults.forbidden = topics.jobs_answers(SERIAL)
        await until_told(broker)
        await broker.wait_for_count(1, "publish", topics.shadow_update(SERIAL, CHARGING))
        assert broker.seen("publish", topics.jobs_start_next(SERIAL)) == []

    play(tmp_path, story, broker_of=lambda: Broker(answer=configured()))


def test_mqtt_no_ack_pingresp(tmp_path: Path) -> None:
    """MQTT_No_Ack_PingResp: a PINGREQ without PINGRESP ends in a new connection, not in a hanging one."""

    async def story(broker: Broker, _: Device) -> None:
        broker.faults.answers_pings = False
        await broker.wait_for_count(2, "connect")
        assert broker.seen("pingreq")[0].connection == 1

    play(tmp_path, story, broker_of=lambda: Broker(answer=configured()))


def test_mqtt_persistent_session_happy_case(tmp_path: Path) -> None:
    """MQTT_Persistent_Session_Happy_Case: after a loss it resumes the session, and hears what was kept for it."""
    shadows = configured()

    async def story(broker: Broker, device: Device) -> None:
        await until_told(broker)
        broker.has_session = True
        broker.cut()
        second = (await broker.wait_for_count(2, "connect"))[1]
        await broker.publish(*shadows.want(CONFIG, {"max_current_a": 9}))
        await broker.wait_for(lambda: device.charger.config and device.charger.config.max_current_a == 9)
        assert (second.is_clean, second.session_expiry_s) == (False, 3600)

    play(tmp_path, story, broker_of=lambda: Broker(answer=shadows))


def test_mqtt_expired_persistent_session(tmp_path: Path) -> None:
    """MQTT_Expired_Persistent_Session: when the broker has no session any more, it subscribes and asks anew."""

    async def story(broker: Broker, _: Device) -> None:
        await until_told(broker)
        before = len(broker.seen("subscribe"))
        broker.cut()
        await broker.wait_for_count(2, "publish", topics.shadow_get(SERIAL, CONFIG))
        again = broker.seen("subscribe")[before:]
        assert [one for event in again for one in event.filters] == [
            one for event in broker.seen("subscribe")[:before] for one in event.filters
        ]

    play(tmp_path, story, broker_of=lambda: Broker(answer=configured()))


def test_shadow_publish_reported_state(tmp_path: Path) -> None:
    """Shadow_Publish_Reported_State: after the connect all three shadows are reported, as they are."""
    shadows = configured()

    async def story(broker: Broker, _: Device) -> None:
        await broker.wait_for(lambda: set(shadows.reported) == {CONFIG, CHARGING, STATUS})
        assert shadows.reported[CONFIG] == shadows.desired[CONFIG]
        assert (shadows.reported[STATUS]["evse_state"], shadows.reported[CHARGING]["mode"]) == ("A", "smart")

    play(tmp_path, story, broker_of=lambda: Broker(answer=shadows))


def test_shadow_update_reported_state(tmp_path: Path) -> None:
    """Shadow_Update_Reported_State: what is desired is done and then reported, until nothing differs."""
    shadows = configured()

    async def story(broker: Broker, device: Device) -> None:
        await broker.wait_for(lambda: set(shadows.reported) == {CONFIG, CHARGING, STATUS})
        await broker.publish(*shadows.want(CHARGING, {"mode": "full"}))
        await broker.publish(*shadows.want(CONFIG, {"max_current_a": 13}))
        await broker.wait_for(
            lambda: (shadows.reported[CHARGING]["mode"], shadows.reported[CONFIG]["max_current_a"]) == ("full", 13)
        )
        assert device.charger.config is not None
        assert (device.charger.charging.mode, device.charger.config.max_current_a) == ("full", 13)

    play(tmp_path, story, broker_of=lambda: Broker(answer=shadows))
