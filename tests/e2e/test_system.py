"""The packaged template on the local AWS, seen from one origin and from a device."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from awscrt import mqtt5
from awsiot import mqtt5_client_builder

from device_shadows import topics
from device_shadows.names import Serial
from local import devices
from tests.e2e.conftest import NIGHT
from tests.e2e.running import SystemThread

STRANGER = Serial("ZC-STRANGER-1")
NOT_AUTHORIZED = 135


def get(frozen: SystemThread, path: str) -> tuple[int, bytes]:
    """Status and body of a call to the origin."""
    with urllib.request.urlopen(frozen.system.url + path, timeout=30) as answer:  # noqa: S310
        return answer.status, answer.read()


def test_the_api_answers_behind_the_origin(frozen: SystemThread) -> None:
    """Through API Gateway, from the packaged bundle."""
    assert get(frozen, "/v1/health")[0] == 200


def test_the_page_is_served_beside_the_api(frozen: SystemThread) -> None:
    """One origin for both."""
    assert b"<!doctype html>" in get(frozen, "/")[1].lower()


def test_cloud_and_devices_live_by_one_clock(frozen: SystemThread) -> None:
    """Frozen at 15:00, in the setting of every function and in the simulated world."""
    told = json.loads(get(frozen, "/sim/state")[1])
    stack, functions = frozen.system.stack, frozen.system.aws.client("lambda")
    configuration = functions.get_function_configuration(FunctionName=stack.resources["APIHandler"])
    environment = configuration["Environment"]["Variables"]
    assert told["now"] == NIGHT.astimezone(frozen.system.clock.now().tzinfo).isoformat()
    assert environment["CLOCK"] == frozen.system.clock.setting()


def test_the_emulator_s_own_schedules_are_off(frozen: SystemThread) -> None:
    """They would fire by real time."""
    stack, scheduler = frozen.system.stack, frozen.system.aws.client("scheduler")
    names = [stack.resources[name] for name in stack.logical_ids("AWS::Scheduler::Schedule")]
    assert names
    assert {scheduler.get_schedule(Name=name)["State"] for name in names} == {"DISABLED"}


def test_what_the_template_lets_expire_expires(frozen: SystemThread) -> None:
    """The emulator ignores the property; the local step sets it."""
    stack, dynamodb = frozen.system.stack, frozen.system.aws.client("dynamodb")
    tables = stack.template["Resources"]
    wanted = [name for name, table in tables.items() if "TimeToLiveSpecification" in table.get("Properties", {})]
    found = [dynamodb.describe_time_to_live(TableName=stack.resources[name]) for name in wanted]
    assert found
    assert {answer["TimeToLiveDescription"]["TimeToLiveStatus"] for answer in found} == {"ENABLED"}


class Stranger:
    """A genuine charger with a client of its own, that tries what it may not do."""

    def __init__(self, made: devices.MadeCharger, port: int) -> None:
        self._connected, self._stopped = Future[Any](), Future[Any]()
        self._client = mqtt5_client_builder.mtls_from_path(
            endpoint="localhost",
            port=port,
            ca_filepath=str(made.authority_file),
            cert_filepath=str(made.certificate_file),
            pri_key_filepath=str(made.key_file),
            client_id=made.serial,
            on_lifecycle_connection_success=self._connected.set_result,
            on_lifecycle_stopped=self._stopped.set_result,
        )
        self._client.start()
        self._connected.result(15)

    def subscribe(self, topic: str) -> int:
        """The broker's answer to a subscription."""
        packet = mqtt5.SubscribePacket([mqtt5.Subscription(topic, mqtt5.QoS.AT_LEAST_ONCE)])
        return int(self._client.subscribe(packet).result(15).reason_codes[0])

    def publish(self, topic: str) -> int:
        """The broker's answer to a message."""
        packet = mqtt5.PublishPacket(topic=topic, payload=b"{}", qos=mqtt5.QoS.AT_LEAST_ONCE)
        return int(self._client.publish(packet).result(15).puback.reason_code)

    def stop(self) -> None:
        """Say goodbye."""
        self._client.stop(mqtt5.DisconnectPacket())
        self._stopped.result(15)


@pytest.fixture(scope="module")
def stranger(frozen: SystemThread) -> Iterator[Stranger]:
    """A charger of the same factory, connected with its own certificate."""
    system = frozen.system
    folder = system.folder / "stranger"
    [made] = devices.make_chargers(system.emulator, system.aws, system.stack, folder, [STRANGER])
    found = Stranger(made, system.emulator.mqtt_port)
    yield found
    found.stop()


def test_a_charger_may_use_its_own_topics(stranger: Stranger) -> None:
    """Otherwise the refusals below would show nothing."""
    assert stranger.subscribe(topics.limit(STRANGER)) < 128
    assert stranger.publish(topics.reading(STRANGER)) < 128


@pytest.mark.parametrize("kind", [topics.limit, topics.do, topics.reading], ids=["limit", "command", "reading"])
def test_a_charger_is_refused_the_topics_of_another(stranger: Stranger, frozen: SystemThread, kind: Any) -> None:
    """The policy binds topics to the certificate."""
    topic = kind(frozen.system.chargers[0].serial)
    assert stranger.publish(topic) == NOT_AUTHORIZED
    assert stranger.subscribe(topic) >= 128


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/v1/nothing", 404, "not_found"), ("DELETE", "/v1/health", 405, "method_not_allowed")],
)
def test_what_nobody_serves_is_a_problem_like_any_other(
    frozen: SystemThread, method: str, path: str, status: int, code: str
) -> None:
    """API Gateway answers an unknown path in our words; another method of a known path is named as such."""
    request = urllib.request.Request(frozen.system.url + path, method=method)  # noqa: S310
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=30)  # noqa: S310
    assert (refusal.value.code, refusal.value.headers["Content-Type"]) == (status, "application/problem+json")
    assert json.loads(refusal.value.read())["code"] == code
