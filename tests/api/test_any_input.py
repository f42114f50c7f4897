"""No input ends in a 500, and every answer is one that the API document tells."""

import re
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from app import app  # noqa: F401 - registers the routes, of which the document tells
from chalicelib.adapters.dynamo import sites
from chalicelib.api.blueprint import OPERATIONS
from chalicelib.api.openapi import document
from chalicelib.observability import log
from chalicelib.services.sites import suggested_site
from tests import any_input
from tests.api_client import ApiClient, Reply
from tests.guests_cloud import let_in
from tests.identity import People
from tests.made_chargers import NOW, MadeCharger

DOCUMENT = document()
COMPONENTS = DOCUMENT["components"]["schemas"]
REPEATABLE = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


class Owner:
    """Somebody with one of everything, and the ids of it."""

    def __init__(self, people: People) -> None:
        account = people.account()
        self.token = people.mint.token(account.account_id)
        spare = MadeCharger("ZC-00000002")
        site = suggested_site(account.account_id, None, NOW)
        sites.create(site)
        self.ids = {
            "charger": MadeCharger().claim(account).charger_id,
            "site": site.site_id,
            "claim": spare.begin_claim(account)[0].claim_id,
            "zone": "NO5",
        }
        self.ids["grant"] = let_in(people.account("+4790000002"), self.ids["charger"], NOW, None).grant_id


@pytest.fixture
def owner(people: People, cognito: Any) -> Any:
    """With the log quiet: a thousand requests have a thousand lines."""
    log.setLevel("ERROR")
    yield Owner(people)
    log.setLevel("INFO")


def require_told(reply: Reply, path: str, method: str) -> None:
    """The status is in the document; the body is what it says there."""
    assert reply.status != HTTPStatus.INTERNAL_SERVER_ERROR, reply
    if reply.status >= 400:
        assert reply.headers["content-type"] == "application/problem+json", reply
        assert (reply.body["status"], bool(reply.body["code"])) == (reply.status, True)
        _validate(reply.body, {"$ref": "#/components/schemas/Problem"})
        return
    told = DOCUMENT["paths"][path][method.lower()]["responses"]
    if reply.status == HTTPStatus.NOT_MODIFIED:
        assert reply.body is None
        return
    content = told[str(int(reply.status))].get("content")
    if content is None:
        assert reply.body is None
    else:
        _validate(reply.body, content["application/json"]["schema"])


def _validate(body: Any, schema: dict[str, Any]) -> None:
    Draft202012Validator(schema | {"components": DOCUMENT["components"]}).validate(body)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_no_input_is_too_much_for_a_route(api: ApiClient, owner: Owner, operation: Any) -> None:
    """Right, nearly right and wild paths, queries, headers and bodies, with and without a token."""
    told = DOCUMENT["paths"][operation.path][operation.method.lower()]
    content = told.get("requestBody", {}).get("content", {}).get("application/json", {})

    @REPEATABLE
    @given(data=st.data())
    def send(data: st.DataObject) -> None:
        path = re.sub(r"{(\w+)}", lambda one: data.draw(any_input.ids(owner.ids[one[1]])), operation.path)
        query = data.draw(any_input.queries(told["parameters"], COMPONENTS))
        body = data.draw(any_input.bodies(content.get("schema"), COMPONENTS))
        token = data.draw(st.sampled_from([owner.token] * 4 + ["", "x", owner.token[:-3]]))
        sent = data.draw(any_input.headers())
        url = f"{path}?{urlencode(query)}" if query else path
        reply = api.call(operation.method, url, body=body, token=token, headers=sent)
        require_told(reply, operation.path, operation.method)

    send()


@pytest.mark.parametrize("path", sorted(DOCUMENT["paths"]))
def test_every_other_method_is_refused_whatever_comes_with_it(api: ApiClient, owner: Owner, path: str) -> None:
    """A problem, never a fault, for methods that nobody has thought of too."""
    own = {one.method for one in OPERATIONS if one.path == path}
    for method in any_input.METHODS:
        if method not in own:
            url = re.sub(r"{(\w+)}", lambda one: owner.ids[one[1]], path)
            for body in (None, b"[" * 70_000, b"\xff"):
                reply = api.call(method, url, body=body, token=owner.token)
                assert reply.status in {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.UNSUPPORTED_MEDIA_TYPE}, reply
                require_told(reply, path, method)
