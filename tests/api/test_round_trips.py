"""How often a route reads the store: each read is time that a person waits."""

from collections.abc import Callable
from typing import Any

import pytest
from moto.dynamodb.responses import DynamoHandler

from tests.access_table import PHONE_KEY, PUSH_CHOICES
from tests.api_client import ApiClient
from tests.identity import People, Person
from tests.made_chargers import MadeCharger

MOST_READS = 4
READS = {"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"}
SITE = {"name": "Hjemme", "country": "NO", "zone": "NO5", "main_fuse_a": 63, "grid_type": "IT", "phases": 3}


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every read of the store from now on."""
    seen: list[str] = []
    call_action = DynamoHandler.call_action

    def counted(handler: DynamoHandler) -> Any:
        operation = handler.headers["X-Amz-Target"].split(".")[-1]
        if operation in READS:
            seen.append(operation)
        return call_action(handler)

    monkeypatch.setattr(DynamoHandler, "call_action", counted)
    return seen


class Walk:
    """One person's way through the routes, with the reads of each step."""

    def __init__(self, api: ApiClient, person: Person, reads: list[str]) -> None:
        self.api = api
        self.person = person
        self.reads = reads
        self.counts: dict[str, int] = {}

    def step(self, name: str, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The body of one call that succeeds."""
        self.reads.clear()
        reply = call(*args, token=self.person.token, **kwargs)
        self.counts[name] = len(self.reads)
        assert reply.status < 300, reply
        return reply.body


def test_no_route_reads_the_store_more_than_four_times(api: ApiClient, people: People, reads: list[str]) -> None:
    """The account is always one of them; the home screen has a limit of its own."""
    made, walk = MadeCharger(), Walk(api, people.sign_in(), reads)
    walk.step("account", api.get, "/v1/account")
    walk.step("zone", api.get, "/v1/zones/locate?lat=60&lon=5")
    walk.step("address", api.post, "/v1/addresses/locate", {"lat": 60, "lon": 5})
    walk.step("grid companies", api.get, "/v1/grid-companies?zone=NO5")
    site = walk.step("new site", api.post, "/v1/sites", SITE)
    walk.step("sites", api.get, "/v1/sites")
    site_path = f"/v1/sites/{site['site_id']}"
    walk.step("site", api.get, site_path)
    empty = walk.step("another site", api.post, "/v1/sites", SITE)
    elsewhere = walk.step("a third site", api.post, "/v1/sites", SITE)
    walk.step("site gone", api.delete, f"/v1/sites/{empty['site_id']}")
    claim = walk.step("claim", api.post, "/v1/claims", {"serial": made.serial, "fingerprint": made.fingerprint})
    signature = made.sign(claim["nonce"], claim["user_hash"], claim["claim_epoch"])
    proof = {"signature": signature, "site_id": site["site_id"]}
    charger = walk.step("proof", api.post, f"/v1/claims/{claim['claim_id']}/proof", proof)
    path = f"/v1/chargers/{charger['charger_id']}"
    walk.step("changed site", api.patch, site_path, {"main_fuse_a": 50, "country": "NO"}, headers={"if-match": "1"})
    walk.step("charger", api.get, path)
    walk.step("phone", api.post, "/v1/push-tokens", {"token": "t" * 64, "platform": "fcm"})
    walk.step("inbox", api.get, "/v1/notifications")
    walk.step("seen", api.put, "/v1/notifications/read-until", {"notification_id": f"n_{'0' * 28}"})
    walk.step("choices", api.get, "/v1/notifications/push")
    walk.step("chosen", api.put, "/v1/notifications/push", PUSH_CHOICES)
    walk.step("no phone", api.delete, "/v1/push-tokens", body={"token": "t" * 64})
    walk.step("ticket", api.post, f"{path}/tickets", {"phone_key": PHONE_KEY})
    change = {"name": "Garasje", "site_id": elsewhere["site_id"], "circuit_fuse_a": 20}
    walk.step("settings", api.patch, path, change, headers={"if-match": "1"})
    walk.step("locked", api.patch, path, {"access": "via_phone"}, headers={"if-match": "2"})
    grant = walk.step("invited", api.post, f"{path}/grants", {"name": "Ola", "phone": "+4790000099"})
    walk.step("guests", api.get, f"{path}/grants")
    one = f"{path}/grants/{grant['grant_id']}"
    walk.step("guest changed", api.patch, one, {"name": "Per"}, headers={"if-match": "1"})
    walk.step("guest revoked", api.delete, one)
    walk.step("charger that is locked", api.get, path)
    walk.step("mode", api.put, f"{path}/mode", {"mode": "full"})
    walk.step("run", api.put, f"{path}/run", {"run": "auto"})
    walk.step("network", api.get, f"{path}/network")
    assert {name: count for name, count in walk.counts.items() if not 1 <= count <= MOST_READS} == {}
