"""The front door of meter readers: the emulator knows function URLs but serves none, so this one calls the function."""

import asyncio
import base64
import json
from typing import Any, Final

from aiohttp import web

from local.aws import Aws
from local.deploy import Stack

FUNCTION: Final = "MeterPost"
MAX_BODY_BYTES: Final = 6 * 1024 * 1024
"""As a function URL has it."""


def event_of(method: str, path: str, source_ip: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """The event (payload format 2.0) that a function URL makes of a call; a body of no known type is base64."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "stage": "$default",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": source_ip},
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


class MeterDoor:
    """Passes a reader's call on to the function, and its answer back."""

    def __init__(self, aws: Aws, stack: Stack) -> None:
        self._client, self._name = aws.client("lambda"), stack.resources[FUNCTION]

    async def handle(self, request: web.Request) -> web.Response:
        """One call; 502, as of a function URL, when the function fails."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        event = event_of(request.method, request.path, request.remote or "", headers, await request.read())
        answer = await asyncio.to_thread(self._invoke, event)
        if answer is None:
            return web.Response(status=502, text="Internal Server Error")
        return web.Response(status=answer["statusCode"], body=answer["body"].encode(), headers=answer["headers"])

    def _invoke(self, event: dict[str, Any]) -> dict[str, Any] | None:
        found = self._client.invoke(FunctionName=self._name, Payload=json.dumps(event).encode())
        content = found["Payload"].read()
        return None if "FunctionError" in found else dict(json.loads(content))
