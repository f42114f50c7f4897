"""How every route behaves, whatever it does: typed in and out, errors as problems, no route without an action."""

from collections.abc import Iterator

import msgspec
import pytest
from chalice.app import Chalice, Request, Response

from chalicelib.api import blueprint
from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import Answer, Call, SignedInCall
from chalicelib.api.problems import rewrap
from chalicelib.domain.access import Action
from chalicelib.domain.errors import Conflict, DependencyDown, TooManyRequests
from tests.api_client import ApiClient


class Wish(Body, frozen=True):
    """A body."""

    energy_wh: int


class Promise(msgspec.Struct, frozen=True):
    """An answer."""

    energy_wh: int


class CableTaken(Conflict):
    """A leaf of its own."""

    code = "cable_taken"


@pytest.fixture
def small(cloud: dict[str, str]) -> Iterator[ApiClient]:
    """An app with one route of each sort."""
    before = list(blueprint.OPERATIONS)
    app, api = Chalice("small", configure_logs=False), ApiBlueprint("small")

    @api.endpoint("POST", "/v1/wishes/{wish}", action=Action.PUBLIC, status=201)
    def make_wish(call: Call, wish: str, body: Wish) -> Promise:
        return Promise(energy_wh=body.energy_wh)

    @api.endpoint("GET", "/v1/failures/{kind}", action=Action.PUBLIC)
    def fail(call: Call, kind: str) -> Promise:
        raise {
            "conflict": CableTaken("somebody else's cable"),
            "busy": TooManyRequests("wait", retry_after_s=30),
            "down": DependencyDown("the store does not answer"),
            "bug": ZeroDivisionError("ours"),
        }[kind]

    @api.endpoint("GET", "/v1/unchanged", action=Action.PUBLIC)
    def unchanged(call: Call) -> Answer:
        return Answer(body=None, status=304, headers={"ETag": '"1"'})

    @api.endpoint("POST", "/v1/rings", action=Action.PUBLIC)
    def ring(call: Call) -> Promise:
        return Promise(energy_wh=0)

    @api.endpoint("GET", "/v1/mine", action=Action.SEE_HOME)
    def mine(call: SignedInCall) -> Promise:
        return Promise(energy_wh=1)

    @app.middleware("http")
    def tell(request: Request, get_response: object) -> Response:
        return rewrap(get_response(request), "request-1", "GET")  # type: ignore[operator]

    app.register_blueprint(api)
    yield ApiClient(app)
    blueprint.OPERATIONS[:] = before


def test_a_view_gets_its_body_typed_and_answers_with_its_own_status(small: ApiClient) -> None:
    """The body is parsed and the answer encoded by their types."""
    reply = small.post("/v1/wishes/w1", {"energy_wh": 7})
    assert (reply.status, reply.body) == (201, {"energy_wh": 7})


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("conflict", 409, "cable_taken"),
        ("busy", 429, "too_many_requests"),
        ("down", 503, "dependency_down"),
        ("bug", 500, "internal_error"),
    ],
)
def test_an_error_becomes_a_problem_with_its_code(small: ApiClient, kind: str, status: int, code: str) -> None:
    """RFC 9457 members, the stable code and the request id; a bug says nothing about itself."""
    reply = small.get(f"/v1/failures/{kind}")
    assert (reply.status, reply.body["status"], reply.body["code"]) == (status, status, code)
    assert reply.body["request_id"] == "request-1"
    assert {"type", "title", "status", "detail", "code", "request_id"} <= set(reply.body)
    assert (reply.headers["content-type"], reply.headers["cache-control"]) == ("application/problem+json", "no-store")
    assert "ours" not in str(reply.body)


def test_a_limit_says_when_to_come_back(small: ApiClient) -> None:
    """Header and body agree on the wait."""
    reply = small.get("/v1/failures/busy")
    assert (reply.headers["retry-after"], reply.body["retry_after_s"]) == ("30", 30)


def test_a_304_has_no_body_at_all(small: ApiClient) -> None:
    """Four bytes of `null` after a 304 would break the next answer on the same connection."""
    event_answer = small.get("/v1/unchanged")
    assert (event_answer.status, event_answer.body, event_answer.headers["etag"]) == (304, None, '"1"')


def test_a_malformed_id_is_unknown(small: ApiClient) -> None:
    """An id that cannot exist gets the answer of one that does not."""
    assert small.post("/v1/wishes/a%2Fb", {"energy_wh": 7}).status == 404


def test_a_route_that_is_not_public_refuses_a_missing_token(small: ApiClient) -> None:
    """401, and the header that says how to do better."""
    reply = small.get("/v1/mine")
    assert (reply.status, reply.body["code"], reply.headers["www-authenticate"]) == (401, "unauthenticated", "Bearer")


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 200, None),
        (b"{}", 200, None),
        (b'{"energy_wh": 7}', 400, "invalid_input"),
        (b"[]", 400, "invalid_input"),
        (b" " * (64 * 1024 + 1), 413, "too_large"),
    ],
)
def test_a_route_without_a_body_takes_none(small: ApiClient, raw: bytes, status: int, code: str | None) -> None:
    """What nobody would read is refused: a field there is one that we do not know."""
    reply = small.post("/v1/rings", raw or None)
    assert (reply.status, reply.body.get("code")) == (status, code)


def test_the_media_type_of_nothing_does_not_matter(small: ApiClient) -> None:
    """A proxy may name one where there is no body; where there is one it counts."""
    named = {"content-type": "application/octet-stream"}
    replies = [small.call("POST", "/v1/rings", body=body, headers=named) for body in (None, b"{}")]
    assert [reply.status for reply in replies] == [200, 415]


def test_a_body_is_too_large_for_every_route(small: ApiClient) -> None:
    """Also for one that only reads."""
    assert small.call("GET", "/v1/unchanged", body=b" " * (64 * 1024 + 1)).status == 413


def test_chalices_own_refusals_are_problems_too(small: ApiClient) -> None:
    """A wrong method and a wrong media type look like every other error."""
    assert small.get("/v1/wishes/w1").body["code"] == "method_not_allowed"
    wrong_type = small.post("/v1/wishes/w1", b"energy_wh=7", headers={"content-type": "text/plain"})
    assert (wrong_type.status, wrong_type.body["code"]) == (415, "unsupported_media_type")
