"""Firmware jobs in AWS IoT Jobs."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters import firmware_contract
from chalicelib.adapters.aws import client
from chalicelib.domain.errors import DependencyDown, NotFound
from chalicelib.domain.firmware import Execution, ExecutionState, Job
from chalicelib.domain.ids import Serial
from chalicelib.settings import settings

URL_LIFE_S: Final = 3600
STEP_LIFE_MINUTES: Final = 24 * 60
"""How long the address of an image is good, and how long a charger may take from its first report to the last."""
PER_MINUTE: Final = 50
_ABORT: Final = {"failureType": "ALL", "action": "CANCEL", "thresholdPercentage": 20.0, "minNumberOfExecutedThings": 5}
"""A job that harms is stopped before all have it."""
_JOB_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_Result = TypeVar("_Result")


def thing_arn(serial: Serial) -> str:
    """What a job names its target by; NotFound if the device service knows no such charger."""
    answer = _found(lambda: client("iot").describe_thing(thingName=serial))
    if answer is None:
        raise NotFound(f"the device service does not know {serial}")
    return str(answer["thingArn"])


def create(job_id: str, targets: Iterable[str], document: bytes) -> bool:
    """Make a job for the things with the ARNs `targets`; False if there is one with this id already."""
    try:
        _calling(
            lambda: client("iot").create_job(
                jobId=job_id,
                targets=list(targets),
                document=document.decode(),
                targetSelection="SNAPSHOT",
                presignedUrlConfig={"roleArn": settings().firmware_download_role_arn, "expiresInSec": URL_LIFE_S},
                jobExecutionsRolloutConfig={"maximumPerMinute": PER_MINUTE},
                abortConfig={"criteriaList": [_ABORT]},
                timeoutConfig={"inProgressTimeoutInMinutes": STEP_LIFE_MINUTES},
            )
        )
    except ClientError as error:
        if _code(error) == "ResourceAlreadyExistsException":
            return False
        raise DependencyDown("the jobs service does not answer") from error
    return True


def find(job_id: str) -> Job | None:
    """The job with what every charger has said of it, None if there is none."""
    if not _JOB_ID.fullmatch(job_id):
        return None
    answer = _found(lambda: client("iot").describe_job(jobId=job_id))
    if answer is None:
        return None
    job, text = answer["job"], _calling(lambda: client("iot").get_job_document(jobId=job_id))["document"]
    return Job(
        job_id=job_id,
        is_over=job["status"] in {"CANCELED", "COMPLETED"},
        is_canceled=job["status"] == "CANCELED",
        image=firmware_contract.parse_job_document(text).image,
        created_at=job["createdAt"],
        executions=tuple(_executions(job_id)),
    )


def cancel(job_id: str) -> None:
    """Stop the job for all that have not ended, also for those that have begun: their next report is refused."""
    try:
        _calling(lambda: client("iot").cancel_job(jobId=job_id, force=True, reasonCode="operator"))
    except ClientError as error:
        if _code(error) != "InvalidRequestException":  # it ended in between, which the caller sees when it looks again
            raise DependencyDown("the jobs service does not answer") from error


def _executions(job_id: str) -> Iterator[Execution]:
    pages = client("iot").get_paginator("list_job_executions_for_job").paginate(jobId=job_id)
    for page in _calling(lambda: list(pages)):
        for summary in page["executionSummaries"]:
            yield _execution(job_id, Serial(summary["thingArn"].rpartition("/")[2]))


def _execution(job_id: str, serial: Serial) -> Execution:
    answer = _calling(lambda: client("iot").describe_job_execution(jobId=job_id, thingName=serial))
    execution = answer["execution"]
    phase, percent, reason = firmware_contract.parse_details(execution.get("statusDetails", {}).get("detailsMap", {}))
    return Execution(
        serial=serial,
        state=ExecutionState(execution["status"].lower()),
        phase=phase,
        percent=percent,
        reason=reason,
        updated_at=execution["lastUpdatedAt"],
    )


def _found(call: Callable[[], _Result]) -> _Result | None:
    try:
        return _calling(call)
    except ClientError as error:
        if _code(error) == "ResourceNotFoundException":
            return None
        raise DependencyDown("the jobs service does not answer") from error


def _calling(call: Callable[[], _Result]) -> _Result:
    try:
        return call()
    except BotoCoreError as error:
        raise DependencyDown("the jobs service does not answer") from error


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
