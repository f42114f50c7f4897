"""From what was written down to what is paid for: units of AWS's price list, by part of the system."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from statistics import median
from typing import Any, Final

import msgspec

MEMORY_MB: Final[Mapping[str, int]] = {"MeterPost": 512}
"""Of functions that have another than DEFAULT_MB (.chalice/config.json; a test compares them)."""
DEFAULT_MB: Final = 1024
QUIET: Final = frozenset({"MeterPost", "BalanceLoad", "NoteStatus"})
"""Functions for which the platform logs no lines of its own (`SystemLogLevel` in infra/)."""
FULL_CORE_MB: Final = 1769.0
"""At so much memory a function has one core; below, its share of one (AWS Lambda developer guide, memory)."""
COLD_SHARE, COLD_S = 0.005, 1.2
"""Assumed: so many calls begin with an import, which is paid for."""
LATENCY_S: Final[Mapping[str, float]] = {
    "read": 0.004,
    "write": 0.006,
    "transaction": 0.012,
    "queue": 0.008,
    "shadow": 0.015,
    "publish": 0.012,
    "cognito": 0.060,
    "other": 0.020,
}
"""Assumed waits within a region, seconds, that a function pays for beside its own code."""
MESSAGE_BYTES, SHADOW_BYTES, QUEUE_BYTES = 5 * 1024, 1024, 64 * 1024
_LOG_LINE_BYTES: Final = 650
"""The platform's own start and report lines of a call, as JSON."""
SYSTEM_FUNCTIONS: Final = ("fetch_day_ahead", "end_guest_sessions", "watch_meters", "restart_erasures")
"""Called by the clock, whatever the number of chargers; counted by their schedule, not in the recording."""
Line = Mapping[str, Any]


class Units(msgspec.Struct, frozen=True, kw_only=True):
    """What is paid for, in units of the price list."""

    iot_message: float = 0.0
    iot_shadow_operation: float = 0.0
    iot_rule: float = 0.0
    iot_rule_action: float = 0.0
    iot_connection_minute: float = 0.0
    lambda_request: float = 0.0
    lambda_gb_second: float = 0.0
    dynamodb_write_unit: float = 0.0
    dynamodb_read_unit: float = 0.0
    dynamodb_gb_month: float = 0.0
    sqs_request: float = 0.0
    api_gateway_request: float = 0.0
    cloudwatch_log_gb: float = 0.0
    secrets_call: float = 0.0
    kms_request: float = 0.0
    traffic_gb: float = 0.0
    scheduler_invocation: float = 0.0

    def plus(self, other: "Units", times: float = 1.0) -> "Units":
        """The sum with `other`, counted so many times."""
        return Units(**{name: getattr(self, name) + times * getattr(other, name) for name in self.__struct_fields__})


class Duration(msgspec.Struct, frozen=True, kw_only=True):
    """What one call of a function takes: CPU measured here, calls to AWS by kind, and the time that is paid for."""

    function: str
    calls: int
    cpu_s: float
    waits: dict[str, float]
    paid_s: float


def durations(lines: Iterable[Line]) -> list[Duration]:
    """For each function: its mean CPU, what it called, and how long that is on AWS by the stated assumptions."""
    cpu: dict[str, list[float]] = defaultdict(list)
    count: Counter[str] = Counter()
    waits: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        name = short(line.get("by", ""))
        if line["kind"] == "invocation":
            count[name] += 1
            if line["cpu_s"] is not None and not line["cold"]:
                cpu[name].append(line["cpu_s"])
        elif line["kind"] in {"dynamodb", "call"}:
            waits[name][_wait(line)] += 1
    return [_duration(name, calls, cpu[name], waits[name]) for name, calls in sorted(count.items())]


def _duration(name: str, calls: int, cpu: list[float], waits: Counter[str]) -> Duration:
    own_s = median(cpu) if cpu else 0.02
    per_call = {kind: number / calls for kind, number in waits.items()}
    waited_s = sum(LATENCY_S[kind] * number for kind, number in per_call.items())
    paid_s = own_s / (memory_mb(name) / FULL_CORE_MB) + waited_s + COLD_SHARE * COLD_S
    return Duration(function=name, calls=calls, cpu_s=own_s, waits=per_call, paid_s=math.ceil(paid_s * 1000) / 1000)


def _wait(line: Line) -> str:
    action = line["action"]
    if line["kind"] == "dynamodb":
        return "transaction" if action.startswith("Transact") else "read" if line["read"] else "write"
    kinds = {"SendMessage": "queue", "Shadow": "shadow", "IoT.Publish": "publish", "Cognito": "cognito"}
    return next((kind for part, kind in kinds.items() if part in action), "other")


def short(function: str) -> str:
    """The name of app.py: physical names carry the stack's before and a hash after."""
    parts = function.split("-")
    return parts[-1] if len(parts) < 3 else parts[1] if parts[0] == "zmartcharge" else function  # noqa: PLR2004


def memory_mb(function: str) -> int:
    """How much memory a function has."""
    return MEMORY_MB.get(function, DEFAULT_MB)


def units(lines: Iterable[Line]) -> dict[str, Units]:
    """What the happenings cost in units, by the part of the system that they belong to."""
    kept = [line for line in lines if not short(line.get("by", "")).lower().replace("_", "").startswith(_SYSTEM)]
    paid = {one.function: one.paid_s for one in durations(kept)}
    found: dict[str, Units] = defaultdict(Units)
    for line in kept:
        count = _COUNTS.get(line["kind"])
        if count is not None:
            part, one = count(line, paid)
            found[part] = found[part].plus(one)
    return dict(found)


_SYSTEM: Final = tuple(name.replace("_", "") for name in SYSTEM_FUNCTIONS)


def _message(line: Line, _: Mapping[str, float]) -> tuple[str, Units]:
    if line["topic"].startswith("$aws/rules/"):
        return "device messages", Units()
    times = math.ceil(max(1, line["size"]) / MESSAGE_BYTES)
    acknowledged = 1 if line.get("qos") else 0
    return "device messages", Units(iot_message=times + acknowledged)


def _shadow(line: Line, _: Mapping[str, float]) -> tuple[str, Units]:
    return "shadows", Units(iot_shadow_operation=max(1, math.ceil(line["size"] / SHADOW_BYTES)))


def _rule(_: Line, __: Mapping[str, float]) -> tuple[str, Units]:
    return "rules", Units(iot_rule=1)


def _action(line: Line, _: Mapping[str, float]) -> tuple[str, Units]:
    return "rules", Units(iot_rule_action=1, sqs_request=1 if line["action"] == "sqs" else 0)


def _queue(_: Line, __: Mapping[str, float]) -> tuple[str, Units]:
    return "queues", Units(sqs_request=1)


def _store(line: Line, _: Mapping[str, float]) -> tuple[str, Units]:
    return "store", Units(dynamodb_read_unit=line["read"], dynamodb_write_unit=line["write"])


def _call(line: Line, _: Mapping[str, float]) -> tuple[str, Units]:
    action = line["action"]
    if "SendMessage" in action:
        return "queues", Units(sqs_request=max(1, math.ceil(line["size"] / QUEUE_BYTES)))
    if action == "IoT.Publish":
        return "device messages", Units(iot_message=math.ceil(max(1, line["size"]) / MESSAGE_BYTES))
    if "secretsmanager" in action.lower():
        return "other", Units(secrets_call=1)
    if "TrentService" in action or "kms" in action.lower():
        return "other", Units(kms_request=1)
    return "other", Units()


def _invocation(line: Line, paid: Mapping[str, float]) -> tuple[str, Units]:
    name = short(line["by"])
    is_api = name.lower().replace("_", "").startswith("apihandler")
    one = Units(
        lambda_request=1,
        lambda_gb_second=paid[name] * memory_mb(name) / 1024,
        cloudwatch_log_gb=(len(line["log"]) + _LOG_LINE_BYTES * (name not in QUIET)) / 1e9,
        api_gateway_request=1 if is_api else 0,
    )
    return "phone" if is_api else "functions", one


_Count = Callable[[Line, Mapping[str, float]], tuple[str, Units]]
_COUNTS: Final[Mapping[str, _Count]] = {
    "message_in": _message,
    "message_out": _message,
    "shadow": _shadow,
    "rule": _rule,
    "rule_action": _action,
    "queue_read": _queue,
    "queue_delete": _queue,
    "dynamodb": _store,
    "call": _call,
    "invocation": _invocation,
}
