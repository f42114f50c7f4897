"""Fires the template's schedules by the product's clock; the emulator's own, which know only real time, stay off."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.aws import Aws
from local.cron import Cron, Every, parse_schedule
from local.deploy import Stack, invoke
from local.errors import DeployError
from simulator.clock import Clock

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """One AWS::Scheduler::Schedule: when, which function (logical id), and what it is given."""

    name: str
    when: Every | Cron
    function: str
    event: Any


def _schedule(name: str, properties: dict[str, Any]) -> Schedule:
    target = properties["Target"]
    function = target["Arn"].get("Fn::GetAtt", [None])[0] if isinstance(target["Arn"], dict) else None
    if function is None:
        raise DeployError(f"{name}: a schedule's target is the Arn of a function of this template (!GetAtt X.Arn).")
    try:
        when = parse_schedule(properties["ScheduleExpression"], properties.get("ScheduleExpressionTimezone", "UTC"))
    except (ValueError, KeyError) as error:
        raise DeployError(f"{name}: {error}") from error
    return Schedule(name=name, when=when, function=function, event=json.loads(target.get("Input", "{}")))


def read_schedules(template: dict[str, Any]) -> list[Schedule]:
    """All schedules of the template; DeployError when one cannot be followed."""
    resources = template["Resources"].items()
    return [
        _schedule(name, item["Properties"]) for name, item in resources if item["Type"] == "AWS::Scheduler::Schedule"
    ]


async def _follow(schedule: Schedule, clock: Clock, fire: Callable[[Schedule], None]) -> None:
    """Fire at each due time; what fell due while the last call ran is one call, as the product's functions allow."""
    made = clock.now()
    at: datetime | None = schedule.when.after(made, made)
    while at is not None:
        await clock.sleep_until(at)
        await asyncio.to_thread(fire, schedule)
        at = schedule.when.after(made, clock.now())


def fire_once(aws: Aws, stack: Stack) -> None:
    """Call every scheduled function once, as if the system had been there the day before; DeployError if one fails."""
    for function, event in {one.function: one.event for one in read_schedules(stack.template)}.items():
        if error := invoke(aws, stack, function, event):
            raise DeployError(f"{function} failed: {error}")


async def follow_schedules(aws: Aws, stack: Stack, clock: Clock, progress: Progress) -> None:
    """Run until cancelled; a function that fails is told and called again at its next time."""

    def fire(schedule: Schedule) -> None:
        if error := invoke(aws, stack, schedule.function, schedule.event):
            progress(f"{schedule.name}: {schedule.function} failed: {error}")

    async with asyncio.TaskGroup() as group:
        for schedule in read_schedules(stack.template):
            group.create_task(_follow(schedule, clock, fire))
