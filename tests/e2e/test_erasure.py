"""Deleting an account on the deployed system: policies enforced, a charger that goes on talking, the real queues."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from device_shadows.names import CHARGING, CONFIG
from local.system import SERIALS, Options, System
from tests.e2e.conftest import NIGHT
from tests.e2e.running import SystemThread
from tests.e2e.test_identity import App
from tests.e2e.waiting import until
from tests.fleet_cloud import READING
from tests.lives import found_in

KARI, OLA = "+4793187652", "+4798765432"
NAME, ADDRESS = "Kari Ærlig-Nordmann", "Øvre Fjellveien 12B"
LONG_S = 120.0
"""The pass that counts begins 40 s after the cut (docs/erasure.md)."""


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """A system of its own."""
    with SystemThread(Options.on_free_ports(start=NIGHT, speed=0)) as running:
        yield running.system


def signed_in(system: System, phone: str) -> App:
    """A phone of somebody new, or of somebody known."""
    app = App(system.url)
    asked = app.call("POST", "/v1/auth/code", {"phone": phone})
    assert asked.status == 202, asked
    entry = {"challenge_id": asked.body["challenge_id"], "code": app.read_code(phone)}
    app.token = app.call("POST", "/v1/auth/token", entry).body["access_token"]
    version = app.call("GET", "/v1/terms").body["version"]
    assert app.call("POST", "/v1/account/terms", {"version": version}).status == 200
    return app


def owned(system: System, app: App, serial: str) -> Any:
    """The charger, claimed with its own signature."""
    [box] = [one for one in app.call("GET", "/sim/state").body["chargers"] if one["serial"] == serial]
    begun = app.call("POST", "/v1/claims", {"serial": serial, "fingerprint": box["fingerprint"]}).body
    asked = {name: begun[name] for name in ("nonce", "user_hash", "claim_epoch")}
    signature = app.call("POST", f"/sim/chargers/{serial}/claim-signature", asked).body["signature"]
    position = {"lat": 60.393, "lon": 5.324}
    won = app.call("POST", f"/v1/claims/{begun['claim_id']}/proof", {"signature": signature, "position": position})
    assert won.status == 200, won
    return won.body


def everything(system: System) -> dict[str, Any]:
    """Every table, user, shadow and waiting message."""
    aws, found = system.aws, dict[str, Any]()
    for name in system.stack.logical_ids("AWS::DynamoDB::Table"):
        pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=system.stack.resources[name])
        found[name] = [json.dumps(row, sort_keys=True, default=str) for page in pages for row in page["Items"]]
    pool = system.stack.resources["UserPool"]
    found["users"] = json.dumps(aws.client("cognito-idp").list_users(UserPoolId=pool)["Users"], default=str)
    for serial in SERIALS:
        for shadow in (CONFIG, CHARGING):
            found[f"{shadow} of {serial}"] = shadow_of(system, serial, shadow)
    for name in system.stack.logical_ids("AWS::SQS::Queue"):
        if name.endswith("DeadLetters"):
            asked = {"QueueUrl": system.stack.resources[name], "VisibilityTimeout": 1}
            found[name] = json.dumps(aws.client("sqs").receive_message(**asked).get("Messages", []))
    return found


def shadow_of(system: System, serial: str, shadow: str) -> str:
    """The document, empty when there is none."""
    client = system.aws.client("iot-data")
    try:
        return str(client.get_thing_shadow(thingName=serial, shadowName=shadow)["payload"].read().decode())
    except client.exceptions.ResourceNotFoundException:
        return ""


def proof_of(system: System, erasure_id: str) -> Any:
    """What the store has of the erasure."""
    asked = {"TableName": system.stack.resources["ErasuresTable"], "Key": {"erasure_id": {"S": erasure_id}}}
    return system.aws.client("dynamodb").get_item(**asked)["Item"]


def test_a_deleted_person_is_gone_while_their_charger_goes_on_talking(system: System) -> None:
    """Access ends at once, all stores forget, late readings bring nothing back, the charger finds a new owner."""
    kari, ola = signed_in(system, KARI), signed_in(system, OLA)
    assert kari.call("PATCH", "/v1/account", {"name": NAME, "address": ADDRESS}).status == 200
    charger, theirs = owned(system, kari, SERIALS[0]), owned(system, ola, SERIALS[1])
    account_id = kari.call("GET", "/v1/account").body["account_id"]
    plugged = kari.call("POST", f"/sim/chargers/{SERIALS[0]}/plug-in", {"need_wh": 4000})
    assert plugged.status < 300, plugged
    path = f"/v1/chargers/{charger['charger_id']}"
    marks = {KARI, KARI[3:], account_id, NAME, ADDRESS, charger["charger_id"], charger["site_id"], pseudonym(system)}
    wanted = {"AccountsTable", "ChargersTable", "SessionsTable", "users", f"config of {SERIALS[0]}"}
    before = until(lambda: set(found_in(everything(system), marks)), lambda found: wanted <= found)
    assert wanted <= before
    deleted = kari.call("DELETE", "/v1/account")
    assert deleted.status == 202
    assert [kari.call("GET", where).status for where in ("/v1/account", "/v1/home", path)] == [401] * 3
    talk(system)
    proof = until(lambda: proof_of(system, deleted.body["erasure_id"]), lambda row: "digest" in row, LONG_S)
    assert "digest" in proof, proof
    talk(system)
    left = until(lambda: found_in(everything(system), marks), lambda found: not found)
    assert left == {}
    assert ola.call("GET", f"/v1/chargers/{theirs['charger_id']}").body["charger_id"] == theirs["charger_id"]
    assert owned(system, ola, SERIALS[0])["charger_id"] != charger["charger_id"]


def pseudonym(system: System) -> str:
    """The owner's name to the charger."""
    return str(json.loads(shadow_of(system, SERIALS[0], CONFIG))["state"]["desired"]["owner"])


def talk(system: System) -> None:
    """The charger sends a reading of before, as if it had been without a network."""
    client = system.aws.client("iot-data")
    reading = READING | {"ts": int(NIGHT.timestamp()) + 1, "seq": 900}
    client.publish(topic=f"dt/{SERIALS[0]}/reading", qos=1, payload=json.dumps(reading).encode())
