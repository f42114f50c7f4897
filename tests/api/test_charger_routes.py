"""Zones, sites, claims and chargers over HTTP."""

from typing import Any

import pytest

from tests.api_client import ApiClient, Reply
from tests.identity import People, Person
from tests.made_chargers import MadeCharger

SITE = {"name": "Hjemme", "country": "NO", "zone": "NO5", "main_fuse_a": 63, "grid_type": "IT", "phases": 3}
BERGEN = {"lat": 60.393, "lon": 5.324}


@pytest.fixture
def kari(people: People) -> Person:
    return people.sign_in("+4790000001")


@pytest.fixture
def made(cloud: dict[str, str]) -> MadeCharger:
    return MadeCharger()


def claim(api: ApiClient, who: Person, made: MadeCharger, **proof: Any) -> Reply:
    """The two calls of a phone beside the charger."""
    begun = api.post("/v1/claims", {"serial": made.serial, "fingerprint": made.fingerprint}, token=who.token)
    assert (begun.status, begun.body["expires_in_s"]) == (201, 600)
    signature = made.sign(begun.body["nonce"], begun.body["user_hash"], begun.body["claim_epoch"])
    body = {"signature": signature, **proof}
    return api.post(f"/v1/claims/{begun.body['claim_id']}/proof", body, token=who.token)


def test_a_claimed_charger_is_shown_with_settings_and_status(api: ApiClient, kari: Person, made: MadeCharger) -> None:
    """The answer of the claim is what reading the charger answers."""
    site = api.post("/v1/sites", SITE, token=kari.token)
    assert site.status == 201
    won = claim(api, kari, made, site_id=site.body["site_id"])
    read = api.get(f"/v1/chargers/{won.body['charger_id']}", token=kari.token)
    assert (won.status, read.status) == (200, 200)
    assert read.body == won.body
    shown = {name: read.body[name] for name in ("serial", "name", "site_id", "circuit_fuse_a", "ready_by", "version")}
    assert shown == {
        "serial": made.serial,
        "name": "Lader",
        "site_id": site.body["site_id"],
        "circuit_fuse_a": 32,
        "ready_by": "07:00",
        "version": 1,
    }
    assert set(read.body["status"]) == {"code", "text", "reason", "until"}


def test_settings_are_changed_from_the_version_that_was_read(api: ApiClient, kari: Person, made: MadeCharger) -> None:
    """Without If-Match 428, from an older version 412, from the present one 200."""
    path = f"/v1/chargers/{claim(api, kari, made).body['charger_id']}"
    change = {"ready_by": "06:15", "name": "Garasje"}
    missing = api.patch(path, change, token=kari.token)
    stale = api.patch(path, change, token=kari.token, headers={"if-match": '"7"'})
    good = api.patch(path, change, token=kari.token, headers={"if-match": '"1"'})
    assert [missing.status, stale.status, good.status] == [428, 412, 200]
    assert (good.body["ready_by"], good.body["name"], good.body["version"]) == ("06:15", "Garasje", 2)


def test_the_second_claimant_learns_that_it_is_owned(
    api: ApiClient, people: People, kari: Person, made: MadeCharger
) -> None:
    """409 for a genuine proof, and the charger looks unknown to them otherwise."""
    charger_id = claim(api, kari, made).body["charger_id"]
    ola = people.sign_in("+4790000002")
    lost = claim(api, ola, made)
    assert (lost.status, lost.body["code"]) == (409, "charger_owned")
    assert api.get(f"/v1/chargers/{charger_id}", token=ola.token).status == 404


def test_a_charger_that_is_not_genuine_is_unknown(api: ApiClient, kari: Person, made: MadeCharger) -> None:
    """404, the same for a made-up serial and for a wrong fingerprint."""
    replies = [
        api.post("/v1/claims", body, token=kari.token)
        for body in (
            {"serial": "ZC-99999999", "fingerprint": made.fingerprint},
            {"serial": made.serial, "fingerprint": "A" * 22},
            {"serial": made.serial, "fingerprint": "SHA256:0123/abc="},
        )
    ]
    assert [reply.status for reply in replies] == [404, 404, 404]
    assert replies[0].body == replies[1].body == replies[2].body


def test_the_zone_of_a_place(api: ApiClient, kari: Person) -> None:
    """Bergen is NO5, without a question."""
    found = api.get("/v1/zones/locate?lat=60.393&lon=5.324", token=kari.token)
    assert found.body == {"zone": "NO5", "country": "NO", "candidates": ["NO5"], "must_ask": False}


@pytest.mark.parametrize("query", ["", "lat=60", "lat=91&lon=5", "lat=nan&lon=5", "lat=60&lon=x", "lat=6&lat=7&lon=5"])
def test_a_place_that_is_none_is_refused(api: ApiClient, kari: Person, query: str) -> None:
    """400, never a zone for a place that does not exist."""
    assert api.get(f"/v1/zones/locate?{query}", token=kari.token).status == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"country": "DE"},
        {"zone": "SE3"},
        {"zone": "NO6"},
        {"main_fuse_a": 5},
        {"main_fuse_a": 63.5},
        {"phases": 2},
        {"grid_type": "TT"},
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 61},
        {"name": "a\nb"},
        {"position": BERGEN},
        {"position": {"lat": 60.4}},
        {"owner": "somebody"},
    ],
    ids=str,
)
def test_a_site_that_cannot_be_is_refused(api: ApiClient, kari: Person, wrong: dict[str, Any]) -> None:
    """400, and no site is made."""
    assert api.post("/v1/sites", SITE | wrong, token=kari.token).status == 400
    assert api.get("/v1/sites", token=kari.token).body == {"sites": [], "next": None}


def test_a_site_is_read_by_its_owner_only(api: ApiClient, people: People, kari: Person) -> None:
    """To others it does not exist."""
    made = api.post("/v1/sites", {**SITE, "zone": None, "position": BERGEN}, token=kari.token).body
    assert (made["zone"], made["time_zone"], made["zone_must_ask"]) == ("NO5", "Europe/Oslo", False)
    assert api.get(f"/v1/sites/{made['site_id']}", token=kari.token).body == made
    assert api.get(f"/v1/sites/{made['site_id']}", token=people.sign_in("+4790000002").token).status == 404


def test_a_site_is_changed_from_the_version_that_was_read(api: ApiClient, kari: Person) -> None:
    """Without If-Match 428, from an older version 412, a null or a fuse that is not made 400, else 200."""
    made = api.post("/v1/sites", {"position": BERGEN}, token=kari.token).body
    path, good = f"/v1/sites/{made['site_id']}", {"if-match": str(made["version"])}
    answers = [
        api.patch(path, {"main_fuse_a": 63}, token=kari.token),
        api.patch(path, {"main_fuse_a": 63}, token=kari.token, headers={"if-match": "7"}),
        api.patch(path, {"name": None}, token=kari.token, headers=good),
        api.patch(path, {"main_fuse_a": 64}, token=kari.token, headers=good),
        api.patch(path, {"zone": "NO5", "position": BERGEN}, token=kari.token, headers=good),
        api.patch(path, {"main_fuse_a": 63, "name": "Hytta"}, token=kari.token, headers=good),
    ]
    assert [answer.status for answer in answers] == [428, 412, 400, 400, 400, 200]
    assert answers[-1].body == made | {"main_fuse_a": 63, "name": "Hytta", "version": 2}


def test_a_site_with_a_charger_is_not_deleted(api: ApiClient, kari: Person, made: MadeCharger) -> None:
    """409 `site_has_chargers`; an empty one is gone at once."""
    won, empty = claim(api, kari, made).body, api.post("/v1/sites", {}, token=kari.token).body
    kept = api.delete(f"/v1/sites/{won['site_id']}", token=kari.token)
    gone = api.delete(f"/v1/sites/{empty['site_id']}", token=kari.token)
    assert (kept.status, kept.body["code"], gone.status) == (409, "site_has_chargers", 204)
    assert [one["site_id"] for one in api.get("/v1/sites", token=kari.token).body["sites"]] == [won["site_id"]]


def test_settings_and_orders_are_pending_until_the_charger_says_so(
    api: ApiClient, kari: Person, made: MadeCharger
) -> None:
    """A charger that has said nothing has applied nothing; the answer names what is waited for."""
    path = f"/v1/chargers/{claim(api, kari, made).body['charger_id']}"
    full = api.put(f"{path}/mode", {"mode": "full"}, token=kari.token)
    assert (full.status, full.body["mode"], full.body["state"], full.body["pending"]) == (
        200,
        "full",
        "pending",
        ["mode"],
    )
    shown = api.get(path, token=kari.token).body
    assert shown["orders_state"] == {"state": "pending", "pending": ["mode"]}
    assert shown["settings_state"]["state"] == "pending"
    assert "disabled" in shown["settings_state"]["pending"]


def test_a_car_that_is_not_there_cannot_be_stopped(api: ApiClient, kari: Person, made: MadeCharger) -> None:
    """409 `no_session`; a word that is none is 400."""
    path = f"/v1/chargers/{claim(api, kari, made).body['charger_id']}/run"
    answers = [api.put(path, {"run": run}, token=kari.token) for run in ("stopped", "paused", "auto")]
    assert [(answer.status, answer.body.get("code")) for answer in answers] == [
        (409, "no_session"),
        (400, "invalid_input"),
        (200, None),
    ]


def test_start_and_stop_are_words_for_it(api: ApiClient, kari: Person, made: MadeCharger) -> None:
    """Start is to charge as mode and plan say; stop needs a car, whatever it is called."""
    path = f"/v1/chargers/{claim(api, kari, made).body['charger_id']}/run"
    answers = [api.put(path, {"run": run}, token=kari.token) for run in ("start", "stop")]
    assert [answers[0].body["run"], answers[1].body["code"]] == ["auto", "no_session"]


def test_a_meter_reader_is_registered_with_nothing_said(api: ApiClient, kari: Person) -> None:
    """No body is as good as an empty one: nothing has to be told of a reader that speaks HTTPS."""
    path = f"/v1/sites/{api.post('/v1/sites', SITE, token=kari.token).body['site_id']}/meter"
    made = [api.post(path, token=kari.token), api.post(path, {}, token=kari.token)]
    assert [(one.status, len(one.body["token"])) for one in made] == [(201, 20), (201, 20)]


def test_network_progress_begins_with_waiting(api: ApiClient, kari: Person, made: MadeCharger) -> None:
    """Nothing was heard of a charger that was claimed a moment ago."""
    path = f"/v1/chargers/{claim(api, kari, made).body['charger_id']}/network"
    found = api.get(path, token=kari.token)
    assert (found.status, found.body["state"], found.body["kind"], found.body["failure"]) == (
        200,
        "waiting",
        None,
        None,
    )
