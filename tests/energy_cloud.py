"""A simulated charger joined to the product in process: its messages go through our workers, only without MQTT.

What AWS does in between (the shadow service's documents, the rules, the queues) is done here in a few lines, so that
order, doubles and delays are the test's to choose.
"""

import base64
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import msgspec
import pytest

from chalicelib.adapters.prices.hvakosterstrommen import parse
from chalicelib.domain.accounts import Account
from chalicelib.domain.chargers import Charger as ClaimedCharger
from chalicelib.domain.ids import Zone
from chalicelib.domain.plan_rounds import RoundMessage, SiteRound
from chalicelib.domain.prices import PriceDay
from chalicelib.domain.zones import Position
from chalicelib.services import day_ahead_prices, plan_rounds
from chalicelib.settings import settings
from chalicelib.workers import planning, readings, site_planning, status_reports
from device_shadows.charging import ChargingDesired
from device_shadows.codec import convert
from device_shadows.config import ConfigDesired, reported
from device_shadows.names import Serial
from device_shadows.shadow import reported_update
from simulator.car import Car
from simulator.charger import Charger
from simulator.records import Hardware
from tests import infra
from tests.api_client import LambdaContext
from tests.made_chargers import MadeCharger

RECORDED = Path(__file__).parent / "data" / "prices"
ARN = "arn:aws:sqs:eu-north-1:123456789012:queue"
BERGEN = Position(lat=60.39, lon=5.32)


class RecordedPrices:
    """The price source: real days of NO5, nothing else."""

    def fetch(self, zone: Zone, day: date, now: datetime) -> PriceDay | None:
        """The recorded day, None for any other."""
        path = RECORDED / f"hvakosterstrommen_NO5_{day}.json"
        return parse(path.read_bytes(), zone, day, now) if path.exists() and zone == "NO5" else None


def event(*bodies: str) -> dict[str, Any]:
    """What SQS hands to a function."""
    records = [
        {
            "messageId": str(number),
            "receiptHandle": "x",
            "body": body,
            "attributes": {},
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": ARN,
            "awsRegion": infra.REGION,
        }
        for number, body in enumerate(bodies)
    ]
    return {"Records": records}


def messages(url: str = "") -> list[str]:
    """Everything that waits in the planning queue, or in the queue `url`, taken out of it."""
    sqs, queue, bodies = boto3.client("sqs", region_name=infra.REGION), url or settings().planning_queue_url, []
    while found := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
        for message in found:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def sites_to_plan() -> list[str]:
    """The sites that the rounds which wait are for, each as often as it is asked for; the queue is empty then."""
    found: list[str] = []
    while waiting := messages(settings().site_planning_queue_url):
        for message in (msgspec.json.decode(body, type=RoundMessage) for body in waiting):
            if isinstance(message, SiteRound):
                found += message.site_ids
            else:
                plan_rounds.go_on(message)
    return sorted(found)


def active_chargers(zone: Zone) -> list[str]:
    """The chargers that a round of planning in this zone would find."""
    rows = boto3.client("dynamodb", region_name=infra.REGION).scan(TableName="SessionsTable")["Items"]
    filed = [row for row in rows if row.get("active_zone", {}).get("S", "").split("#")[0] == zone]
    return sorted(row["charger_id"]["S"] for row in filed)


def forwarded(serial: str, payload: bytes, **more: Any) -> str:
    """What a rule makes of a message: its bytes as they are, and the thing from the topic."""
    return json.dumps({"payload": base64.b64encode(payload).decode(), "thing": serial} | more)


class Night:
    """One claimed charger, its simulated box, and the clock of both."""

    made: MadeCharger

    def __init__(self, owner: Account, claimed: ClaimedCharger, now: datetime, patch: pytest.MonkeyPatch) -> None:
        self.owner, self.claimed, self.patch = owner, claimed, patch
        self.charger_id = claimed.charger_id
        self.now = now
        self.box = Charger(Serial(claimed.serial), at=now, hardware=Hardware(phases=1, grid="IT"))
        self.data = boto3.client("iot-data", region_name=infra.REGION)
        self.sqs = boto3.client("sqs", region_name=infra.REGION)
        self.messages: list[str] = []
        self.is_online = True
        self._echoed: dict[str, msgspec.Struct] = {}
        self._set_clock()
        self._report(self.box.present_status())  # at its first connection, when nobody owned it
        self.box.apply_config(convert(self._desired("config"), ConfigDesired), now)

    def run(self, until: datetime) -> None:
        """Let time pass, event by event; each event's messages arrive before the next."""
        while self.now < until:
            wake = self.box.next_wake_s()
            at = until if wake is None else min(until, datetime.fromtimestamp(wake, UTC))
            self.now = max(at, self.now + timedelta(seconds=1))
            self._set_clock()
            self.box.advance(self.now)
            self.exchange()

    def plug_in(self, need_wh: int) -> Car:
        """A car comes."""
        car = Car(need_wh=need_wh)
        self.box.plug_in(car, self.now)
        self.exchange()
        return car

    def unplug(self) -> None:
        """It leaves."""
        self.box.unplug(self.now)
        self.exchange()

    def exchange(self) -> None:
        """Everything that is due goes to the cloud, is worked on, and the plan comes back."""
        if not self.is_online:
            return
        messages = [(status_reports.handle, body) for body in self.status_messages() + self.echo_messages()]
        messages += [(readings.handle, body) for body in self.reading_messages()]
        for handle, body in messages:
            self.deliver(handle, body)
        self.plan()

    def status_messages(self) -> list[str]:
        """What the rule on the status shadow would forward."""
        found = []
        while self.box.statuses:
            found.append(self._report(self.box.statuses.popleft()))
        return found

    def echo_messages(self) -> list[str]:
        """What the rules on the other two shadows would forward: what the charger has applied, if that is new."""
        config = self.box.config
        told: list[tuple[str, msgspec.Struct | None]] = [
            ("config", config and reported(config)),
            ("charging", self.box.charging_report),
        ]
        found = []
        for shadow, report in told:
            if report is not None and self._echoed.get(shadow) != report:
                self._echoed[shadow] = report
                found.append(self._report(report, shadow))
        return found

    def echo_messages_after_reading(self) -> list[str]:
        """The charger reads its `charging` shadow; what the rule makes of its answer."""
        self.box.apply_charging(convert(self._desired("charging"), ChargingDesired), self.now)
        return self.echo_messages()

    def hear(self) -> None:
        """The charger reads its shadows and says what it has applied."""
        self.box.apply_config(convert(self._desired("config"), ConfigDesired), self.now)
        self.exchange()

    def reading_messages(self) -> list[str]:
        """What the rule on readings would forward."""
        found = []
        for reading in self.box.due_readings():
            found.append(forwarded(self.box.serial, msgspec.json.encode(reading)))
            self.box.acknowledge(reading)
        self.messages += found
        return found

    def deliver(self, handle: Callable[[dict[str, Any], Any], dict[str, Any]], *bodies: str) -> None:
        """Hand messages to a worker; a failure fails the test."""
        assert handle(event(*bodies), LambdaContext()) == {"batchItemFailures": []}

    def plan(self) -> None:
        """Work off the queues of plans, then let the charger read its shadow."""
        self._work_off(settings().planning_queue_url, planning.handle)
        desired = self._desired("charging")
        if desired:
            charging = convert(desired, ChargingDesired)
            if charging != self.box.charging:
                self.box.apply_charging(charging, self.now)
                self.exchange()

    def _work_off(self, queue: str, handle: Callable[[dict[str, Any], Any], dict[str, Any]]) -> None:
        while found := self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            for message in found:
                self.deliver(handle, message["Body"])
                self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    def fetch_prices(self) -> None:
        """The schedule fires, and everybody in the zone is planned anew."""
        if day_ahead_prices.fetch(self.now, zones=(Zone("NO5"),), source=RecordedPrices()):
            self._work_off(settings().site_planning_queue_url, site_planning.handle)

    def _report(self, report: msgspec.Struct, shadow: str = "status") -> str:
        """Into the shadow; the answer is what the rule makes of it."""
        payload = reported_update(report)
        answer = self.data.update_thing_shadow(thingName=self.box.serial, shadowName=shadow, payload=payload)
        version = json.loads(answer["payload"].read())["version"]
        told = json.loads(payload)["state"]["reported"]
        kind = {} if shadow == "status" else {"kind": shadow}
        return json.dumps({"thing": self.box.serial, "version": version, "reported": told} | kind)

    def _desired(self, shadow: str) -> Any:
        try:
            answer = self.data.get_thing_shadow(thingName=self.box.serial, shadowName=shadow)
        except self.data.exceptions.ResourceNotFoundException:
            return None
        return json.loads(answer["payload"].read())["state"].get("desired")

    def _set_clock(self) -> None:
        self.patch.setenv("CLOCK", f"{self.now.isoformat()}@0@0")
        settings.cache_clear()


def a_night(
    owner: Account,
    now: datetime,
    patch: pytest.MonkeyPatch,
    *,
    with_prices: bool = True,
    serial: str = "ZC-00000001",
) -> Night:
    """A charger in Bergen that `owner` claimed a moment ago; prices are known unless told otherwise."""
    made = MadeCharger(serial)
    night = Night(owner, made.claim(owner, position=BERGEN), now, patch)
    night.made = made
    if with_prices:
        night.fetch_prices()
    night.exchange()
    return night
