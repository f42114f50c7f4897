"""The template's schedules, followed on the product's clock."""

from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from local.aws import Aws
from local.deploy import Stack, invoke, queue_functions
from local.errors import DeployError
from local.schedules import read_schedules


def template(**schedule: Any) -> dict[str, Any]:
    """A template with one schedule."""
    properties = {"ScheduleExpression": "rate(1 hour)", "Target": {"Arn": {"Fn::GetAtt": ["Tick", "Arn"]}}} | schedule
    return {"Resources": {"Hourly": {"Type": "AWS::Scheduler::Schedule", "Properties": properties}}}


def test_a_schedule_names_its_function_and_its_event() -> None:
    """The target's Arn is a reference to a function, its input the event."""
    target = {"Arn": {"Fn::GetAtt": ["Tick", "Arn"]}, "Input": '{"day": 1}'}
    found = read_schedules(template(Target=target))
    assert [(schedule.name, schedule.function, schedule.event) for schedule in found] == [
        ("Hourly", "Tick", {"day": 1})
    ]


@pytest.mark.parametrize(
    "wrong", [{"ScheduleExpression": "hourly"}, {"Target": {"Arn": "arn:aws:lambda:somewhere"}}], ids=["when", "what"]
)
def test_a_schedule_that_cannot_be_followed_is_named(wrong: dict[str, Any]) -> None:
    """Silence would look like a night without prices."""
    with pytest.raises(DeployError, match="Hourly"):
        read_schedules(template(**wrong))


def test_functions_that_read_queues_are_found_by_their_events() -> None:
    """They are warmed after deployment."""
    function = {"Type": "AWS::Serverless::Function"}
    resources = {
        "Reads": function | {"Properties": {"Events": {"Source": {"Type": "SQS"}}}},
        "Ticks": function | {"Properties": {}},
        "Queue": {"Type": "AWS::SQS::Queue"},
    }
    assert queue_functions({"Resources": resources}) == ["Reads"]


def test_a_function_that_is_throttled_is_told_and_brings_nothing_down() -> None:
    """Its schedule calls it again at its next time."""
    client = boto3.client("lambda", region_name="eu-north-1", aws_access_key_id="test", aws_secret_access_key="test")
    aws, stack = SimpleNamespace(client=lambda _: client), SimpleNamespace(resources={"Tick": "tick"})

    def call(code: str) -> str | None:
        with Stubber(client) as stub:
            stub.add_client_error("invoke", code, "Rate Exceeded", http_status_code=400)
            return invoke(cast("Aws", aws), cast("Stack", stack), "Tick", {})

    assert "Rate Exceeded" in str(call("TooManyRequestsException"))
    with pytest.raises(ClientError):
        call("ResourceNotFoundException")
