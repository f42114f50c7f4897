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


def test_somebody_is_told_when_history_cannot_be_revised_or_readings_cannot_be_taken_in() -> None:
    """One message that was tried five times is enough."""
    watched = {
        str(alarm["Dimensions"][0]["Value"]["Fn::GetAtt"]).split(".")[0].strip("[']").split("'")[0]: alarm
        for alarm in (one["Properties"] for one in infra.resources().values() if "Alarm" in one.get("Type", ""))
        if alarm["Namespace"] == "AWS/SQS"
    }
    assert {"PricingDeadLetters", "IngestDeadLetters"} <= set(watched)
    assert all((one["Threshold"], one["Statistic"]) == (1, "Maximum") for one in watched.values())
