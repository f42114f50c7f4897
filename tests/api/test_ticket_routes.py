"""Tickets over HTTP."""

from typing import Any

import pytest

from chalicelib.adapters.dynamo import ticket_limits
from chalicelib.adapters.dynamo.chargers import ChargerRow
from device_shadows.claim import from_base64url
from device_shadows.ticket import MAX_BYTES, parse
from tests.api_client import ApiClient, Reply
from tests.identity import People, Person
from tests.made_chargers import MadeCharger
from tests.tickets import PHONE

NONCE = "AAECAwQFBgcICQoLDA0ODw"


@pytest.fixture
def kari(people: People) -> Person:
    return people.sign_in("+4790000001")


@pytest.fixture
def path(api: ApiClient, kari: Person) -> str:
    made = MadeCharger()
    begun = api.post("/v1/claims", {"serial": made.serial, "fingerprint": made.fingerprint}, token=kari.token).body
    signature = made.sign(begun["nonce"], begun["user_hash"], begun["claim_epoch"])
    won = api.post(f"/v1/claims/{begun['claim_id']}/proof", {"signature": signature}, token=kari.token)
    return f"/v1/chargers/{won.body['charger_id']}/tickets"


def ask(api: ApiClient, kari: Person, path: str, *, key: str = "", **body: Any) -> Reply:
    headers = {"idempotency-key": key} if key else {}
    return api.post(path, {"phone_key": PHONE.text} | body, token=kari.token, headers=headers)


def test_a_ticket_is_made_of_either_kind(api: ApiClient, kari: Person, path: str) -> None:
    """Product time is 15:00; two minutes for the nonce, a quarter of an hour to keep."""
    bound, kept = ask(api, kari, path, nonce=NONCE), ask(api, kari, path)
    assert (bound.status, bound.body["kind"], bound.body["expires_at"]) == (201, "nonce", "2026-02-10T14:02:00Z")
    assert (kept.status, kept.body["kind"], kept.body["expires_at"]) == (201, "cached", "2026-02-10T14:15:00Z")
    assert all(len(from_base64url(reply.body["ticket"])) <= MAX_BYTES for reply in (bound, kept))


def test_a_repeat_makes_another_ticket_and_nothing_is_kept(
    api: ApiClient, kari: Person, path: str, dynamodb: Any
) -> None:
    """A ticket that waits in a store for a day would be one to steal."""
    first, second = ask(api, kari, path, key="one"), ask(api, kari, path, key="one")
    assert (first.status, second.status) == (201, 201)
    assert first.body["ticket"] != second.body["ticket"]
    assert dynamodb.scan(TableName="RepeatsTable")["Count"] == 0


def test_a_disabled_charger_is_a_conflict(api: ApiClient, kari: Person, path: str) -> None:
    """With a code that the app can explain."""
    ChargerRow(path.split("/")[3]).update(actions=[ChargerRow.disabled.set(True)])
    reply = ask(api, kari, path)
    assert (reply.status, reply.body["code"]) == (409, "charger_disabled")


def test_too_many_are_refused_until_later(
    api: ApiClient, kari: Person, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """429 with Retry-After; here with one in ten minutes, and three asked, in case a new ten minutes begin."""
    monkeypatch.setattr(ticket_limits, "PER_WINDOW", 1)
    refused = [ask(api, kari, path) for _ in range(3)][-1]
    assert (refused.status, refused.body["code"]) == (429, "too_many_requests")
    assert 0 < int(refused.headers["retry-after"]) <= 600


@pytest.mark.parametrize(
    "wrong",
    [
        {"phone_key": None},
        {"phone_key": ""},
        {"phone_key": "A" * 43},
        {"phone_key": "A" * 44},
        {"nonce": "short"},
        {"nonce": NONCE[:-1] + "x"},
        {"nonce": NONCE + "AA"},
        {"more": 1},
    ],
    ids=str,
)
def test_what_is_no_wish_for_a_ticket_is_refused(api: ApiClient, kari: Person, path: str, wrong: Any) -> None:
    """400."""
    assert ask(api, kari, path, **wrong).status == 400


def test_tickets_name_the_key_that_signed(api: ApiClient, kari: Person, path: str) -> None:
    """Both of one moment the same."""
    kids = {parse(from_base64url(ask(api, kari, path).body["ticket"])).kid for _ in range(2)}
    assert len(kids) == 1
