"""Firmware: what is released, who may get it, and how far a job is.

A release is an image for one model, with a version (its name) and a counter (what makes it older or newer): a charger
never runs an image with a lower counter than the one before, so that a hole that was closed stays closed.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from chalicelib.domain.errors import Conflict, InvalidInput
from chalicelib.domain.ids import Serial

MAX_TARGETS: Final = 100
"""How many chargers one job names, AWS IoT's limit."""
_ID_DIGITS: Final = 32


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """One image; `size` in bytes, `sha256` in lower-case hex."""

    model: str
    version: str
    counter: int
    size: int
    sha256: str


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """An image that is signed: base64url ES256 by the key `key_id` over the manifest of the device contract."""

    image: Image
    key_id: str
    signature: str


class ReleaseTaken(Conflict):
    """There is a release of this model and version with another image or counter."""

    code = "release_taken"


class Rollback(Conflict):
    """The counter is lower than that of what a charger runs."""

    code = "firmware_rollback"


class ModelsDiffer(InvalidInput):
    """One image is for one model."""

    code = "models_differ"


class JobOver(Conflict):
    """The job has ended: there is nothing to cancel."""

    code = "job_over"


class ExecutionState(StrEnum):
    """How far one charger is with a job."""

    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REJECTED = "rejected"
    TIMED_OUT = "timed_out"
    CANCELED = "canceled"
    REMOVED = "removed"

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return self not in {ExecutionState.QUEUED, ExecutionState.IN_PROGRESS}


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """One charger's part of a job; `phase`, `percent` and `reason` are its own words, empty if it said nothing."""

    serial: Serial
    state: ExecutionState
    phase: str = ""
    percent: str = ""
    reason: str = ""
    updated_at: datetime


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A firmware job. `is_over`: it takes no further reports, by its end or because it was cancelled."""

    job_id: str
    is_over: bool
    is_canceled: bool
    image: Image
    created_at: datetime
    executions: tuple[Execution, ...]


def image_of(content: bytes, *, model: str, version: str, counter: int) -> Image:
    """The facts of an image that are signed."""
    digest = hashlib.sha256(content).hexdigest()
    return Image(model=model, version=version, counter=counter, size=len(content), sha256=digest)


def require_same_image(known: Release, image: Image) -> None:
    """ReleaseTaken unless the release is of exactly this image."""
    if known.image != image:
        text = f"{image.model} {image.version} is released with another image, or with another counter"
        raise ReleaseTaken(f"{text} (its counter is {known.image.counter})")


def require_one_model(models: Mapping[Serial, str]) -> str:
    """The model that all these chargers are; ModelsDiffer if they are not, InvalidInput for none or too many."""
    if not 1 <= len(models) <= MAX_TARGETS:
        raise InvalidInput(f"a job takes 1 to {MAX_TARGETS} chargers", field="serials")
    if len(found := set(models.values())) > 1:
        raise ModelsDiffer(f"one image is for one model, these are {', '.join(sorted(found))}", field="serials")
    return found.pop()


def require_no_rollback(image: Image, running: Mapping[Serial, int]) -> None:
    """Rollback unless the counter is at least that of every charger; `running` is what each of them runs."""
    newer = {serial: counter for serial, counter in sorted(running.items()) if counter > image.counter}
    if newer:
        told = ", ".join(f"{serial} ({counter})" for serial, counter in newer.items())
        raise Rollback(f"counter {image.counter} is lower than that of {told}")


def job_id_of(release: Release, serials: Iterable[Serial], attempt: int = 1) -> str:
    """The same for the same release, chargers and attempt, so that a repeated command makes no second job."""
    facts = [release.image, sorted(set(serials)), attempt]
    return f"fw-{hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:_ID_DIGITS]}"


def has_failed(executions: Sequence[Execution]) -> bool:
    """Whether any charger's part ended otherwise than well."""
    return any(one.state.is_over and one.state is not ExecutionState.SUCCEEDED for one in executions)
