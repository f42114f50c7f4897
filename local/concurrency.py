"""How many functions a stage may run at the same time, beside what its account allows.

AWS lends an account so many executions at once, for all functions together. Those that read queues are bounded one by
one, so what is left for people and meter readers is known before it is missing (docs/scale.md).
"""

from collections.abc import Mapping
from typing import Any, Final

LEFT_FOR_PEOPLE: Final = 100
"""The API, sign-in and meter readers should have so many: at 0.1 s a call a thousand requests a second."""


def readers(template: Mapping[str, Any], size: str) -> dict[str, list[int]]:
    """The most at once of each function that reads queues, queue by queue, in a stage of that size."""
    found: dict[str, list[int]] = {}
    for name, resource in template["Resources"].items():
        for event in resource.get("Properties", {}).get("Events", {}).values():
            if event["Type"] == "SQS":
                most = event["Properties"]["ScalingConfig"]["MaximumConcurrency"]
                found.setdefault(name, []).append(_most(template, most, size))
    return found


def _most(template: Mapping[str, Any], value: Any, size: str) -> int:
    if isinstance(value, dict):
        name, _, key = value["Fn::FindInMap"]
        value = template["Mappings"][name][size][key]
    return int(value)


def size_of(template: Mapping[str, Any], parameters: Mapping[str, str]) -> str:
    """The size that a stage is deployed with."""
    return parameters.get("Size", str(template["Parameters"]["Size"]["Default"]))


def warning(template: Mapping[str, Any], size: str, allowed: int) -> str | None:
    """One sentence when too little is left beside the readers of queues; None when there is enough."""
    taken = sum(sum(most) for most in readers(template, size).values())
    if allowed - taken >= LEFT_FOR_PEOPLE:
        return None
    return (
        f"this account runs at most {allowed} functions at the same time, and readers of queues may take {taken} of "
        f"them: ask AWS for {taken + LEFT_FOR_PEOPLE} at least, or choose a smaller Size"
    )
