"""Releases and their images in a bucket: images by their hash, releases by model and version, written once."""

from typing import Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.aws import client
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.firmware import Image, Release
from chalicelib.settings import settings

_MISSING: Final = {"NoSuchKey", "404"}
_THERE: Final = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}


def find(model: str, version: str) -> Release | None:
    """The release, None if there is none."""
    try:
        answer = _call("get_object", Key=_release_key(model, version))
    except ClientError as error:
        if _code(error) in _MISSING:
            return None
        raise DependencyDown("the firmware store does not answer") from error
    return msgspec.json.decode(answer["Body"].read(), type=Release)


def put_image(image: Image, content: bytes) -> None:
    """Keep the image; its own repeat changes nothing."""
    try:
        _call("put_object", Key=_image_key(image), Body=content, ContentType="application/octet-stream")
    except ClientError as error:
        raise DependencyDown("the firmware store does not answer") from error


def put(release: Release) -> bool:
    """Write a release; False, with nothing changed, if one of this model and version is there."""
    key = _release_key(release.image.model, release.image.version)
    try:
        _call("put_object", Key=key, Body=msgspec.json.encode(release), ContentType="application/json", IfNoneMatch="*")
    except ClientError as error:
        if _code(error) in _THERE:
            return False
        raise DependencyDown("the firmware store does not answer") from error
    return True


def url_placeholder(image: Image) -> str:
    """What the jobs service replaces by an address at which a charger may get the image for a while."""
    host = f"https://s3.{settings().aws_region}.amazonaws.com"
    return f"${{aws:iot:s3-presigned-url:{host}/{settings().firmware_bucket}/{_image_key(image)}}}"


def _release_key(model: str, version: str) -> str:
    return f"releases/{model}/{version}.json"


def _image_key(image: Image) -> str:
    return f"images/{image.sha256}.bin"


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def _call(operation: str, **parameters: Any) -> Any:
    try:
        return getattr(client("s3"), operation)(Bucket=settings().firmware_bucket, **parameters)
    except BotoCoreError as error:
        raise DependencyDown("the firmware store does not answer") from error
