"""Whether a deployed system answers as it should: asked from outside, and of each function that reads a queue."""

import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, OpenerDirector, build_opener

from local.deploy import NOTHING, queue_functions
from local.errors import LocalError

_TRIES, _PAUSE_S, _PATIENCE_S = 6, 5.0, 30
_QUESTIONS: Final = (("v1/health", 200, ""), ("v1/home", 401, "unauthenticated"))
_PAGE: Final = (("v1/there-is-no-such-thing", 404, "not_found"), ("", 200, ""))
"""What only AWS answers so: the page, and the refusal of a path that is not there."""


class SmokeError(LocalError):
    """A new system does not answer as it should."""


class _ThroughDoor(HTTPSHandler):
    """Connects to `door` whatever the name asked for, whose certificate it must still show."""

    def __init__(self, door: str, context: ssl.SSLContext) -> None:
        super().__init__(context=context)
        self._door, self._tls = door, context

    def https_open(self, req: Any) -> Any:
        """As the base class, by another address."""
        host, _, port = self._door.partition(":")

        class Connection(http.client.HTTPSConnection):
            def connect(this) -> None:  # noqa: N805 - `self` is the handler
                line = socket.create_connection((host, int(port or 443)), this.timeout)
                this.sock = self._tls.wrap_socket(line, server_hostname=this.host)

        return self.do_open(Connection, req)


def opener(door: str = "", context: ssl.SSLContext | None = None) -> OpenerDirector:
    """How to ask; with `door` (host or host:port), of a name that need not point there yet."""
    return build_opener(_ThroughDoor(door, context or ssl.create_default_context())) if door else build_opener()


def ask(url: str, status: int, code: str, way: OpenerDirector) -> str | None:
    """What is wrong with the answer to a GET; None if it has that status and, in a problem, that code."""
    try:
        with way.open(url, timeout=_PATIENCE_S) as answer:
            got, body = answer.status, answer.read()
    except HTTPError as error:
        got, body = error.code, error.read()
    except OSError as error:
        return f"{url} does not answer: {error}"
    if got != status:
        return f"{url} answers {got}, not {status}"
    if code and (told := _code(body)) != code:
        return f"{url} says {told or 'no code'}, not {code}"
    return None


def _code(body: bytes) -> str:
    try:
        problem = json.loads(body)
    except ValueError:
        return ""
    return str(problem.get("code", "")) if isinstance(problem, dict) else ""


def _complaints(
    base: str,
    functions: Any,
    template: Mapping[str, Any],
    resources: Mapping[str, str],
    *,
    with_page: bool,
    way: OpenerDirector,
) -> Iterator[str]:
    for path, status, code in (*_QUESTIONS, *(_PAGE if with_page else ())):
        if complaint := ask(f"{base.rstrip('/')}/{path}", status, code, way):
            yield complaint
    for name in queue_functions(dict(template)):
        answer = functions.invoke(FunctionName=resources[name], Payload=json.dumps(NOTHING).encode())
        if answer.get("FunctionError"):
            yield f"{name} fails: {answer['Payload'].read().decode()[:300]}"


def require_answers(
    base: str,
    functions: Any,
    template: Mapping[str, Any],
    resources: Mapping[str, str],
    *,
    with_page: bool,
    door: str = "",
    wait: Callable[[float], None] = time.sleep,
) -> None:
    """Ask until all answers are right, for half a minute at most; then SmokeError with the first that are not.

    `door` is where a name of our own will point to: before a first deployment nobody knows it, so nobody can have
    pointed the name there yet.
    """
    complaints, way = list[str](), opener(door)
    for last in range(_TRIES):
        if last:
            wait(_PAUSE_S)
        complaints = list(_complaints(base, functions, template, resources, with_page=with_page, way=way))
        if not complaints:
            return
    raise SmokeError("; ".join(complaints[:3]))
