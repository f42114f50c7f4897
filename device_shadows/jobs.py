"""The envelope that the jobs service puts around a job document, and the reports about an execution.

On connect a charger subscribes and publishes `{}` to start-next; it does so again whenever notify-next names a job. It
does one job at a time, and goes on with one that it finds in progress after a restart.
"""

from typing import Any

import msgspec

from device_shadows.codec import encode
from device_shadows.firmware import FirmwareDetails
from device_shadows.values import WireEnum


class JobStatus(WireEnum):
    """Of an execution. A charger writes IN_PROGRESS, SUCCEEDED, FAILED and REJECTED."""

    QUEUED = "QUEUED"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    """Begun, and it did not work."""
    REJECTED = "REJECTED"
    """Not begun: the job is not for this charger."""
    TIMED_OUT = "TIMED_OUT"
    CANCELED = "CANCELED"
    REMOVED = "REMOVED"
    UNKNOWN = "UNKNOWN"


class Execution(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One job for this charger; without a `jobId` there is none."""

    job_id: str = ""
    status: JobStatus = JobStatus.UNKNOWN
    version_number: int = 0
    job_document: dict[str, Any] = {}


class NextJob(msgspec.Struct, frozen=True, kw_only=True):
    """notify-next, and the answer to start-next."""

    timestamp: int = 0
    execution: Execution = Execution()


class JobRefused(msgspec.Struct, frozen=True, kw_only=True):
    """Why the jobs service refused, such as InvalidStateTransition or TerminalStateReached: the job was cancelled."""

    code: str
    message: str = ""


class _Update(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    status: JobStatus
    status_details: msgspec.Raw


def job_update(status: JobStatus, details: FirmwareDetails) -> bytes:
    """The payload by which a charger reports an execution."""
    return msgspec.json.encode(_Update(status=status, status_details=msgspec.Raw(encode(details))))
