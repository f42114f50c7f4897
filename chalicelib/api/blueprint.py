"""Typed routes on Chalice: each declares its action, its types are its annotations, its errors are problems."""

import functools
import hashlib
import re
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, TypeVar, get_type_hints

import msgspec
from chalice.app import Blueprint, Chalice, Request, Response

from chalicelib.adapters import clock
from chalicelib.api.body import NoBody, parse_body, parse_query, require_size
from chalicelib.api.calls import Answer, Call, SignedInCall
from chalicelib.api.files import File, FileResponse
from chalicelib.api.problems import Headers, problem, problem_of
from chalicelib.domain.access import BEFORE_TERMS, Action
from chalicelib.domain.errors import DomainError, InvalidInput, NotFound, TermsNotAccepted
from chalicelib.observability import log, tracing
from chalicelib.services import authentication, repeats

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
JSON: Final = "application/json"
_KEY = re.compile(r"[!-~]{1,64}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_View = TypeVar("_View", bound=Callable[..., Any])


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One route as the API document tells it."""

    method: str
    path: str
    action: Action
    status: int
    view: Callable[..., Any]
    body: Any
    query: Any
    answer: Any
    headers: tuple[str, ...] = ()
    gives: dict[str, str] = {}
    media_type: str = JSON
    is_remembered: bool = True
    """Whether the answer to a request with an Idempotency-Key is kept, so that its repeat gets the same."""
    may_be_empty: bool = False
    """Whether no body at all is as good as an empty object."""

    @property
    def is_public(self) -> bool:
        """Whether it answers without a token."""
        return self.action in {Action.PUBLIC, Action.READ_TERMS}

    @property
    def has_key(self) -> bool:
        """Whether it is a write of somebody who is signed in, which may bring an Idempotency-Key."""
        return self.method != "GET" and not self.is_public

    @property
    def ids(self) -> list[str]:
        """The names of the ids in its path."""
        return re.findall(r"{(\w+)}", self.path)


OPERATIONS: Final[list[Operation]] = []


class ApiBlueprint(Blueprint):
    """A blueprint whose routes are made by `endpoint` only."""

    def endpoint(
        self,
        method: str,
        path: str,
        *,
        action: Action,
        status: int = HTTPStatus.OK,
        answer: Any = None,
        headers: tuple[str, ...] = (),
        gives: dict[str, str] | None = None,
        media_type: str = JSON,
        is_remembered: bool = True,
        may_be_empty: bool = False,
    ) -> Callable[[_View], _View]:
        """Serve `path` with a view `(call, *, <path ids>, body: B, query: Q) -> A`; B, Q and A are msgspec types.

        The view gets a SignedInCall unless `action` is public; a DomainError it raises becomes a problem response.
        A view that returns an Answer names the type of its body as `answer`. `headers` are those of the request that
        the view reads. `gives` says where the answer holds ids of other paths, as {"site": "site_id"} or
        {"site": "sites/0/site_id"}: the API document then links to every operation with `{site}` in its path. An answer
        that must not be stored, or that may differ each time, is not remembered. `media_type` is that of a File. With
        `may_be_empty` nothing sent is taken for `{}`.
        """
        make = functools.partial(
            Operation,
            method=method,
            path=path,
            action=action,
            status=status,
            headers=headers,
            gives=gives or {},
            media_type=media_type,
            is_remembered=is_remembered,
            may_be_empty=may_be_empty,
        )

        def register(view: _View) -> _View:
            hints = get_type_hints(view)
            shape = answer or hints.get("return", type(None))
            self._add(make(view=view, body=hints.get("body"), query=hints.get("query"), answer=shape))
            return view

        return register

    def _add(self, operation: Operation) -> None:
        OPERATIONS.append(operation)

        @functools.wraps(operation.view)
        def serve(**ids: str) -> Response:
            request = self.current_request
            with tracing(str(request.context.get("requestId", ""))):
                return _serve(operation, request, ids)

        # No media types for Chalice: it refuses by the header alone, which proxies add where nothing is sent.
        self.route(operation.path, methods=[operation.method], name=operation.view.__name__, content_types=[])(serve)


def refuse_other_methods(app: Chalice) -> None:
    """Answer 405 with an Allow header to every other method of every path that has an operation."""
    for path in dict.fromkeys(operation.path for operation in OPERATIONS):
        others = [method for method in METHODS if method not in allowed_methods(path)]
        app.route(path, methods=others, name="refuse_method")(_refusal(app, ", ".join(allowed_methods(path))))


def allowed_methods(path: str) -> list[str]:
    """The methods that have an operation at `path`, which is a route's pattern."""
    return sorted(operation.method for operation in OPERATIONS if operation.path == path)


def _refusal(app: Chalice, allowed: str) -> Callable[..., Response]:
    def refuse_method(**_: str) -> Response:
        request = app.current_request
        request_id = str(request.context.get("requestId", "")) if request else ""
        log.info("request_refused", status=int(HTTPStatus.METHOD_NOT_ALLOWED), request_id=request_id)
        return problem(HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", request_id, headers={"Allow": allowed})

    return refuse_method


def _serve(operation: Operation, request: Request, ids: dict[str, str]) -> Response:
    """One request from raw to response, with one log line; the line has the route's pattern, never its values."""
    began_s = time.perf_counter()
    request_id = str(request.context.get("requestId", ""))
    try:
        response = _respond(operation, _answer(operation, request, request_id, ids))
    except DomainError as error:
        response = problem_of(error, request_id)
    except Exception:  # noqa: BLE001 - the last fence: a fault of ours is told as one, with the id to look it up by
        log.exception("unhandled_error", route=operation.path, request_id=request_id)
        response = problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", request_id)
    log.info(
        "request_served",
        route=f"{operation.method} {operation.path}",
        status=int(response.status_code),
        request_id=request_id,
        own_ms=round((time.perf_counter() - began_s) * 1000, 1),
    )
    return response


def _answer(operation: Operation, request: Request, request_id: str, ids: dict[str, str]) -> Any:
    call = _call(operation, request, request_id)
    if not all(_ID.fullmatch(value) for value in ids.values()):
        raise NotFound
    arguments: dict[str, Any] = dict(ids)
    if operation.query is not None:
        given = request.query_params
        values = {name: given.getlist(name) for name in given} if given else {}
        arguments["query"] = parse_query(values, operation.query)
    body = _body(operation, request)
    if operation.body is not None:
        arguments["body"] = body
    act = functools.partial(operation.view, call, **arguments)
    if not isinstance(call, SignedInCall) or call.idempotency_key is None or not operation.is_remembered:
        return act()
    return _once(operation, call, call.idempotency_key, act)


def _body(operation: Operation, request: Request) -> Any:
    """What was sent, as the operation's body; where it has none nothing may be sent but an empty object."""
    raw, kind = _raw(request), request.headers.get("content-type")
    require_size(raw)
    if operation.body is None and operation.method == "GET":
        return None
    if not raw and (operation.may_be_empty or operation.body is None):
        raw, kind = b"{}", None
    return parse_body(raw, kind, operation.body or NoBody)


def _once(operation: Operation, call: SignedInCall, key: str, act: Callable[[], Any]) -> Answer:
    """The answer of `act`, or the one that was given when the same request came first."""

    def do() -> repeats.Outcome:
        response = _respond(operation, act())
        return repeats.Outcome(int(response.status_code), str(response.body))

    outcome = repeats.once(call.account.account_id, key, call.fingerprint, call.real_now, do)
    return Answer(body=msgspec.Raw(outcome.body.encode()) if outcome.body else None, status=outcome.status)


def _raw(request: Request) -> bytes:
    try:
        raw = request.raw_body
        return raw if isinstance(raw, bytes) else raw.encode()
    except ValueError as error:
        raise InvalidInput("the body cannot be decoded") from error


def _call(operation: Operation, request: Request, request_id: str) -> Call:
    facts: dict[str, Any] = {
        "now": clock.now(),
        "real_now": clock.real_now(),
        "request_id": request_id,
        "source_ip": str(request.context.get("identity", {}).get("sourceIp", "")),
        "headers": {name.lower(): value for name, value in request.headers.items()},
    }
    if operation.is_public:
        return Call(**facts)
    account = authentication.authenticate(
        request.headers.get("authorization"),
        facts["real_now"],
        even_erased=operation.action is Action.DELETE_OWN_ACCOUNT,
    )
    if operation.action not in BEFORE_TERMS and not account.has_accepted_terms:
        raise TermsNotAccepted("accept the current terms first")
    key = _idempotency_key(operation, facts["headers"])
    fingerprint = _fingerprint(operation, request) if key else ""
    return SignedInCall(account=account, idempotency_key=key, fingerprint=fingerprint, **facts)


def _fingerprint(operation: Operation, request: Request) -> str:
    told = b"\0".join((operation.method.encode(), request.path.encode(), _raw(request)))
    return hashlib.sha256(told).hexdigest()


def _idempotency_key(operation: Operation, headers: dict[str, str]) -> str | None:
    """The key of a write, by which a repeat is known; None for everything else."""
    key = headers.get("idempotency-key") if operation.has_key else None
    if key is not None and not _KEY.fullmatch(key):
        raise InvalidInput("1 to 64 visible ASCII characters", field="Idempotency-Key")
    return key


def _respond(operation: Operation, returned: Any) -> Response:
    answer = returned if isinstance(returned, Answer) else Answer(body=returned)
    status = answer.status or operation.status
    if answer.body is None:
        return Response("", answer.headers, status)
    if isinstance(answer.body, File):
        return FileResponse(answer.body, answer.status or operation.status)
    sent: Headers = {"Content-Type": JSON, "Cache-Control": "no-store"}
    return Response(msgspec.json.encode(answer.body).decode(), sent | answer.headers, status)
