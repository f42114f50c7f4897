"""The one logger and the one metrics object. Never a phone number, code, token or name in either."""

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit

log = Logger(service="zmartcharge")
metrics = Metrics(namespace="ZmartCharge", service="zmartcharge")


def count(name: str, reason: str = "") -> None:
    """Count one happening under a constant name, at once, whoever calls and whatever happens next.

    `reason`, one of few words, makes a metric of its own of each.
    """
    with single_metric(name=name, unit=MetricUnit.Count, value=1, namespace="ZmartCharge") as metric:
        metric.add_dimension(name="service", value="zmartcharge")
        if reason:
            metric.add_dimension(name="reason", value=reason)
