"""An owner's and a guest's phone on the deployed system: invitation by message, home, revocation at the charger."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.running import SystemThread
from tests.e2e.test_identity import App
from tests.e2e.waiting import until

OWNER, GUEST = "+4790000051", "+4790000052"
WITHIN_S = 5.0
"""BEHAVIOUR: an online charger knows within five seconds; the frozen system has nothing else to do."""


def sign_in(url: str, phone: str) -> App:
    """A phone that is signed in and has accepted the terms."""
    app = App(url)
    asked = app.call("POST", "/v1/auth/code", {"phone": phone})
    entry = {"challenge_id": asked.body["challenge_id"], "code": app.read_code(phone)}
    app.token = app.call("POST", "/v1/auth/token", entry).body["access_token"]
    version = app.call("GET", "/v1/terms").body["version"]
    assert app.call("POST", "/v1/account/terms", {"version": version}).status == 200
    return app


def claim(app: App) -> Any:
    """A connected charger that nobody owns, claimed; its body, and its serial in the answer."""
    for made in app.call("GET", "/sim/state").body["chargers"]:
        begun = app.call("POST", "/v1/claims", {"serial": made["serial"], "fingerprint": made["fingerprint"]}).body
        asked = {name: begun[name] for name in ("nonce", "user_hash", "claim_epoch")}
        signed = app.call("POST", f"/sim/chargers/{made['serial']}/claim-signature", asked)
        proof = {"signature": signed.body.get("signature", "x"), "position": {"lat": 60.393, "lon": 5.324}}
        won = app.call("POST", f"/v1/claims/{begun['claim_id']}/proof", proof)
        if won.status == 200:
            return won.body
    raise AssertionError("no charger is free")


@pytest.fixture(scope="module")
def owner(frozen: SystemThread) -> Iterator[App]:
    made = sign_in(frozen.system.url, OWNER)
    yield made
    made.give_up_chargers()


def reported_epoch(frozen: SystemThread, serial: str) -> int:
    """The access epoch that the charger itself has applied."""
    shadow = frozen.system.aws.client("iot-data").get_thing_shadow(thingName=serial, shadowName="config")
    state = json.loads(shadow["payload"].read())["state"]
    return int(state.get("reported", {}).get("access_epoch", -1))


def texts_to(app: App, phone: str) -> list[str]:
    """Messages that came, the oldest first."""
    return [one["text"] for one in app.call("GET", "/sim/sms").body["messages"] if one["to"] == phone]


def test_a_guest_is_invited_comes_and_is_sent_away(frozen: SystemThread, owner: App) -> None:
    """With the rights that the functions really have: message, binding, home, revocation, epoch at the charger."""
    charger = claim(owner)
    path = f"/v1/chargers/{charger['charger_id']}"
    grant = owner.call("POST", f"{path}/grants", {"name": "Ola", "phone": GUEST, "end": "2026-03-29T12:00"})
    assert (grant.status, grant.body["state"]) == (201, "invited")
    texts = until(lambda: texts_to(owner, GUEST), bool)
    assert ["ZmartCharge" in text for text in texts] == [True]
    guest = sign_in(frozen.system.url, GUEST)
    assert owner.call("GET", f"{path}/grants").body["grants"][0]["state"] == "active"
    [card] = guest.call("GET", "/v1/home").body["chargers"]
    assert (card["role"], card["active"], card["charger_id"]) == ("guest", True, charger["charger_id"])
    statuses = [guest.call("GET", path + part).status for part in ("", "/plan", "/sessions", "/history?month=2026-02")]
    assert statuses == [200, 200, 200, 200]
    assert guest.call("GET", f"/v1/sites/{charger['site_id']}").status == 403
    assert guest.call("GET", f"{path}/grants").status == 403
    one = f"{path}/grants/{grant.body['grant_id']}"
    changed = owner.call("PATCH", one, {"end": None}, {"If-Match": "2"})
    assert (changed.status, changed.body["end"]) == (200, None)
    began = time.monotonic()
    assert owner.call("DELETE", one).status == 204
    assert guest.call("GET", path).status == 403
    left_s = began + WITHIN_S - time.monotonic()
    assert until(lambda: reported_epoch(frozen, charger["serial"]), lambda epoch: epoch == 3, left_s) == 3
    assert guest.call("GET", "/v1/home").body["chargers"] == []
    assert {"grants"} <= set(owner.call("GET", "/v1/account/export").body["tables"])
    assert {"grants_of_others"} <= set(guest.call("GET", "/v1/account/export").body["tables"])
