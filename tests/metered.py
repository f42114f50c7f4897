"""A charger's night at a house with a meter reader: posts and samples go through our workers, limits to the charger."""

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iotdata.models import iotdata_backends

from chalicelib.adapters import clock
from chalicelib.domain.accounts import Account
from chalicelib.services import meters
from chalicelib.workers import meter_post, meter_samples
from device_shadows.codec import decode
from device_shadows.limit import Limit
from device_shadows.meter import MeterSettings, parse_answer, post_body
from tests import infra
from tests.api_client import LambdaContext
from tests.energy_cloud import Night, a_night, event

HOME_IP = "192.0.2.7"
Lines = tuple[float | None, float | None, float | None]


def post_event(body: bytes, *, source_ip: str = HOME_IP, path: str = "/loadbalancer", method: str = "POST") -> Any:
    """What a function URL makes of the reader's call: without a known content type the body is base64."""
    http = {"method": method, "path": path, "sourceIp": source_ip, "protocol": "HTTP/1.1"}
    return {
        "version": "2.0",
        "rawPath": path,
        "headers": {"host": "meter.zmartcharge.example"},
        "requestContext": {"http": http},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def published() -> list[tuple[str, bytes]]:
    """Every message that the cloud has sent to topics."""
    backend: Any = iotdata_backends[DEFAULT_ACCOUNT_ID][infra.REGION]
    return list(backend.published_payloads)


def forwarded_sample(thing: str, payload: bytes, age_s: float = 0.0) -> str:
    """What the rule on the reader's topic makes of its message."""
    at_ms = int((clock.real_now().timestamp() - age_s) * 1000)
    return json.dumps({"payload": base64.b64encode(payload).decode(), "thing": thing, "at": at_ms})


class MeteredNight:
    """The night, and the reader of its house."""

    def __init__(self, night: Night, owner: Account) -> None:
        self.night, self.owner, self.site_id = night, owner, night.claimed.site_id
        self.token = meters.register(owner, self.site_id, night.now).token
        self._seen = len(published())

    def post(self, one_a: float, two_a: float, three_a: float, **more: Any) -> Any:
        """The reader posts these currents now; the raw answer. Limits that follow have reached the charger."""
        body = post_body(more.pop("token", self.token), (one_a, two_a, three_a), 5000)
        answer = meter_post.handle(post_event(body, **more))
        self.hear_limits()
        return answer

    def settings(self, one_a: float, two_a: float, three_a: float) -> MeterSettings:
        """What the reader takes from the answer to a post."""
        return parse_answer(self.post(one_a, two_a, three_a)["body"].encode())

    def sample(self, thing: str, payload: bytes, age_s: float = 0.0) -> None:
        """A message by MQTT; it is worked on, whatever becomes of it."""
        body = event(forwarded_sample(thing, payload, age_s))
        assert meter_samples.handle(body, LambdaContext()) == {"batchItemFailures": []}
        self.hear_limits()

    def hear_limits(self) -> list[Limit]:
        """The limits that were sent since, which the charger now knows."""
        new = published()[self._seen :]
        self._seen += len(new)
        found = [decode(payload, Limit) for topic, payload in new if topic.endswith("/limit")]
        for limit in found:
            self.night.box.hear_limit(limit, self.night.now)
        self.night.exchange()
        return found

    def live(self, seconds: int, house_a: float, every_s: int = 10) -> None:
        """The meter shows `house_a`, less on the other lines, and what the car draws: on IT on two of them."""
        end = self.night.now + timedelta(seconds=seconds)
        while self.night.now < end:
            self.night.run(min(end, self.night.now + timedelta(seconds=every_s)))
            drawn_a = max(self.night.box.status.drawn_a)
            tick = self.night.now.second % 7 / 10  # mains voltage moves the last digit
            self.post(house_a + drawn_a + tick, house_a / 2 + drawn_a + tick, house_a * 0.8 + tick)

    def limit_a(self) -> int | None:
        """The limit that the charger obeys now."""
        return self.night.box.lease.current_a(self.night.box.now_s)


def a_metered_night(owner: Account, now: datetime, patch: pytest.MonkeyPatch) -> MeteredNight:
    """A charger in Bergen, and a reader that has not said anything yet."""
    return MeteredNight(a_night(owner, now, patch), owner)


def iot() -> Any:
    """The device registry."""
    return boto3.client("iot", region_name=infra.REGION)
