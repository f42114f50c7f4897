"""What becomes of a batch in which a record fails."""

import inspect
import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.adapters.dynamo import table
from chalicelib.domain.errors import DependencyDown
from chalicelib.workers import batch
from tests.api_client import LambdaContext
from tests.energy_cloud import event

SECRET = "+4790000001"


def work(handle: Callable[[str], None], *bodies: str) -> Any:
    return batch.process(event(*bodies), LambdaContext(), handle, name="a_worker")


def told(logged: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The facts of the log lines about failed records."""
    return [vars(one) for one in logged.records if one.getMessage() == "record_failed"]


def refuse_secrets(body: str) -> None:
    if body == SECRET:
        raise ValueError(f"cannot work on {body}")


def test_only_the_failed_record_comes_again() -> None:
    """The others are done."""
    assert work(refuse_secrets, "a", SECRET, "b") == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_the_log_says_what_failed_and_where_but_not_its_text(caplog: pytest.LogCaptureFixture) -> None:
    """An error may quote what a person or a device has said."""
    work(refuse_secrets, "a", SECRET)
    [line] = told(caplog)
    first = inspect.getsourcelines(refuse_secrets)[1]
    assert (line["worker"], line["error"]) == ("a_worker", "ValueError")
    assert line["place"].split(" < ")[0] == f"workers/test_batch.py:{first + 2}"
    assert SECRET not in str(line)


def test_of_an_outage_our_own_line_and_its_cause_are_told(caplog: pytest.LogCaptureFixture) -> None:
    """The line of ours that called, not one deep in a library."""

    def ask(_: str) -> None:
        table.calling(lambda: json.loads("{"))

    work(ask, "a")
    [line] = told(caplog)
    assert line["error"] == "JSONDecodeError"
    assert line["place"].startswith("dynamo/table.py:")


def test_the_kind_of_what_was_behind_it_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Our own errors hide what the service said; its kind helps support."""

    def ask(body: str) -> None:
        try:
            int(body)
        except ValueError as error:
            raise DependencyDown("the store does not answer") from error

    work(ask, SECRET + "x")
    [line] = told(caplog)
    assert (line["error"], line["cause"]) == ("DependencyDown", "ValueError")
    assert SECRET not in str(line)
