"""The one logger and the one metrics object. Never a phone number, code, token or name in either."""

from aws_lambda_powertools import Logger, Metrics

log = Logger(service="zmartcharge")
metrics = Metrics(namespace="ZmartCharge", service="zmartcharge")
