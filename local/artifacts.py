"""What a deployment uploads: code and template under names made of their content, and the page."""

import hashlib
import json
import mimetypes
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from local import page
from local.build import LAYER, Package

_PRIVATE: Final = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}
_NOT_THE_PAGE: Final = {".md", ".LICENSE"}
_TYPES: Final = {".js": "text/javascript; charset=utf-8", ".webmanifest": "application/manifest+json"}
Versions = Mapping[str, str | None]


class Artifacts:
    """The bucket of this account and region that keeps what was deployed, so that it can be deployed again."""

    def __init__(self, s3: Any, account: str, region: str) -> None:
        self._s3, self._region = s3, region
        self.bucket = f"zmartcharge-deployments-{account}-{region}"

    def make_bucket(self) -> None:
        """Private, with versions; nothing happens if it is there."""
        try:
            self._s3.head_bucket(Bucket=self.bucket)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:  # noqa: PLR2004
                raise
            where = {"LocationConstraint": self._region}
            self._s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration=where)
            self._s3.put_public_access_block(Bucket=self.bucket, PublicAccessBlockConfiguration=_PRIVATE)
            self._s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})

    def put(self, content: bytes, name: str) -> str:
        """Store under the content's digest, unless it is there; the key."""
        key = f"{hashlib.sha256(content).hexdigest()[:32]}/{name}"
        self._s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        return key

    def put_package(self, package: Package) -> str:
        """Upload code and template; the template's key. Equal packages make equal templates."""
        body = json.dumps(package.read_template())
        for local_name, content in (("deployment.zip", package.bundle), (LAYER, package.layer)):
            key = self.put(content.read_bytes(), local_name)
            body = body.replace(f"./{local_name}", f"s3://{self.bucket}/{key}")
        return self.put(body.encode(), "template.json")

    def url(self, key: str) -> str:
        """Where CloudFormation reads it; at an emulator, from there."""
        host = str(self._s3.meta.endpoint_url)
        if host.endswith(".amazonaws.com"):
            return f"https://{self.bucket}.s3.{self._region}.amazonaws.com/{key}"
        return f"{host}/{self.bucket}/{key}"


def page_files(web: Path = page.WEB) -> Iterator[tuple[str, bytes, str]]:
    """Name, content and type of every file that a browser may ask for."""
    for path in sorted(web.rglob("*")):
        if not path.is_file() or path.suffix in _NOT_THE_PAGE or path.name.endswith(".d.ts"):
            continue
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        content = page.script(path).encode() if path.suffix == ".js" else path.read_bytes()
        yield path.relative_to(web).as_posix(), content, kind


def put_page(s3: Any, bucket: str) -> Versions:
    """Upload the page; the versions that were there before, None for a file that is new."""
    before: dict[str, str | None] = {}
    for name, content, kind in page_files():
        before[name] = _version(s3, bucket, name)
        s3.put_object(Bucket=bucket, Key=name, Body=content, ContentType=kind, CacheControl="no-cache")
    return before


def restore_page(s3: Any, bucket: str, before: Versions) -> None:
    """Put the earlier versions back; what was new goes."""
    for name, version in before.items():
        if version is None:
            s3.delete_object(Bucket=bucket, Key=name)
        else:
            s3.copy_object(Bucket=bucket, Key=name, CopySource={"Bucket": bucket, "Key": name, "VersionId": version})


def _version(s3: Any, bucket: str, name: str) -> str | None:
    try:
        found: str | None = s3.head_object(Bucket=bucket, Key=name).get("VersionId")
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:  # noqa: PLR2004
            return None
        raise
    return found
