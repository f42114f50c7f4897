"""What a charger's certificate allows: every topic of the contract that is its own, and nothing else."""

import json
import re
from typing import Any

import pytest

from chalicelib.domain.connections import WAIT
from device_shadows import topics
from device_shadows.names import SHADOWS, Serial
from tests import infra

MINE, OTHER = Serial("ZC-00000001"), Serial("ZC-00000002")
ACCOUNT = {"AWS::Region": "ap-southeast-2", "AWS::AccountId": "123456789012"}
JOB = "fw-1-4-0"
MAX_CHARACTERS = 2048
"""AWS IoT's limit for a policy document."""


def document() -> dict[str, Any]:
    """The policy as AWS gets it, with the longest of regions."""
    text = json.dumps(infra.resources()["ChargerPolicy"]["Properties"]["PolicyDocument"])
    for name, value in ACCOUNT.items():
        text = text.replace(f"${{{name}}}", value)
    text = re.sub(r'{"Fn::Sub": ("[^"]*")}', r"\1", text)
    return dict(json.loads(text.replace("${!", "${")))


def allows(action: str, kind: str, name: str) -> bool:
    """Whether the charger MINE may do `action` to the topic, filter or client `name`."""
    arn = f"arn:aws:iot:{ACCOUNT['AWS::Region']}:{ACCOUNT['AWS::AccountId']}:{kind}/{name}"
    for statement in document()["Statement"]:
        given = statement["Resource"]
        for pattern in [given] if isinstance(given, str) else given:
            mine = pattern.replace("${iot:Connection.Thing.ThingName}", MINE)
            if statement["Action"] == action and re.fullmatch(re.escape(mine).replace(r"\*", ".*"), arn):
                return True
    return False


def published(serial: Serial) -> list[str]:
    """What a charger sends."""
    plain = [topics.reading(serial), topics.result(serial), topics.last_will(serial)]
    shadows = [make(serial, shadow) for shadow in SHADOWS for make in (topics.shadow_get, topics.shadow_update)]
    return [*plain, *shadows, topics.jobs_start_next(serial), topics.job_update(serial, JOB)]


def heard(serial: Serial) -> list[str]:
    """What a charger listens to."""
    answers = [answer for shadow in SHADOWS for answer in topics.shadow_answers(serial, shadow)]
    jobs = [*topics.jobs_answers(serial), *topics.job_answers(serial, JOB)]
    return [topics.limit(serial), topics.do(serial), *answers, *jobs]


@pytest.mark.parametrize("topic", published(MINE))
def test_a_charger_may_send_what_the_contract_says(topic: str) -> None:
    """Its own reports, readings and results."""
    assert allows("iot:Publish", "topic", topic)


@pytest.mark.parametrize("topic", heard(MINE))
def test_a_charger_may_hear_what_the_contract_says(topic: str) -> None:
    """Its own limits, commands and shadow answers."""
    assert allows("iot:Subscribe", "topicfilter", topic)
    assert allows("iot:Receive", "topic", topic)


@pytest.mark.parametrize("topic", published(OTHER) + heard(OTHER))
def test_nothing_of_another_charger_is_allowed(topic: str) -> None:
    """Neither to send nor to hear."""
    actions = [("iot:Publish", "topic"), ("iot:Subscribe", "topicfilter"), ("iot:Receive", "topic")]
    assert not any(allows(action, kind, topic) for action, kind in actions)


@pytest.mark.parametrize("topic", ["#", "+/+/reading", f"dt/{MINE}/reading", f"cmd/{MINE}/limit", "dt/x/lwt"])
def test_a_charger_sends_no_commands_and_no_readings_past_the_rule(topic: str) -> None:
    """Not even to itself."""
    assert not allows("iot:Publish", "topic", topic)


@pytest.mark.parametrize(
    "topic_filter", ["#", "$aws/things/+/shadow/name/status/update", f"$aws/things/{MINE}/shadow/#"]
)
def test_a_charger_subscribes_to_no_wildcard(topic_filter: str) -> None:
    """Exact topics only."""
    assert not allows("iot:Subscribe", "topicfilter", topic_filter)


def test_a_charger_connects_under_its_own_name_only() -> None:
    """The client id is the serial, and the certificate must be attached to that thing."""
    connect = document()["Statement"][0]
    assert (allows("iot:Connect", "client", MINE), allows("iot:Connect", "client", OTHER)) == (True, False)
    assert connect["Condition"] == {"Bool": {"iot:Connection.Thing.IsAttached": "true"}}


def test_aws_takes_the_policy() -> None:
    """At most 2048 characters, white space aside."""
    assert len(json.dumps(document(), separators=(",", ":"))) <= MAX_CHARACTERS


def topic_rules() -> dict[str, Any]:
    """The properties of every rule."""
    found = infra.resources().items()
    return {name: one["Properties"] for name, one in found if one.get("Type") == "AWS::IoT::TopicRule"}


def test_the_rules_hear_the_topics_of_the_contract() -> None:
    """The rule has the name that is in the topic; the thing is taken from the topic, never from a field."""
    rules = topic_rules()
    sql = {name: one["TopicRulePayload"]["Sql"] for name, one in rules.items()}
    assert rules["ReadingsRule"]["RuleName"] == topics.READINGS_RULE
    assert sql["ReadingsRule"].endswith("topic(2) AS thing FROM 'dt/+/reading'")
    assert topics.reading(MINE).removeprefix(f"$aws/rules/{topics.READINGS_RULE}/").split("/")[1] == MINE
    assert topics.shadow_update(MINE, "status").split("/")[2] == MINE
    assert "topic(3) AS thing" in sql["StatusRule"]
    assert not any("*" in text.split(" FROM ")[0].replace("encode(*, 'base64')", "") for text in sql.values())


def test_every_rule_has_somewhere_to_put_what_it_could_not_deliver() -> None:
    """An error action to a dead-letter queue."""
    assert all(rule["TopicRulePayload"]["ErrorAction"] for rule in topic_rules().values())


def delay_s(rule: str) -> int:
    """How long the queue of a rule holds a message back, seconds."""
    [action] = topic_rules()[rule]["TopicRulePayload"]["Actions"]
    queue = infra.resources()[action["Sqs"]["QueueUrl"]["Ref"]]["Properties"]
    return int(queue.get("DelaySeconds", 0))


def test_departures_wait_and_arrivals_do_not() -> None:
    """So that a charger that is back within five seconds is never shown as offline."""
    waits = {rule: delay_s(rule) for rule in ("ConnectedRule", "DisconnectedRule", "LastWillRule", "ResultRule")}
    assert waits == {
        "ConnectedRule": 0,
        "DisconnectedRule": WAIT.seconds,
        "LastWillRule": WAIT.seconds,
        "ResultRule": 0,
    }


def test_the_rules_of_the_fleet_take_the_thing_from_the_topic() -> None:
    """The part that the certificate's policy, or AWS itself, binds."""
    things = {
        "ConnectedRule": "$aws/events/presence/connected/+",
        "DisconnectedRule": "$aws/events/presence/disconnected/+",
        "LastWillRule": "dt/+/lwt",
        "ResultRule": "dt/+/result",
    }
    sql = {name: one["TopicRulePayload"]["Sql"] for name, one in topic_rules().items()}
    for rule, topic in things.items():
        place = topic.split("/").index("+") + 1
        assert sql[rule].endswith(f"topic({place}) AS thing FROM '{topic}'")
    assert topics.result(MINE) == things["ResultRule"].replace("+", MINE)
    assert topics.last_will(MINE) == things["LastWillRule"].replace("+", MINE)


def test_every_message_queue_has_room_for_retries_and_an_end_to_them() -> None:
    """Six times the function's time-out, then after five failures the dead-letter queue."""
    queues = [
        name
        for name in infra.resources()
        if name.endswith("Queue") and "Ingest" not in name and name not in {"SmsQueue", "MeterQueue"}
    ]
    for name in queues:
        properties = infra.resources()[name]["Properties"]
        assert properties["VisibilityTimeout"] >= 6 * 30
        assert properties["RedrivePolicy"]["maxReceiveCount"] == 5


def test_samples_of_meters_wait_for_nobody() -> None:
    """Their queue forgets after a minute, sooner than anything could fail five times, and has no dead letters."""
    properties = infra.resources()["MeterQueue"]["Properties"]
    timeout_s = json.loads((infra.ROOT / ".chalice" / "config.json").read_text())["stages"]["cloud"]["lambda_functions"]
    assert properties["MessageRetentionPeriod"] == 60
    assert properties["VisibilityTimeout"] >= 6 * timeout_s["balance_load"]["lambda_timeout"]
    assert "RedrivePolicy" not in properties


def test_a_meter_reader_publishes_below_its_own_prefix_and_hears_nothing() -> None:
    """No other topic, no subscription."""
    statements = infra.resources()["MeterPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert {one["Action"] for one in statements} == {"iot:Connect", "iot:Publish", "iot:RetainPublish"}
    told = json.dumps([one["Resource"] for one in statements if one["Action"] != "iot:Connect"])
    assert told.count("topic/mt/${!iot:Connection.Thing.ThingName}") == told.count("topic/") == 3
