"""Releases in the words of the device contract: the bytes that are signed, and the job document."""

from typing import Any, Final

import msgspec

from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.firmware import Image, Release
from device_shadows import firmware as contract
from device_shadows.claim import to_base64url
from device_shadows.codec import convert
from device_shadows.errors import DocumentInvalidError
from device_shadows.firmware import FirmwareDetails, FirmwareJob

_ANY_URL: Final = "https://firmware.invalid/"
_ANY_SIGNATURE: Final = "A" * 96
"""Stand in where the manifest is wanted, which holds neither."""


def manifest(image: Image, key_id: str) -> bytes:
    """What is signed; InvalidInput if a charger would refuse the image for its form alone."""
    return contract.manifest(_job(Release(image=image, key_id=key_id, signature=_ANY_SIGNATURE)))


def is_version(text: str) -> bool:
    """Whether this can be the version of a release."""
    try:
        msgspec.convert(text, contract.Version)
    except msgspec.ValidationError:
        return False
    return True


def signature_text(signature: bytes) -> str:
    """A DER signature as the contract writes it."""
    return to_base64url(signature)


def job_document(release: Release, url: str) -> bytes:
    """The document of a job; `url` is an address or the placeholder that the jobs service replaces by one."""
    document: dict[str, Any] = msgspec.to_builtins(_job(release))
    return msgspec.json.encode(document | {"url": url})


def parse_job_document(text: str) -> Release:
    """The release that a job installs; its address is passed over."""
    document = msgspec.json.decode(text, type=dict[str, Any])
    job = msgspec.convert(document | {"url": _ANY_URL}, FirmwareJob)
    image = Image(model=job.model, version=job.version, counter=job.counter, size=job.size, sha256=job.sha256)
    return Release(image=image, key_id=job.key_id, signature=job.signature)


def parse_details(details: dict[str, str]) -> tuple[str, str, str]:
    """Phase, percent and reason of a charger's report, empty where it said nothing; nothing if it is no report."""
    try:
        said = convert(details, FirmwareDetails)
    except DocumentInvalidError:
        return "", "", ""
    return said.phase.value, said.percent or "", said.reason or ""


def _job(release: Release) -> FirmwareJob:
    facts = msgspec.to_builtins(release.image) | {"key_id": release.key_id, "signature": release.signature}
    try:
        return msgspec.convert(facts | {"operation": "firmware", "url": _ANY_URL}, FirmwareJob)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$.")
        raise InvalidInput(what, field=path.rstrip("`")) from error
