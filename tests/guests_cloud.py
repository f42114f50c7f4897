"""Guests of chargers, as tests want them: with any window, accepted long ago."""

import json
from datetime import datetime
from typing import Any

import boto3

from chalicelib.adapters import clock, code_seal
from chalicelib.adapters.dynamo import chargers, grants
from chalicelib.domain.accounts import Account
from chalicelib.domain.grants import Grant
from chalicelib.domain.ids import ChargerId, GrantId
from tests import infra


def let_in(who: Account, charger_id: str, since: datetime, until: datetime | None, grant_id: str = "grant_1") -> Grant:
    """`who` is a guest at the charger; a window may be past already."""
    grant = Grant(
        grant_id=GrantId(grant_id),
        charger_id=ChargerId(charger_id),
        name="Ola",
        phone=who.phone,
        since=since,
        until=until,
        time_zone="Europe/Oslo",
        currency="NOK",
        invited_at=clock.real_now(),
    )
    assert grants.create(grant, chargers.get(ChargerId(charger_id)))
    assert grants.bind(grant, code_seal.number_key(who.phone), who.account_id)
    return next(one for one in grants.list_at(grant.charger_id) if one.grant_id == grant_id)


def desired(serial: str, shadow: str) -> Any:
    """What the cloud wants of a charger, None when it has said nothing."""
    data = boto3.client("iot-data", region_name=infra.REGION)
    try:
        answer = data.get_thing_shadow(thingName=serial, shadowName=shadow)
    except data.exceptions.ResourceNotFoundException:
        return None
    return json.loads(answer["payload"].read())["state"].get("desired")
