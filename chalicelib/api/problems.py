"""Errors as RFC 9457 problem responses; the one table from errors to HTTP status."""

from http import HTTPStatus
from typing import Final

import msgspec
from chalice.app import Response

from chalicelib.domain import errors

PROBLEM_TYPE: Final = "application/problem+json"
Headers = dict[str, str | list[str]]

STATUS: Final[dict[type[errors.DomainError], HTTPStatus]] = {
    errors.InvalidInput: HTTPStatus.BAD_REQUEST,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.TermsNotAccepted: HTTPStatus.FORBIDDEN,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.PreconditionMissing: HTTPStatus.PRECONDITION_REQUIRED,
    errors.TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    errors.DependencyDown: HTTPStatus.SERVICE_UNAVAILABLE,
}


_DETAILS: Final = {
    HTTPStatus.UNAUTHORIZED: "sign in first",
    HTTPStatus.FORBIDDEN: "this is not yours to do",
    HTTPStatus.NOT_FOUND: "there is no such thing, or it is not yours to know",
    HTTPStatus.METHOD_NOT_ALLOWED: "the header Allow names the methods of this path",
    HTTPStatus.INTERNAL_SERVER_ERROR: "this should not have happened; tell support the request id",
}
"""What a problem says that has nothing more to say than its status."""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457 members plus our stable `code`, the request id for support, and what some codes add."""

    type: str
    title: str
    status: int
    code: str
    request_id: str
    detail: str = ""
    field: str = ""
    retry_after_s: int | None = None
    neighbours: tuple[str, ...] = ()
    """The local times before and after one that the clock skips."""


def status_of(error: errors.DomainError) -> HTTPStatus:
    """The HTTP status of the nearest class in the table."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def problem_of(error: errors.DomainError, request_id: str) -> Response:
    """The response that tells a client about `error`."""
    status = status_of(error)
    retry_after_s = getattr(error, "retry_after_s", None)
    headers: Headers = {"Retry-After": str(retry_after_s)} if retry_after_s is not None else {}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return problem(
        status,
        error.code,
        request_id,
        detail=error.detail,
        field=getattr(error, "field", ""),
        retry_after_s=retry_after_s,
        neighbours=getattr(error, "neighbours", ()),
        headers=headers,
    )


def problem(
    status: HTTPStatus,
    code: str,
    request_id: str,
    *,
    detail: str = "",
    field: str = "",
    retry_after_s: int | None = None,
    neighbours: tuple[str, ...] = (),
    headers: Headers | None = None,
) -> Response:
    """A problem response from its members."""
    body = Problem(
        type=f"urn:zmartcharge:problem:{code}",
        title=status.phrase,
        status=status,
        code=code,
        request_id=request_id,
        detail=detail or _DETAILS.get(status, status.description or status.phrase),
        field=field,
        retry_after_s=retry_after_s,
        neighbours=neighbours,
    )
    sent: Headers = {"Content-Type": PROBLEM_TYPE, "Cache-Control": "no-store"}
    return Response(msgspec.json.encode(body).decode(), sent | (headers or {}), status)


def rewrap(response: Response, request_id: str, allow: str) -> Response:
    """Chalice's own errors, `{"Code", "Message"}`, as problems; anything else unchanged.

    Chalice allows the methods that we refuse, too; `allow` are the right ones.
    """
    body = response.body
    if response.status_code < HTTPStatus.BAD_REQUEST or not isinstance(body, dict) or "Code" not in body:
        return response
    status = HTTPStatus(response.status_code)
    code = status.phrase.lower().replace(" ", "_")
    kept = {name: value for name, value in response.headers.items() if name.lower() not in {"content-type", "allow"}}
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        kept["Allow"] = allow
    return problem(status, code, request_id, headers=kept)
