"""An alarm on a metric that nobody counts never rings."""

import re

from tests import infra


def test_every_alarm_watches_a_metric_that_the_product_counts_and_tells_somebody() -> None:
    """Name, namespace and dimension are those of `observability.count`."""
    sources = "".join(path.read_text() for path in (infra.ROOT / "chalicelib").rglob("*.py"))
    counted = set(re.findall(r"\bcount\(\"(\w+)\"\)", sources))
    alarms = {
        name: resource["Properties"]
        for name, resource in infra.resources().items()
        if resource.get("Type") == "AWS::CloudWatch::Alarm"
    }
    own = {name: alarm for name, alarm in alarms.items() if alarm["Namespace"] == "ZmartCharge"}
    assert {"CodesAreGuessed", "CodesAreNotUsed", "SmsBudgetIsSpent"} <= set(own)
    assert {alarm["MetricName"] for alarm in own.values()} <= counted
    assert all(alarm["Dimensions"] == [{"Name": "service", "Value": "zmartcharge"}] for alarm in own.values())
    assert all(alarm["AlarmActions"] for alarm in alarms.values())


def test_whoever_is_woken_finds_what_to_do() -> None:
    """Every alarm has its section in the runbook, and the runbook has no alarm that is not there."""
    runbook = (infra.ROOT / "docs" / "runbook.md").read_text()
    alarms = {name for name, one in infra.resources().items() if one.get("Type") == "AWS::CloudWatch::Alarm"}
    sections = re.findall(r"^### (\w+)\n\n(.{40,})", runbook, re.MULTILINE)
    assert {name for name, _ in sections} == alarms
    assert len(sections) == len(alarms)
