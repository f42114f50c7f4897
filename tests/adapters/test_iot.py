"""Writing shadows: with a version, again after somebody else's write, and safely again after a lost answer."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.adapters import aws, iot
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.ids import Serial
from chalicelib.observability import tracing
from tests import infra

SERIAL = Serial("ZC-00000001")


@pytest.fixture
def device(cloud: dict[str, str]) -> Any:
    """The device service, with our charger as a thing; the adapter's client is new and forgotten after the test."""
    boto3.client("iot", region_name=infra.REGION).create_thing(thingName=SERIAL)
    aws.client.cache_clear()
    yield aws.client("iot-data")
    aws.client.cache_clear()


def shadow(device: Any) -> tuple[int, Any]:
    """Version and desired section."""
    found = json.loads(device.get_thing_shadow(thingName=SERIAL, shadowName="config")["payload"].read())
    return found["version"], found["state"]["desired"]


def write(document: dict[str, Any], before: Callable[[], None] = lambda: None) -> None:
    """Write `document`; `before` happens each time between the look at the version and the write."""

    def make() -> bytes:
        before()
        return json.dumps(document).encode()

    iot.change_shadow(SERIAL, "config", make)


def test_a_repeat_is_not_written_again(device: Any) -> None:
    """The version stays, and the device hears nothing."""
    write({"a": {"b": 1}, "c": [1]})
    write({"a": {"b": 1}, "c": [1]})
    assert shadow(device) == (1, {"a": {"b": 1}, "c": [1]})


def test_a_write_in_between_is_seen_and_ours_comes_after_it(device: Any) -> None:
    """Our document is made anew from what is known after the other's write."""
    write({"a": 1})
    times: list[int] = []

    def interfere() -> None:
        times.append(1)
        if len(times) == 1:
            payload = b'{"state":{"desired":{"a":5,"b":5}}}'
            device.update_thing_shadow(thingName=SERIAL, shadowName="config", payload=payload)

    write({"a": 2}, interfere)
    assert (len(times), shadow(device)) == (2, (3, {"a": 2, "b": 5}))


def test_two_who_make_a_new_shadow_at_once_both_end_well(device: Any) -> None:
    """A shadow that does not exist has no version to ask for: the answer tells that somebody was first."""
    times: list[int] = []

    def interfere() -> None:
        times.append(1)
        if len(times) == 1:
            device.update_thing_shadow(thingName=SERIAL, shadowName="config", payload=b'{"state":{"desired":{"b":1}}}')

    write({"a": 1}, interfere)
    assert shadow(device)[1] == {"a": 1, "b": 1}
    assert len(times) == 2


def test_who_never_gets_through_gives_up(device: Any) -> None:
    """After five tries; the caller's queue or person tries again later."""
    write({"a": 0})
    times: list[int] = []

    def interfere() -> None:
        times.append(1)
        payload = json.dumps({"state": {"desired": {"n": len(times)}}}).encode()
        device.update_thing_shadow(thingName=SERIAL, shadowName="config", payload=payload)

    with pytest.raises(DependencyDown):
        write({"a": 1}, interfere)
    assert (len(times), shadow(device)[1]["a"]) == (5, 0)


def test_a_lost_answer_repeats_safely(device: Any) -> None:
    """The service did it, the answer was lost, the SDK sends it again and gets a conflict: written once."""
    write({"a": 0})
    lost: list[str] = []

    def lose(operation_name: str, **_: Any) -> float | None:
        """Right after the first answer has come: say that it has not, and send again."""
        is_first = operation_name == "UpdateThingShadow" and not lost
        lost.extend([operation_name] * is_first)
        return 0.001 if is_first else None

    device.meta.events.register_first("needs-retry.iot-data-plane", lambda operation, **_: lose(operation.name))
    write({"a": 1})
    assert lost == ["UpdateThingShadow"]
    assert shadow(device) == (2, {"a": 1})


def test_the_payload_names_version_and_token(device: Any) -> None:
    """So that the device's log and ours can be read together."""
    seen: list[Any] = []
    device.meta.events.register(
        "before-parameter-build.iot-data-plane.UpdateThingShadow", lambda params, **_: seen.append(params["payload"])
    )
    with tracing("t"):
        write({"a": 1})
        write({"a": 2})
    assert [json.loads(payload) for payload in seen] == [
        {"state": {"desired": {"a": 1}}, "clientToken": "t"},
        {"state": {"desired": {"a": 2}}, "version": 1, "clientToken": "t"},
    ]


@pytest.mark.parametrize(("status", "was_connected"), [(200, True), (404, False)])
def test_the_call_that_cuts_a_connection(
    device: Any,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    was_connected: bool,  # noqa: FBT001
) -> None:
    """Neither emulator has it: the call itself is looked at. No session is left, and no last will is published."""
    calls: list[Any] = []

    def call(operation: str, parameters: Any) -> Any:
        calls.append((operation, parameters))
        if status == 404:
            raise ClientError({"Error": {"Code": "X"}, "ResponseMetadata": {"HTTPStatusCode": 404}}, operation)  # type: ignore[typeddict-item]
        return {}

    monkeypatch.setattr(device, "_make_api_call", call)
    assert iot.cut_connection(SERIAL) == was_connected
    assert calls == [("DeleteConnection", {"clientId": SERIAL, "cleanSession": True, "preventWillMessage": True})]
