"""Firmware jobs: what is to be installed, who has signed it, and how far the charger is.

The job document travels by AWS IoT Jobs (`device_shadows.jobs`). The signature covers everything but `url`, which is
signed anew for every download. This package holds no cryptography: it gives the exact bytes that are signed.
"""

from enum import StrEnum
from typing import Annotated, Final

import msgspec

from device_shadows.values import Code, Counter, WireEnum

DOMAIN: Final = "zmartcharge-firmware-v1"
MAX_IMAGE_BYTES: Final = 64 * 1024 * 1024

Version = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z.+-]{1,40}$")]
Model = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}$")]


class FirmwareJob(msgspec.Struct, frozen=True, kw_only=True, tag_field="operation", tag="firmware"):
    """Install this image. The document is complete: no placeholder is left in it when it reaches the charger."""

    version: Version
    model: Model
    """The hardware that the image is for."""
    counter: Counter
    """Anti-rollback: a charger never installs an image with a lower counter than that of the one it runs."""
    size: Annotated[int, msgspec.Meta(ge=1, le=MAX_IMAGE_BYTES)]
    """Of the image, bytes."""
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
    """Of the image, lower-case hex."""
    url: Annotated[str, msgspec.Meta(pattern=r"^https://[^\s$]+$", max_length=2048)]
    """Where to get it; valid for a while, so a failed download asks for the job again."""
    key_id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}$")]
    """Which of the public keys in the charger verifies the signature."""
    signature: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{80,120}$")]
    """ES256 over `manifest()`, DER, base64url without padding."""


class FirmwarePhase(WireEnum):
    """Where a job stands."""

    DOWNLOADING = "downloading"
    VERIFYING = "verifying"
    INSTALLING = "installing"
    RESTARTED = "restarted"
    """The new image runs and is connected; the job has succeeded."""
    FAILED = "failed"
    UNKNOWN = "UNKNOWN"


class FirmwareReason(StrEnum):
    """Why a job failed or was rejected; a newer charger may know others."""

    DOCUMENT_INVALID = "document_invalid"
    WRONG_MODEL = "wrong_model"
    ROLLBACK = "rollback"
    """The counter is lower than the installed one's."""
    UNKNOWN_KEY = "unknown_key"
    SIGNATURE_INVALID = "signature_invalid"
    DOWNLOAD_FAILED = "download_failed"
    SIZE_MISMATCH = "size_mismatch"
    HASH_MISMATCH = "hash_mismatch"
    INSTALL_FAILED = "install_failed"
    BOOT_FAILED = "boot_failed"
    """The new image did not connect within ten minutes; the old one runs again."""


class FirmwareDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The status details of the job execution: the jobs service takes strings only."""

    phase: FirmwarePhase
    percent: Annotated[str, msgspec.Meta(pattern=r"^(100|[1-9]?[0-9])$")] | None = None
    """Of the download, told at every tenth part."""
    reason: Code | None = None


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """What a charger runs."""

    model: str
    version: str
    counter: int


def manifest(job: FirmwareJob) -> bytes:
    """The exact bytes that are signed: seven lines, joined by line feeds, none at the end; no part can hold one."""
    lines = (DOMAIN, job.model, job.version, str(job.counter), str(job.size), job.sha256, job.key_id)
    return "\n".join(lines).encode()


def find_obstacle(job: FirmwareJob, installed: Installed) -> FirmwareReason | None:
    """Why the job is not for this charger, to be asked before anything is downloaded; None if it is."""
    if job.model != installed.model:
        return FirmwareReason.WRONG_MODEL
    return FirmwareReason.ROLLBACK if job.counter < installed.counter else None


def is_installed(job: FirmwareJob, installed: Installed) -> bool:
    """True if the charger runs the very version: the job has succeeded, however often it comes."""
    return (job.model, job.version, job.counter) == (installed.model, installed.version, installed.counter)
