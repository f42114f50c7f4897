"""Firmware jobs: the bytes that are signed, what is refused before a download, and the envelope of the jobs service."""

import json

import msgspec
import pytest

from device_shadows import codec
from device_shadows.firmware import FirmwareDetails, FirmwarePhase, Installed, find_obstacle, is_installed, manifest
from device_shadows.jobs import JobStatus, NextJob, job_update
from tests.device_shadows.samples import JOB

INSTALLED = Installed(model="simulated", version="1.3.9", counter=4)


def test_the_signed_bytes_are_exactly_these() -> None:
    """A change here makes every signature void."""
    expected = b"zmartcharge-firmware-v1\nsimulated\n1.4.0\n4\n1000\n" + b"ab" * 32 + b"\nrelease-1"
    assert manifest(JOB) == expected


@pytest.mark.parametrize(
    ("field", "value"),
    [("model", "other"), ("version", "1.4.1"), ("counter", 5), ("size", 1001), ("sha256", "cd" * 32), ("key_id", "b")],
)
def test_every_field_but_the_address_is_signed(field: str, value: object) -> None:
    """The address is signed anew for each download."""
    assert manifest(msgspec.structs.replace(JOB, **{field: value})) != manifest(JOB)
    assert manifest(msgspec.structs.replace(JOB, url="https://elsewhere.example/")) == manifest(JOB)


@pytest.mark.parametrize(
    ("change", "obstacle"),
    [
        ({}, None),
        ({"counter": 5}, None),
        ({"version": "1.0.0"}, None),
        ({"counter": 3}, "rollback"),
        ({"model": "other"}, "wrong_model"),
    ],
    ids=["same counter", "higher counter", "an older name alone is no rollback", "lower counter", "other hardware"],
)
def test_a_job_that_is_not_for_this_charger_is_refused_before_the_download(
    change: dict[str, object], obstacle: str | None
) -> None:
    """The counter decides what is older, never the name of the version."""
    assert find_obstacle(msgspec.structs.replace(JOB, **change), INSTALLED) == obstacle


def test_a_job_for_what_runs_already_has_succeeded() -> None:
    """The job is found again after the restart into its own image."""
    assert is_installed(JOB, Installed(model="simulated", version="1.4.0", counter=4))
    assert not is_installed(JOB, INSTALLED)


def test_a_report_has_strings_only() -> None:
    """The jobs service takes no numbers in status details."""
    details = FirmwareDetails(phase=FirmwarePhase.DOWNLOADING, percent="40")
    assert json.loads(job_update(JobStatus.IN_PROGRESS, details)) == {
        "status": "IN_PROGRESS",
        "statusDetails": {"phase": "downloading", "percent": "40"},
    }


@pytest.mark.parametrize("payload", [b'{"timestamp":1}', b'{"timestamp":1,"execution":{}}'])
def test_no_job_is_a_job_without_an_id(payload: bytes) -> None:
    """Both forms occur."""
    assert codec.decode_message(payload, NextJob).execution.job_id == ""


def test_a_job_of_the_service_is_read() -> None:
    """Its fields are in camel case; the document is left as it is."""
    body = {
        "timestamp": 1,
        "execution": {
            "jobId": "fw-1",
            "status": "QUEUED",
            "queuedAt": 1,
            "lastUpdatedAt": 1,
            "versionNumber": 1,
            "executionNumber": 1,
            "jobDocument": {"operation": "firmware"},
        },
    }
    execution = codec.decode_message(json.dumps(body).encode(), NextJob).execution
    assert (execution.job_id, execution.status, execution.job_document) == (
        "fw-1",
        JobStatus.QUEUED,
        {"operation": "firmware"},
    )
