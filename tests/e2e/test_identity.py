"""Sign-in and claiming on the deployed system: Cognito with our triggers, policies enforced, messages by SNS."""

import json
import re
import urllib.error
import urllib.request
from typing import Any, NamedTuple

import pytest

from tests.e2e.running import SystemThread
from tests.e2e.waiting import until

PHONE = "+4790000042"
BERGEN = {"lat": 60.393, "lon": 5.324}


class Reply(NamedTuple):
    """What a phone sees."""

    status: int
    body: Any


class App:
    """A phone with our app."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.token = ""

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
        """One call to the origin."""
        data = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} | (headers or {})
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=sent)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return Reply(answer.status, json.loads(answer.read() or b"null"))
        except urllib.error.HTTPError as error:
            return Reply(error.code, json.loads(error.read() or b"null"))

    def read_code(self, phone: str) -> str:
        """The code in the newest message to `phone`."""

        def codes() -> list[str]:
            texts = [one["text"] for one in self.call("GET", "/sim/sms").body["messages"] if one["to"] == phone]
            return [str(code) for text in texts for code in re.findall(r"\b[0-9]{6}\b", text)]

        found = until(codes, bool)
        assert found, "no message with a code came"
        return found[-1]

    def give_up_chargers(self) -> None:
        """Leave the person's chargers to the next test."""
        for card in self.call("GET", "/v1/home").body["chargers"]:
            if card["role"] == "owner":
                assert self.call("DELETE", f"/v1/chargers/{card['charger_id']}").status == 204


@pytest.fixture(scope="module")
def app(frozen: SystemThread) -> App:
    return App(frozen.system.url)


@pytest.fixture(scope="module")
def signed_in(app: App) -> Any:
    """The tokens of a new person."""
    asked = app.call("POST", "/v1/auth/code", {"phone": PHONE})
    assert asked.status == 202
    code = app.read_code(PHONE)
    entry = {"challenge_id": asked.body["challenge_id"], "code": code}
    wrong = app.call("POST", "/v1/auth/token", entry | {"code": f"{(int(code) + 1) % 10**6:06d}"})
    assert (wrong.status, wrong.body["code"]) == (401, "code_not_valid")
    done = app.call("POST", "/v1/auth/token", entry)
    assert (done.status, done.body["new_account"]) == (200, True)
    app.token = done.body["access_token"]
    version = app.call("GET", "/v1/terms").body["version"]
    assert app.call("POST", "/v1/account/terms", {"version": version}).status == 200
    return done.body


@pytest.mark.usefixtures("signed_in")
def test_the_account_is_the_phone_that_signed_in(app: App) -> None:
    """Signed in by a code that came by SMS, with a token of the real pool."""
    account = app.call("GET", "/v1/account")
    assert (account.status, account.body["phone"]) == (200, PHONE)


@pytest.mark.usefixtures("signed_in")
def test_a_charger_is_claimed_with_its_own_signature(app: App, frozen: SystemThread) -> None:
    """The simulated charger signs with the key of its certificate; the zone comes from the position."""
    chargers = app.call("GET", "/sim/state").body["chargers"]
    made = chargers[-1]
    begun = app.call("POST", "/v1/claims", {"serial": made["serial"], "fingerprint": made["fingerprint"]})
    assert begun.status == 201
    asked = {name: begun.body[name] for name in ("nonce", "user_hash", "claim_epoch")}
    signed = app.call("POST", f"/sim/chargers/{made['serial']}/claim-signature", asked)
    proof = {"signature": signed.body["signature"], "position": BERGEN}
    won = app.call("POST", f"/v1/claims/{begun.body['claim_id']}/proof", proof)
    again = app.call("POST", f"/v1/claims/{begun.body['claim_id']}/proof", proof)
    assert (won.status, again.status) == (200, 200)
    assert again.body["charger_id"] == won.body["charger_id"]
    assert app.call("GET", f"/v1/sites/{won.body['site_id']}").body["zone"] == "NO5"
    path = f"/v1/chargers/{won.body['charger_id']}"
    changed = app.call("PATCH", path, {"circuit_fuse_a": 20}, {"If-Match": str(won.body["version"])})
    assert (changed.status, changed.body["circuit_fuse_a"]) == (200, 20)
    shadow = frozen.system.aws.client("iot-data").get_thing_shadow(thingName=made["serial"], shadowName="config")
    assert json.loads(shadow["payload"].read())["state"]["desired"]["max_current_a"] == 20
    exported = app.call("GET", "/v1/account/export")
    assert exported.body["tables"]["factory"][0]["serial"] == made["serial"]
    app.give_up_chargers()


def test_tokens_are_refreshed_and_signing_out_ends_that(app: App, signed_in: Any) -> None:
    """GetTokensFromRefreshToken with the confidential client, then RevokeToken."""
    fresh = app.call("POST", "/v1/auth/refresh", {"refresh_token": signed_in["refresh_token"]})
    assert fresh.status == 200
    app.token = fresh.body["access_token"]
    assert app.call("GET", "/v1/account").status == 200
    assert app.call("POST", "/v1/auth/logout", {"refresh_token": fresh.body["refresh_token"]}).status == 204
    dead = app.call("POST", "/v1/auth/refresh", {"refresh_token": fresh.body["refresh_token"]})
    assert (dead.status, dead.body["code"]) == (401, "refresh_token_not_valid")


def test_a_person_reads_changes_and_ends_what_is_theirs(app: App) -> None:
    """Every table of the export, a repeated request and the sign-out everywhere, with the rights that the API has."""
    phone = "+4790000043"
    asked = app.call("POST", "/v1/auth/code", {"phone": phone})
    entry = {"challenge_id": asked.body["challenge_id"], "code": app.read_code(phone)}
    tokens = app.call("POST", "/v1/auth/token", entry).body
    app.token = tokens["access_token"]
    version = app.call("GET", "/v1/terms").body["version"]
    assert app.call("POST", "/v1/account/terms", {"version": version}).status == 200
    assert app.call("PATCH", "/v1/account", {"name": "Kari"}).body["name"] == "Kari"
    site = {"name": "Hytta", "country": "NO", "zone": "NO1", "main_fuse_a": 25, "grid_type": "TN", "phases": 3}
    made = [app.call("POST", "/v1/sites", site, {"Idempotency-Key": "one"}) for _ in range(2)]
    assert [one.status for one in made] == [201, 201]
    assert made[0].body == made[1].body
    export = app.call("GET", "/v1/account/export")
    assert (export.status, export.body["next"]) == (200, None)
    assert {"accounts", "challenges", "sites", "repeats"} <= set(export.body["tables"])
    assert app.call("POST", "/v1/auth/logout-everywhere").status == 204
    assert app.call("GET", "/v1/account").status == 401
    dead = app.call("POST", "/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    assert (dead.status, dead.body["code"]) == (401, "refresh_token_not_valid")
