"""Files as answers: their bytes arrive as they are."""

import base64
from typing import Any

import msgspec
from chalice.app import Response

from chalicelib.api.problems import Headers


class File(msgspec.Struct, frozen=True, kw_only=True):
    """What a client saves under `name`, which has nothing in it but letters, digits, dots and hyphens."""

    content: bytes
    media_type: str
    name: str


class FileResponse(Response):
    """A response whose body is bytes.

    Chalice would refuse a client that does not name the very type as the one it accepts; API Gateway takes every answer
    of ours for bytes (infra/reports.yaml), so that any client gets the file.
    """

    def __init__(self, file: File, status: int) -> None:
        sent: Headers = {"Content-Type": file.media_type, "Cache-Control": "no-store"}
        sent["Content-Disposition"] = f'attachment; filename="{file.name}"'
        super().__init__(file.content, sent, status)

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:  # noqa: ARG002 - all are
        """What the integration with API Gateway wants."""
        body = base64.b64encode(self.body).decode()
        return {"statusCode": self.status_code, "headers": self.headers, "body": body, "isBase64Encoded": True}
