"""The firmware agent: takes a job, checks it, has it downloaded, installs it, restarts, and says how far it is; pure.

The shell around it downloads (`download`), publishes (`reports`) and restarts (`wants_restart`).
"""

import hashlib
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from device_shadows import codec
from device_shadows.errors import DocumentInvalidError
from device_shadows.firmware import (
    FirmwareDetails,
    FirmwareJob,
    FirmwarePhase,
    FirmwareReason,
    Installed,
    find_obstacle,
    is_installed,
)
from device_shadows.jobs import JobStatus, NextJob

Verify = Callable[[FirmwareJob], FirmwareReason | None]
"""Why the signature does not count, None if it does."""
PERCENT_STEP: Final = 10
PERCENT: Final = 100


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """To be published about a job."""

    job_id: str
    status: JobStatus
    details: FirmwareDetails


class FirmwareAgent:
    """One job at a time. `image_boots` False plays an image that does not connect: the old one comes back."""

    def __init__(self, image: Installed, verify: Verify, *, image_boots: bool = True) -> None:
        self.image, self.image_boots, self._verify = image, image_boots, verify
        self.wants_next = False
        self.job_id: str | None = None
        self.download: FirmwareJob | None = None
        self.reports: deque[Report] = deque()
        self._percent = 0
        self._installed: FirmwareJob | None = None
        self._failed_boot: str | None = None

    @property
    def is_installing(self) -> bool:
        """True from the right hash to the restart: nothing may interrupt it."""
        return self._installed is not None

    @property
    def wants_restart(self) -> bool:
        """True when the image is in place and everything has been said about it."""
        return self.is_installing and not self.reports

    def connected(self) -> None:
        """Ask for the job that waits, or that was in progress."""
        self.wants_next = True

    def heard_next(self, answer: NextJob) -> None:
        """The jobs service names a job, or none."""
        execution = answer.execution
        if not execution.job_id or self.is_installing or self.download:
            return
        self.job_id = execution.job_id
        if self._failed_boot == execution.job_id:
            self._end(JobStatus.FAILED, FirmwareReason.BOOT_FAILED)
            return
        try:
            job = codec.convert(execution.job_document, FirmwareJob)
        except DocumentInvalidError:
            self._end(JobStatus.REJECTED, FirmwareReason.DOCUMENT_INVALID)
            return
        self._begin(job)

    def heard_notify(self, notice: NextJob) -> None:
        """A job has come to the front of the queue: it is taken by asking for it."""
        self.wants_next = self.wants_next or bool(notice.execution.job_id)

    def cancelled(self, job_id: str) -> None:
        """The jobs service refuses reports about the job: it is over, unless the image is being written."""
        if job_id == self.job_id and not self.is_installing:
            self.job_id = self.download = None
            self.reports.clear()

    def progressed(self, received: int) -> None:
        """So many bytes are here."""
        if not self.download:
            return
        percent = min(PERCENT, received * PERCENT // self.download.size) // PERCENT_STEP * PERCENT_STEP
        if percent > self._percent:
            self._percent = percent
            self._report(JobStatus.IN_PROGRESS, FirmwarePhase.DOWNLOADING, percent=str(percent))

    def downloaded(self, data: bytes) -> None:
        """The download has ended; what came is checked and, if it is the image, installed."""
        job = self.download
        if not job:
            return
        self.download = None
        if len(data) != job.size:
            self._end(JobStatus.FAILED, FirmwareReason.SIZE_MISMATCH)
            return
        self._report(JobStatus.IN_PROGRESS, FirmwarePhase.VERIFYING)
        if hashlib.sha256(data).hexdigest() != job.sha256:
            self._end(JobStatus.FAILED, FirmwareReason.HASH_MISMATCH)
            return
        self._report(JobStatus.IN_PROGRESS, FirmwarePhase.INSTALLING)
        self._installed = job

    def download_failed(self) -> None:
        """Nothing came."""
        if self.download:
            self.download = None
            self._end(JobStatus.FAILED, FirmwareReason.DOWNLOAD_FAILED)

    def restarted(self) -> None:
        """Power is back: the new image runs, or the old one again; a download is lost and begins anew."""
        job, self._installed, self.download = self._installed, None, None
        self.reports.clear()
        if job and self.image_boots:
            self.image = Installed(model=job.model, version=job.version, counter=job.counter)
        elif job:
            self._failed_boot = self.job_id

    def _begin(self, job: FirmwareJob) -> None:
        if is_installed(job, self.image):
            self._report(JobStatus.SUCCEEDED, FirmwarePhase.RESTARTED)
            self.job_id = None
        elif obstacle := find_obstacle(job, self.image) or self._verify(job):
            self._end(JobStatus.REJECTED, obstacle)
        else:
            self.download, self._percent = job, 0
            self._report(JobStatus.IN_PROGRESS, FirmwarePhase.DOWNLOADING, percent="0")

    def _end(self, status: JobStatus, reason: FirmwareReason) -> None:
        self._report(status, FirmwarePhase.FAILED, reason=reason)
        self.job_id = None

    def _report(
        self, status: JobStatus, phase: FirmwarePhase, *, percent: str | None = None, reason: str | None = None
    ) -> None:
        if self.job_id:
            details = FirmwareDetails(phase=phase, percent=percent, reason=reason)
            self.reports.append(Report(job_id=self.job_id, status=status, details=details))
