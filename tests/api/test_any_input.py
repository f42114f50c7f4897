"""Input that no schema describes, for every operation: bytes, headers, queries and ids as nobody should send them.

What the document does describe, and what is nearly that, is sent by test_schemathesis.py.
"""

import re
import time
from http import HTTPStatus
from typing import Any, Final

import pytest

from app import app  # noqa: F401 - registers the routes
from chalicelib.adapters.dynamo import accounts, sites
from chalicelib.api.blueprint import OPERATIONS
from chalicelib.api.problems import PROBLEM_TYPE
from chalicelib.observability import log
from chalicelib.services.sites import suggested_site
from tests.api_client import ApiClient, Reply
from tests.guests_cloud import let_in
from tests.identity import People
from tests.made_chargers import NOW, MadeCharger

BODIES: Final = (
    *(b"", b"null", b"[]", b'""', b"{", b"0", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":-Infinity}', b'{"a":1e999}'),
    *(b"\xff\xfe", b"\x00", b'{"a":"\\ud800"}', b'{"a":"\\u0000"}', b'{"\\u0000":1}', b'{"a":' + b"9" * 5000 + b"}"),
    *(b"[" * 60_000, b"[" * 30_000 + b"]" * 30_000, b'{"a":' * 10_000, b" " * 65_537, b"\xef\xbb\xbf{}"),
)
HEADERS: Final = (
    *({"content-type": kind} for kind in ("text/plain", "", ";", "é/é", "application/json; charset=latin-1")),
    *(
        {"authorization": text}
        for text in ("", "Bearer", "Bearer ", "Basic eDp5", "Bearer a.b.c", "bearer " + "x" * 9000)
    ),
    *({"if-match": text} for text in ("*", '"', "W/1", "-1", "9" * 40, "é")),
    *({"if-none-match": text} for text in ("*", ",,", "é" * 200)),
    *({"idempotency-key": text} for text in ("", " ", "x" * 65, "é", "a\x7f")),
    *({name: "\x00é\U0001f600" * 20} for name in ("accept-language", "accept", "x-forwarded-for", "host")),
)
QUERIES: Final = (
    *("x=1", "=", "&&&", "%", "%00", "%ff", "next=%ff", "next=", "next=x&next=y", "month=2026-13", "day=2026-02-30"),
    *("date=%F0%9F%98%80", "lat=nan&lon=inf", "lat=1e999&lon=0", "lat=&lon=", "month=2026-02&day=2026-02-10"),
    *("date=9999-12-31", "date=0001-01-01", "month=0001-01", "day=9999-12-31", "next=" + "A" * 3000),
)
IDS: Final = (
    "a b",
    "a.b",
    "x" * 65,
    "æ",
    "%2e%2e",
    "%2F",
    "%00",
    "%ff",
    "'--",
    "{charger}",
    "-",
    "_",
    "\U0001f600",
)


class Owner:
    """Somebody with one of everything, and the ids of it."""

    def __init__(self, people: People) -> None:
        account = people.account()
        self.mint, self.account = people.mint, account
        self.token = self.fresh_token()
        spare = self.spare = MadeCharger("ZC-00000002")
        site = suggested_site(account.account_id, None, NOW)
        sites.create(site)
        self.ids = {
            "charger": MadeCharger().claim(account).charger_id,
            "site": site.site_id,
            "claim": spare.begin_claim(account)[0].claim_id,
            "zone": "NO5",
        }
        self.ids["grant"] = let_in(people.account("+4790000002"), self.ids["charger"], NOW, None).grant_id

    def fresh_token(self) -> str:
        """A token that counts, even if one has just signed out everywhere or is gone."""
        accounts.create(self.account)
        return self.mint.token(self.account.account_id, iat=int(time.time()) + 1)


@pytest.fixture
def owner(people: People, cognito: Any) -> Any:
    """With the log quiet: a thousand requests have a thousand lines."""
    log.setLevel("ERROR")
    yield Owner(people)
    log.setLevel("INFO")


def require_told(reply: Reply) -> None:
    """No fault; an error is a problem with its code."""
    assert reply.status < HTTPStatus.INTERNAL_SERVER_ERROR, reply
    if reply.status >= HTTPStatus.BAD_REQUEST:
        assert reply.headers["content-type"] == PROBLEM_TYPE, reply
        assert (reply.body["status"], bool(reply.body["code"])) == (reply.status, True)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_no_input_is_too_much_for_a_route(api: ApiClient, owner: Owner, operation: Any) -> None:
    """Each kind of nonsense once, with all the rest as it should be."""
    path = re.sub(r"{(\w+)}", lambda one: owner.ids[one[1]], operation.path)

    def send(url: str, body: bytes = b"{}", headers: dict[str, str] | None = None) -> Reply:
        token = owner.token if operation.method == "GET" else owner.fresh_token()
        reply = api.call(operation.method, url, body=body, token=token, headers=headers)
        require_told(reply)
        return reply

    for headers in HEADERS if operation.headers or operation.method == "POST" else HEADERS[::6]:
        send(path, headers=headers)
    for body in BODIES if operation.body or operation.method != "GET" else ():
        is_good = not body and (operation.may_be_empty or not operation.body)
        assert is_good or send(path, body).status in {400, 413}, body[:20]
    for query in QUERIES if operation.query else ():
        send(f"{path}?{query}")
    for odd in IDS if operation.ids else ():
        assert send(operation.path.replace("{" + operation.ids[-1] + "}", odd)).status >= HTTPStatus.BAD_REQUEST, odd
