"""Units times prices: what a charger costs in a month, what a fleet costs, and which of AWS's quotas breaks first."""

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from benchmarks.recording import Units
from local.places import ROOT

PRICES: Final = ROOT / "infra" / "prices.toml"
DAYS: Final = 30
FLEETS: Final = (10_000, 100_000, 1_000_000)
GOALS: Final = {"without load balancing": 0.03, "with load balancing": 0.12}
POLLERS: Final = 5
"""Lambda reads a queue with so many pollers at least, each for at most POLL_S when it is empty (Lambda guide, SQS)."""
POLL_S: Final = 20
IDLE_POLLS_PER_MONTH: Final = DAYS * 86_400 / POLL_S * POLLERS
_PRICE_OF: Final = {
    "iot_message": ("iot", "message"),
    "iot_shadow_operation": ("iot", "shadow_operation"),
    "iot_rule": ("iot", "rule"),
    "iot_rule_action": ("iot", "rule_action"),
    "iot_connection_minute": ("iot", "connection_minute"),
    "lambda_request": ("lambda", "request"),
    "lambda_gb_second": ("lambda", "gb_second"),
    "dynamodb_write_unit": ("dynamodb", "write_unit"),
    "dynamodb_read_unit": ("dynamodb", "read_unit"),
    "dynamodb_gb_month": ("dynamodb", "gb_month"),
    "sqs_request": ("sqs", "request"),
    "api_gateway_request": ("api_gateway", "request"),
    "cloudwatch_log_gb": ("cloudwatch", "log_gb"),
    "secrets_call": ("secrets", "call"),
    "kms_request": ("kms", "request"),
    "traffic_gb": ("traffic", "gb"),
    "scheduler_invocation": ("scheduler", "invocation"),
}
Prices = Mapping[str, Any]


class Fixed(msgspec.Struct, frozen=True, kw_only=True):
    """What the system costs each month before the first charger, dollars by part."""

    parts: dict[str, float]

    @property
    def dollars(self) -> float:
        """All of it."""
        return sum(self.parts.values())


class Strain(msgspec.Struct, frozen=True, kw_only=True):
    """A quota beside what a fleet needs of it at its worst."""

    quota: str
    allowed: float
    per_charger: float
    note: str

    @property
    def breaks_at(self) -> float:
        """The number of chargers at which the quota is full."""
        return self.allowed / self.per_charger


def read_prices() -> Prices:
    """infra/prices.toml."""
    return tomllib.loads(PRICES.read_text())


def dollars(units: Units, prices: Prices) -> dict[str, float]:
    """What each kind of unit costs; a request of the API also passes the firewall."""
    found = {name: getattr(units, name) * prices[table][key] for name, (table, key) in _PRICE_OF.items()}
    return found | {"waf_request": units.api_gateway_request * prices["waf"]["request"]}


def total(units: Units, prices: Prices) -> float:
    """Dollars of all units."""
    return sum(dollars(units, prices).values())


def month(day: Mapping[str, Units]) -> dict[str, Units]:
    """A day's units by part, thirty times."""
    return {part: Units().plus(units, DAYS) for part, units in day.items()}


def standing(stored_gb: float = 0.0015) -> dict[str, Units]:
    """What a charger needs by being there: its connection, and what is stored of it.

    `stored_gb`: after three years about 15,000 readings (400 days) of 120 bytes, 2,700 hours of 250, sessions, plans.
    """
    return {
        "connection": Units(iot_connection_minute=DAYS * 24 * 60),
        "storage": Units(dynamodb_gb_month=stored_gb),
    }


def fixed(template: Mapping[str, Any], prices: Prices, metrics: int) -> Fixed:
    """What stands in the template and costs without use; each scheduled call with 100 ms of a function."""
    kinds = [resource["Type"] for resource in template["Resources"].values()]
    queues = sum(
        any(event["Type"] == "SQS" for event in one["Properties"].get("Events", {}).values())
        for one in template["Resources"].values()
        if one["Type"] == "AWS::Serverless::Function"
    )
    calls = sum(
        _per_month(one["Properties"]["ScheduleExpression"]) for one in _of(template, "AWS::Scheduler::Schedule")
    )
    call = prices["scheduler"]["invocation"] + prices["lambda"]["request"] + 0.1 * prices["lambda"]["gb_second"]
    watched = prices["cloudwatch"]
    return Fixed(
        parts={
            f"empty polls of {queues} queues": queues * IDLE_POLLS_PER_MONTH * prices["sqs"]["request"],
            "schedules and what they call": calls * call,
            "secrets": kinds.count("AWS::SecretsManager::Secret") * prices["secrets"]["secret_month"],
            "keys": kinds.count("AWS::KMS::Key") * prices["kms"]["key_month"],
            "alarms": kinds.count("AWS::CloudWatch::Alarm") * watched["alarm_month"],
            "dashboards": kinds.count("AWS::CloudWatch::Dashboard") * watched["dashboard_month"],
            f"{metrics} metrics": metrics * watched["metric_month"],
            "firewall": prices["waf"]["acl_month"] + 3 * prices["waf"]["rule_month"],
        }
    )


def _of(template: Mapping[str, Any], kind: str) -> Iterable[Mapping[str, Any]]:
    return (one for one in template["Resources"].values() if one["Type"] == kind)


def _per_month(schedule: str) -> float:
    """How often a schedule fires; a cron expression is counted as every quarter of an hour, which is never too few."""
    if not schedule.startswith("rate("):
        return DAYS * 96
    count, unit = schedule[5:-1].split()
    return DAYS * 86_400 / (int(count) * {"minute": 60, "hour": 3600, "day": 86_400}[unit.rstrip("s")])
