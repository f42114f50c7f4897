"""The one logger and the one metrics object. Never a phone number, code, token or name in either."""

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit

log = Logger(service="zmartcharge")
metrics = Metrics(namespace="ZmartCharge", service="zmartcharge")


def count(name: str) -> None:
    """Count one happening under a constant name, at once, whoever calls and whatever happens next."""
    with single_metric(name=name, unit=MetricUnit.Count, value=1, namespace="ZmartCharge") as metric:
        metric.add_dimension(name="service", value="zmartcharge")
