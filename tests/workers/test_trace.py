"""One trace from a request of the app to the charger and back."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from chalicelib.adapters import aws
from chalicelib.adapters.dynamo import accounts
from chalicelib.domain.ids import AccountId
from chalicelib.observability import log
from chalicelib.settings import settings
from chalicelib.workers import planning, status_reports
from tests import infra
from tests.api_client import ApiClient, LambdaContext
from tests.energy_cloud import Night, a_night
from tests.identity import People, Person
from tests.services.test_charging_orders import PLUG_IN

REQUEST = "request-1"
"""What API Gateway calls every request of the test's client."""


@pytest.fixture
def kari(people: People) -> Person:
    return people.sign_in("+4790000001")


@pytest.fixture
def night(kari: Person, monkeypatch: pytest.MonkeyPatch) -> Night:
    """A charger with a car."""
    owner = accounts.find(AccountId(kari.account_id))
    assert owner
    night = a_night(owner, PLUG_IN, monkeypatch)
    night.plug_in(8000)
    return night


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What goes into the log from now on."""
    [handler] = log.handlers
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    """The log, line by line."""
    return [json.loads(line) for line in written.getvalue().splitlines()]


def traced(logged: list[dict[str, Any]], event: str) -> list[str]:
    return [line.get("trace", "") for line in logged if line["message"] == event]


def record(body: str, message_id: str = "0", **attributes: str) -> dict[str, Any]:
    """As SQS hands it to a function."""
    told = {name: {"stringValue": value, "dataType": "String"} for name, value in attributes.items()}
    return {"messageId": message_id, "body": body, "eventSource": "aws:sqs", "messageAttributes": told}


def waiting() -> list[dict[str, Any]]:
    """The planning queue's messages as records."""
    sqs = boto3.client("sqs", region_name=infra.REGION)
    found = sqs.receive_message(
        QueueUrl=settings().planning_queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    ).get("Messages", [])
    return [
        record(one["Body"], **{name: value["StringValue"] for name, value in one["MessageAttributes"].items()})
        for one in found
    ]


def test_a_wish_is_followed_from_the_request_through_the_queue_to_the_charger_and_back(
    api: ApiClient, kari: Person, night: Night, written: io.StringIO
) -> None:
    """Request, message, shadow, report: every line of the log has the id of the request that began it."""
    tokens: list[str] = []
    watch = "before-parameter-build.iot-data-plane.UpdateThingShadow"
    events = aws.client("iot-data").meta.events
    events.register(watch, lambda params, **_: tokens.append(json.loads(params["payload"])["clientToken"]))

    path = f"/v1/chargers/{night.charger_id}/session-goal"
    assert api.put(path, {"energy_wh": 9000}, token=kari.token).status == 200
    planning.handle({"Records": waiting()}, LambdaContext())
    [message] = (json.loads(body) for body in night.echo_messages_after_reading())
    status_reports.handle({"Records": [record(json.dumps(message | {"trace": tokens[-1]}), "42")]}, LambdaContext())

    logged = lines(written)
    assert set(tokens) == {REQUEST}
    assert traced(logged, "request_served") == [REQUEST]
    assert set(traced(logged, "site_planned")) == {REQUEST}
    assert traced(logged, "shadow_written") == [REQUEST]
    assert traced(logged, "charger_reported") == [REQUEST]


def test_a_message_that_nobody_traced_is_its_own_beginning(night: Night, written: io.StringIO) -> None:
    """What a charger says by itself is found by the id of its message; what it calls a trace must look like one."""
    [status] = night.status_messages() or [json.dumps({"thing": night.box.serial})]
    forged = json.loads(status) | {"kind": "config", "reported": {}, "version": 9, "trace": "call +47 900 00 001"}
    status_reports.handle({"Records": [record(json.dumps(forged), "message-7")]}, LambdaContext())
    logged = lines(written)
    assert traced(logged, "charger_reported") == ["message-7"]
    assert "900 00" not in json.dumps(logged)
