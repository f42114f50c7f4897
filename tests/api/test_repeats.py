"""Idempotency-Key: a request that is sent again is done once and answered the same."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters import clock
from chalicelib.adapters.dynamo import repeats
from chalicelib.domain.ids import AccountId
from chalicelib.services.repeats import KeyReused, Outcome, StillRunning, once
from tests.api_client import ApiClient, Reply
from tests.identity import People, Person
from tests.made_chargers import MadeCharger

SITE = {"name": "Hytta", "country": "NO", "zone": "NO1", "main_fuse_a": 25, "grid_type": "TN", "phases": 3}
KEY = {"idempotency-key": "7f1c-1"}
ACCOUNT, NOW = AccountId("a"), clock.real_now()


@pytest.fixture
def kari(people: People) -> Person:
    return people.sign_in()


def make_site(api: ApiClient, who: Person, headers: dict[str, str] = KEY, **other: Any) -> Reply:
    return api.post("/v1/sites", SITE | other, token=who.token, headers=dict(headers))


def count_sites(api: ApiClient, who: Person) -> int:
    return len(api.get("/v1/sites", token=who.token).body["sites"])


def test_a_repeat_answers_the_same_and_makes_nothing(api: ApiClient, kari: Person) -> None:
    """Status and body to the letter; one site."""
    first, second = make_site(api, kari), make_site(api, kari)
    assert (first.status, second.status) == (201, 201)
    assert first == second
    assert count_sites(api, kari) == 1


def test_a_claim_is_repeated_with_its_nonce(api: ApiClient, kari: Person) -> None:
    """The phone that lost the answer goes on with the same claim."""
    made = MadeCharger()
    body = {"serial": made.serial, "fingerprint": made.fingerprint}
    replies = [api.post("/v1/claims", body, token=kari.token, headers=dict(KEY)) for _ in range(2)]
    assert replies[0].status == 201
    assert replies[0] == replies[1]


def test_every_write_may_be_repeated(api: ApiClient, kari: Person) -> None:
    """A change is answered as it was, though others came in between; what was deleted stays gone, and nothing more."""
    path = f"/v1/sites/{make_site(api, kari).body['site_id']}"
    match = {"if-match": "1", "idempotency-key": "change"}
    first = api.patch(path, {"name": "A"}, token=kari.token, headers=match)
    api.patch(path, {"name": "B"}, token=kari.token, headers={"if-match": "2"})
    assert api.patch(path, {"name": "A"}, token=kari.token, headers=match) == first
    assert api.get(path, token=kari.token).body["name"] == "B"
    delete = {"idempotency-key": "delete"}
    gone = [api.delete(path, token=kari.token, headers=headers).status for headers in (delete, delete, {})]
    assert gone == [204, 204, 404]


def test_another_request_with_the_same_key_is_refused(api: ApiClient, kari: Person) -> None:
    """Another body or another route: 409, and nothing is made."""
    make_site(api, kari)
    other = make_site(api, kari, name="Hjemme")
    made = MadeCharger()
    body = {"serial": made.serial, "fingerprint": made.fingerprint}
    claim = api.post("/v1/claims", body, token=kari.token, headers=dict(KEY))
    assert [(one.status, one.body["code"]) for one in (other, claim)] == [(409, "idempotency_key_reused")] * 2
    assert count_sites(api, kari) == 1


def test_keys_belong_to_one_person(api: ApiClient, kari: Person, people: People) -> None:
    """Somebody else's key is another key: neither an answer nor a conflict leaks."""
    ola = people.sign_in("+4790000002")
    assert make_site(api, kari).body["site_id"] != make_site(api, ola).body["site_id"]


def test_a_refused_request_keeps_no_key(api: ApiClient, kari: Person) -> None:
    """It may be corrected and sent again with the same key."""
    assert make_site(api, kari, zone="SE3").status == 400
    assert make_site(api, kari).status == 201


@pytest.mark.parametrize("key", ["", " ", "x" * 65, "a b", "é", "a\n"])
def test_a_key_is_short_and_visible(api: ApiClient, kari: Person, key: str) -> None:
    """400 names the header."""
    reply = make_site(api, kari, {"idempotency-key": key})
    assert (reply.status, reply.body["field"]) == (400, "Idempotency-Key")


def test_without_a_key_every_request_counts(api: ApiClient, kari: Person) -> None:
    """Nobody is given an answer they did not ask for."""
    assert make_site(api, kari, {}).body["site_id"] != make_site(api, kari, {}).body["site_id"]


def test_of_a_crowd_of_repeats_one_is_done(api: ApiClient, kari: Person) -> None:
    """The others get the same answer, or are told that it is being worked on."""
    acts = []

    def act() -> Outcome:
        acts.append(1)
        return Outcome(201, "{}")

    def send(_: int) -> str:
        try:
            return once(ACCOUNT, "k", "r", NOW, act).body
        except StillRunning:
            return "running"

    with ThreadPoolExecutor(8) as crowd:
        assert set(crowd.map(send, range(16))) <= {"{}", "running"}
    assert len(acts) == 1


def test_who_died_holds_a_key_for_a_minute(api: ApiClient, kari: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash after the site was made and before the answer was kept: the repeat finds that same site."""
    with monkeypatch.context() as dying:
        dying.setattr(repeats, "finish", lambda *_: None)
        first = make_site(api, kari)
    assert make_site(api, kari).body["code"] == "request_running"
    row = repeats.RepeatRow.get(kari.account_id, KEY["idempotency-key"])
    row.update(actions=[repeats.RepeatRow.lease_until_s.set(0)])
    assert make_site(api, kari) == first
    assert count_sites(api, kari) == 1


@pytest.mark.usefixtures("cloud")
def test_a_key_is_free_after_a_day() -> None:
    """Whether or not the store has removed the row by then."""
    once(ACCOUNT, "k", "one", NOW, lambda: Outcome(201, "1"))
    with pytest.raises(KeyReused):
        once(ACCOUNT, "k", "two", NOW + timedelta(hours=23), lambda: Outcome(201, "2"))
    assert once(ACCOUNT, "k", "two", NOW + timedelta(hours=25), lambda: Outcome(201, "2")).body == "2"


def test_an_old_key_with_another_body_makes_another_site(api: ApiClient, kari: Person) -> None:
    """Ids that repeats agree on come from the whole request, not from the key alone."""
    first = make_site(api, kari)
    repeats.RepeatRow(kari.account_id, KEY["idempotency-key"]).delete()
    assert make_site(api, kari, name="Hjemme").body["site_id"] != first.body["site_id"]
    assert count_sites(api, kari) == 2
