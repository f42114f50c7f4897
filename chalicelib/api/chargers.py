"""A charger and its settings: /v1/chargers/{charger}."""

import re
from datetime import datetime, time
from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.api.texts import Name, WallTime
from chalicelib.domain.access import Action
from chalicelib.domain.chargers import Charger, ChargerAccess, ChargingMode
from chalicelib.domain.errors import PreconditionMissing
from chalicelib.domain.grants import Grant, local_text
from chalicelib.domain.ids import ChargerId
from chalicelib.services import charger_status, chargers, erasure
from chalicelib.services.charger_status import StatusAnswer
from chalicelib.services.chargers import SettingsWish

api = ApiBlueprint(__name__)
_VERSION = re.compile(r'"?([0-9]{1,15})"?', re.ASCII)


class ChargerAnswer(Struct, frozen=True, kw_only=True, tag="owner", tag_field="role"):
    """A charger as its owner sees it; `ready_by` is on the site's clock; send `version` as If-Match to change it."""

    charger_id: str
    serial: str
    name: str
    site_id: str
    circuit_fuse_a: int
    ready_by: str
    access: ChargerAccess
    disabled: bool
    mode: ChargingMode
    status: StatusAnswer
    version: int


class GuestWindow(Struct, frozen=True, kw_only=True):
    """The guest's own grant: it holds in [start, end), for ever when `end` is null; delete it to leave."""

    grant_id: str
    start: str
    end: str | None


class GuestChargerAnswer(Struct, frozen=True, kw_only=True, tag="guest", tag_field="role"):
    """A charger as a guest sees it: what it does, and nothing of its settings."""

    charger_id: str
    name: str
    access: ChargerAccess
    mode: ChargingMode
    status: StatusAnswer
    grant: GuestWindow


class SettingsChange(Body, frozen=True, kw_only=True):
    """The settings to change; the others stay as they are."""

    name: Name | None = None
    circuit_fuse_a: Annotated[int, Meta(ge=6, le=80)] | None = None
    ready_by: WallTime | None = None


@api.endpoint("GET", "/v1/chargers/{charger}", action=Action.READ_CHARGER)
def get_charger(call: SignedInCall, charger: str) -> ChargerAnswer | GuestChargerAnswer:
    """One charger with its status, and for its owner with its settings."""
    found, grant = chargers.get_seen(call.account, ChargerId(charger), call.now)
    if grant is None:
        return tell_charger(found, call.now)
    return GuestChargerAnswer(
        charger_id=found.charger_id,
        name=found.name,
        access=found.access,
        mode=found.mode,
        status=charger_status.read(found, call.now),
        grant=tell_window(grant),
    )


@api.endpoint("PATCH", "/v1/chargers/{charger}", action=Action.CHANGE_CHARGER)
def change_charger(call: SignedInCall, charger: str, body: SettingsChange) -> ChargerAnswer:
    """Change settings; If-Match must name the version that they are changed from."""
    wish = SettingsWish(
        name=body.name,
        circuit_fuse_a=body.circuit_fuse_a,
        ready_by=time.fromisoformat(body.ready_by) if body.ready_by else None,
    )
    version = version_of(call.headers.get("if-match", ""))
    return tell_charger(chargers.change(call.account, ChargerId(charger), wish, version, call.now), call.now)


@api.endpoint("DELETE", "/v1/chargers/{charger}", action=Action.REMOVE_CHARGER, status=204)
def remove_charger(call: SignedInCall, charger: str) -> None:
    """Remove the charger for good: nobody owns it any more, and its history goes with it."""
    erasure.remove_charger(call.account, ChargerId(charger), call.now, call.real_now)


def tell_window(grant: Grant) -> GuestWindow:
    """A guest's own grant, on the site's clock."""
    until = grant.window.until
    return GuestWindow(
        grant_id=grant.grant_id,
        start=local_text(grant.since, grant.time_zone),
        end=None if until is None else local_text(until, grant.time_zone),
    )


def tell_charger(charger: Charger, now: datetime) -> ChargerAnswer:
    """The charger as the API shows it to its owner."""
    return ChargerAnswer(
        charger_id=charger.charger_id,
        serial=charger.serial,
        name=charger.name,
        site_id=charger.site_id,
        circuit_fuse_a=charger.circuit_fuse_a,
        ready_by=charger.ready_by.isoformat(timespec="minutes"),
        access=charger.access,
        disabled=charger.disabled,
        mode=charger.mode,
        status=charger_status.read(charger, now),
        version=charger.version,
    )


def version_of(if_match: str) -> int:
    """The version that If-Match names; PreconditionMissing when it names none."""
    found = _VERSION.fullmatch(if_match.strip())
    if found is None:
        raise PreconditionMissing("send If-Match with the version you read")
    return int(found[1])
