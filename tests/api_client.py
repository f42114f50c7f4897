"""Calls the Chalice app in process with the events that API Gateway would send."""

import base64
import json
import re
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from chalice.app import Chalice


class Reply(NamedTuple):
    """What a client sees."""

    status: int
    body: Any
    headers: dict[str, str]


class NoRouteError(AssertionError):
    """No route matches the path: API Gateway would answer by itself, so a test has called the wrong one."""


class LambdaContext:
    """The part of Lambda's context that is read."""

    aws_request_id = "request-1"
    function_name = "api"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-north-1:123456789012:function:api"

    def get_remaining_time_in_millis(self) -> int:
        """Plenty."""
        return 20_000


class ApiClient:
    """get, post, put, patch and delete as a phone would; `body` may be raw bytes."""

    def __init__(self, app: Chalice) -> None:
        self.app = app

    def get(self, path: str, **kwargs: Any) -> Reply:
        """GET."""
        return self.call("GET", path, **kwargs)

    def post(self, path: str, body: Any = None, **kwargs: Any) -> Reply:
        """POST."""
        return self.call("POST", path, body=body, **kwargs)

    def put(self, path: str, body: Any = None, **kwargs: Any) -> Reply:
        """PUT."""
        return self.call("PUT", path, body=body, **kwargs)

    def patch(self, path: str, body: Any = None, **kwargs: Any) -> Reply:
        """PATCH."""
        return self.call("PATCH", path, body=body, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> Reply:
        """DELETE."""
        return self.call("DELETE", path, **kwargs)

    def call(
        self, method: str, path: str, *, body: Any = None, token: str = "", headers: dict[str, str] | None = None
    ) -> Reply:
        """One request; a path that no route matches fails the test, as API Gateway would answer it itself."""
        url = urlsplit(path)
        resource, ids = self._match(url.path)
        sent = {"host": "test"} | ({"authorization": f"Bearer {token}"} if token else {}) | (headers or {})
        raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        if raw and "content-type" not in sent:
            sent["content-type"] = "application/json"
        event = {
            "resource": resource,
            "path": url.path,
            "httpMethod": method,
            "headers": sent,
            "multiValueHeaders": {name: [value] for name, value in sent.items()},
            "multiValueQueryStringParameters": parse_qs(url.query, keep_blank_values=True) or None,
            "pathParameters": ids or None,
            "stageVariables": None,
            "isBase64Encoded": bool(raw),
            "body": base64.b64encode(raw).decode() if raw else None,
            "requestContext": {
                "resourcePath": resource,
                "httpMethod": method,
                "requestId": "request-1",
                "identity": {"sourceIp": "192.0.2.1"},
            },
        }
        answer = self.app(event, LambdaContext())
        if answer.get("isBase64Encoded"):
            found = {name.lower(): value for name, value in answer["headers"].items()}
            return Reply(answer["statusCode"], base64.b64decode(answer["body"]), found)
        text = answer["body"]
        found = {name.lower(): value for name, value in answer["headers"].items()}
        return Reply(answer["statusCode"], json.loads(text) if text else None, found)

    def _match(self, path: str) -> tuple[str, dict[str, str]]:
        for resource in self.app.routes:
            found = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", resource), path)
            if found:
                return resource, found.groupdict()
        raise NoRouteError(path)
