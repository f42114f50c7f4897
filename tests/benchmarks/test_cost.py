"""What a recording costs: units by the rules of the bill, and what a fleet does to quotas."""

import json
from typing import Any

import pytest

from benchmarks import cost_model, cost_quotas, recording, scale_storm
from benchmarks.recording import Units
from local.places import ROOT
from simulator.session import Session
from tests.simulator.nights import a_charger

PRICES = cost_model.read_prices()


def units(*lines: dict[str, Any]) -> Units:
    """All parts of a recording together."""
    total = Units()
    for one in recording.units(lines).values():
        total = total.plus(one)
    return total


@pytest.mark.parametrize(
    ("line", "unit", "count"),
    [
        ({"kind": "message_in", "topic": "dt/T/result", "size": 100}, "iot_message", 1),
        ({"kind": "message_in", "topic": "dt/T/result", "size": 5121}, "iot_message", 2),
        ({"kind": "message_in", "topic": "$aws/rules/readings/dt/T/reading", "size": 100}, "iot_message", 0),
        ({"kind": "message_out", "topic": "cmd/T/do", "size": 100, "qos": 1}, "iot_message", 2),
        ({"kind": "message_out", "topic": "cmd/T/limit", "size": 100, "qos": 0}, "iot_message", 1),
        ({"kind": "shadow", "size": 1025}, "iot_shadow_operation", 2),
        ({"kind": "rule_action", "action": "sqs"}, "sqs_request", 1),
        ({"kind": "call", "action": "AmazonSQS.SendMessage", "size": 65_537}, "sqs_request", 2),
        ({"kind": "dynamodb", "action": "PutItem", "read": 0, "write": 3.0, "by": "x"}, "dynamodb_write_unit", 3),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_happening_is_counted_as_the_bill_does(line: dict[str, Any], unit: str, count: float) -> None:
    """5 KB a message, acknowledgements of QoS 1, basic ingest for nothing, 1 KB of a shadow, 64 KB of a queue."""
    assert getattr(units(line), unit) == count


def call(by: str, **more: Any) -> dict[str, Any]:
    return {"kind": "invocation", "by": by, "cpu_s": 0.01, "cold": False, "log": "", **more}


def test_a_function_is_paid_for_its_own_code_at_its_share_of_a_core_and_for_waiting() -> None:
    """10 ms of a core are 17.3 ms at 1024 MB; a read is 4 ms; half a percent of calls begin cold."""
    read = {"kind": "dynamodb", "by": "zmartcharge-NoteStatus-1", "action": "GetItem", "read": 1.0, "write": 0.0}
    [one] = recording.durations([call("zmartcharge-NoteStatus-1"), read])
    assert one.paid_s == pytest.approx(0.01 * 1769 / 1024 + 0.004 + 0.006, abs=0.001)


def test_what_the_clock_calls_is_not_a_charger_s() -> None:
    """Schedules cost the same for one charger and for a million."""
    assert recording.units([call("zmartcharge-WatchMeters-1"), call("zmartcharge-EndGuestSessions-1")]) == {}


def test_every_kind_of_unit_has_a_price() -> None:
    """Else it would be counted and cost nothing."""
    paid = cost_model.dollars(Units(**dict.fromkeys(Units.__struct_fields__, 1.0)), PRICES)
    assert all(paid[name] > 0 for name in Units.__struct_fields__)


def test_memory_is_what_is_deployed() -> None:
    """A function's memory stands in two places; they agree."""
    stage = json.loads((ROOT / ".chalice" / "config.json").read_text())
    known = stage["stages"]["cloud"]["lambda_functions"]
    assert stage["lambda_memory_size"] == recording.DEFAULT_MB
    assert known["meter_post"]["lambda_memory_size"] == recording.memory_mb("MeterPost")


def test_a_charger_subscribes_to_as_many_topics_as_the_quotas_are_counted_with() -> None:
    """Subscriptions are what breaks first."""
    count = len(Session(a_charger()).subscriptions)
    assert (count, count) == (cost_quotas.FILTERS, scale_storm.FILTERS)
