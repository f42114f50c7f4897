"""The one logger, the one metrics object, the one trace. Never a phone number, code, token or name in any of them."""

import contextlib
import re
import secrets
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Final

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit

log = Logger(service="zmartcharge")
metrics = Metrics(namespace="ZmartCharge", service="zmartcharge")
TRACE_CHARS: Final = 64
"""What the shadow service takes as a client token."""
_TRACE: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{TRACE_CHARS}}}", re.ASCII)
_present: ContextVar[str] = ContextVar("trace", default="")


@contextlib.contextmanager
def tracing(trace: str | None) -> Iterator[None]:
    """All that is done and logged inside belongs to what `trace` began; one that is no id changes nothing.

    It begins as the id of a request to the API or of a message, and goes on in messages to queues (`trace` among their
    attributes), in the client token of shadow updates, and back in the charger's own report.
    """
    if not trace or not _TRACE.fullmatch(trace):
        yield
        return
    before = _present.set(trace)
    try:
        with log.append_context_keys(trace=trace):
            yield
    finally:
        _present.reset(before)


def present_trace() -> str:
    """The trace that this work belongs to; empty outside of any."""
    return _present.get()


def trace_for_device() -> str:
    """The present trace, or a new one when a person at a command line began this."""
    return _present.get() or secrets.token_hex(8)


def count(name: str, reason: str = "", times: int = 1) -> None:
    """Count one happening, or several alike, under a constant name, at once, whatever happens next.

    `reason`, one of few words, makes a metric of its own of each.
    """
    _emit(name, times, MetricUnit.Count, {"reason": reason} if reason else {})


def measure(name: str, value: float, **dimensions: str) -> None:
    """A business figure under a constant name, its unit in the name; each dimension has few values."""
    _emit(name, value, MetricUnit.NoUnit, dimensions)


def _emit(name: str, value: float, unit: MetricUnit, dimensions: Mapping[str, str]) -> None:
    with single_metric(name=name, unit=unit, value=value, namespace="ZmartCharge") as metric:
        metric.add_dimension(name="service", value="zmartcharge")
        for dimension, said in dimensions.items():
            metric.add_dimension(name=dimension, value=said)
