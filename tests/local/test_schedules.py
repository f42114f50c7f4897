"""The template's schedules, followed on the product's clock."""

from typing import Any

import pytest

from local.deploy import queue_functions
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
