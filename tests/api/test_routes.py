"""The app as a whole: every route has declared its action, every other method is refused, the document is complete."""

from chalicelib.api.blueprint import METHODS, OPERATIONS
from chalicelib.api.openapi import document
from chalicelib.domain.access import TABLE
from tests.api_client import ApiClient


def test_every_route_declares_its_action(api: ApiClient) -> None:
    """A view that did not come through `endpoint` would have no action: there is none."""
    declared = {(operation.path, operation.method) for operation in OPERATIONS}
    served = {
        (path, method)
        for path, methods in api.app.routes.items()
        for method, route in methods.items()
        if route.view_name != "refuse_method"
    }
    assert served == declared
    assert {operation.action for operation in OPERATIONS} <= set(TABLE)


def test_every_other_method_is_refused_with_those_that_are_allowed(api: ApiClient) -> None:
    """405, the problem's code and the Allow header, on every path."""
    for path, methods in api.app.routes.items():
        allowed = sorted(op.method for op in OPERATIONS if op.path == path)
        other = next(method for method in METHODS if method not in allowed)
        reply = api.call(other, path.replace("{", "").replace("}", ""))
        assert (reply.status, reply.body["code"], reply.headers["allow"]) == (
            405,
            "method_not_allowed",
            ", ".join(allowed),
        )
        assert set(methods) == set(METHODS)


def test_the_document_tells_every_answer(api: ApiClient) -> None:
    """Whatever is not 204 has a schema for its body, and every served route is in it."""
    paths = document()["paths"]
    assert set(paths) == set(api.app.routes)
    for told in (told for methods in paths.values() for told in methods.values()):
        good = next(answer for status, answer in told["responses"].items() if status.startswith("2"))
        assert "content" in good or "204" in told["responses"], told["operationId"]


def test_nobody_gets_far_without_a_token(api: ApiClient) -> None:
    """Every route that is not public answers 401 to a call without a token, whatever the ids and bodies."""
    for operation in OPERATIONS:
        if not operation.is_public:
            path = operation.path.replace("{", "").replace("}", "")
            assert api.call(operation.method, path, body={}).status == 401, operation.path
