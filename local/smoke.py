"""Whether a deployed system answers as it should: asked from outside, and of each function that reads a queue."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from local.deploy import NOTHING, queue_functions
from local.errors import LocalError

_TRIES, _PAUSE_S, _PATIENCE_S = 6, 5.0, 30
_QUESTIONS: Final = (("v1/health", 200, ""), ("v1/home", 401, "unauthenticated"))
_PAGE: Final = (("v1/there-is-no-such-thing", 404, "not_found"), ("", 200, ""))
"""What only AWS answers so: the page, and the refusal of a path that is not there."""


class SmokeError(LocalError):
    """A new system does not answer as it should."""


def ask(url: str, status: int, code: str) -> str | None:
    """What is wrong with the answer to a GET; None if it has that status and, in a problem, that code."""
    try:
        with urlopen(url, timeout=_PATIENCE_S) as answer:  # noqa: S310
            got, body = answer.status, answer.read()
    except HTTPError as error:
        got, body = error.code, error.read()
    except (URLError, TimeoutError) as error:
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
    base: str, functions: Any, template: Mapping[str, Any], resources: Mapping[str, str], *, with_page: bool
) -> Iterator[str]:
    for path, status, code in (*_QUESTIONS, *(_PAGE if with_page else ())):
        if complaint := ask(f"{base.rstrip('/')}/{path}", status, code):
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
    wait: Callable[[float], None] = time.sleep,
) -> None:
    """Ask until all answers are right, for half a minute at most; then SmokeError with the first that are not."""
    complaints: list[str] = []
    for last in range(_TRIES):
        if last:
            wait(_PAUSE_S)
        complaints = list(_complaints(base, functions, template, resources, with_page=with_page))
        if not complaints:
            return
    raise SmokeError("; ".join(complaints[:3]))
