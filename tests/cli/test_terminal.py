"""What a command prints is its own, and a refusal says who refuses."""

import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import ScanError

from chalicelib.domain.errors import DependencyDown, DomainError, InvalidInput
from cli.refusals import why

ROOT = Path(__file__).parent.parent.parent
_WORK = """
from cli.__main__ import be_quiet
from chalicelib.observability import count, log
be_quiet()
log.info("prices_imported")
log.warning("connection_not_cut")
count("PricesCorrected")
print("{}")
"""


def test_a_line_of_json_is_all_that_a_program_reads() -> None:
    """Neither the product's log nor its metrics come between; both go to standard output in a function."""
    done = subprocess.run([sys.executable, "-c", _WORK], cwd=ROOT, text=True, capture_output=True, check=True)
    assert (done.stdout, done.stderr) == ("{}\n", "")


def refused(code: str) -> DependencyDown:
    """What a use case makes of a refusal by the store."""
    cause = ClientError({"Error": {"Code": code, "Message": "not authorized to perform: dynamodb:Scan"}}, "Scan")
    found = DependencyDown("the store does not answer")
    found.__cause__ = ScanError("failed", cause)
    return found


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            refused("AccessDeniedException"),
            "not_allowed: these AWS credentials may not do that: not authorized to perform: dynamodb:Scan",
        ),
        (refused("ProvisionedThroughputExceededException"), "dependency_down: the store does not answer"),
        (InvalidInput("no such zone", field="zone"), "invalid_input: zone: no such zone"),
    ],
    ids=["credentials", "outage", "input"],
)
def test_a_refusal_says_whether_it_is_the_credentials_or_an_outage(error: DomainError, expected: str) -> None:
    """Whoever lacks a policy must not wait for a store that is well."""
    assert why(error) == expected
