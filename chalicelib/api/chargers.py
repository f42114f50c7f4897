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
from chalicelib.domain.ids import ChargerId
from chalicelib.services import charger_status, chargers, erasure
from chalicelib.services.charger_status import StatusAnswer
from chalicelib.services.chargers import SettingsWish

api = ApiBlueprint(__name__)
_VERSION = re.compile(r'"?([0-9]{1,15})"?', re.ASCII)


class ChargerAnswer(Struct, frozen=True, kw_only=True):
    """A charger; `ready_by` is on the site's clock; send `version` as If-Match to change something."""

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


class SettingsChange(Body, frozen=True, kw_only=True):
    """The settings to change; the others stay as they are."""

    name: Name | None = None
    circuit_fuse_a: Annotated[int, Meta(ge=6, le=80)] | None = None
    ready_by: WallTime | None = None


@api.endpoint("GET", "/v1/chargers/{charger}", action=Action.READ_CHARGER)
def get_charger(call: SignedInCall, charger: str) -> ChargerAnswer:
    """One charger with its settings and its status."""
    return tell_charger(chargers.get(call.account, ChargerId(charger), call.now), call.now)


@api.endpoint("PATCH", "/v1/chargers/{charger}", action=Action.CHANGE_CHARGER)
def change_charger(call: SignedInCall, charger: str, body: SettingsChange) -> ChargerAnswer:
    """Change settings; If-Match must name the version that they are changed from."""
    wish = SettingsWish(
        name=body.name,
        circuit_fuse_a=body.circuit_fuse_a,
        ready_by=time.fromisoformat(body.ready_by) if body.ready_by else None,
    )
    version = _version(call.headers.get("if-match", ""))
    return tell_charger(chargers.change(call.account, ChargerId(charger), wish, version, call.now), call.now)


@api.endpoint("DELETE", "/v1/chargers/{charger}", action=Action.REMOVE_CHARGER, status=204)
def remove_charger(call: SignedInCall, charger: str) -> None:
    """Remove the charger for good: nobody owns it any more, and its history goes with it."""
    erasure.remove_charger(call.account, ChargerId(charger), call.now, call.real_now)


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


def _version(if_match: str) -> int:
    found = _VERSION.fullmatch(if_match.strip())
    if found is None:
        raise PreconditionMissing("send If-Match with the version you read")
    return int(found[1])
