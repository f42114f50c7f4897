"""A charger and its settings: /v1/chargers/{charger}."""

from datetime import datetime, time
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.api.if_match import version_of
from chalicelib.api.texts import Name, WallTime
from chalicelib.domain.access import Action
from chalicelib.domain.chargers import Charger, ChargerAccess, ChargingMode
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.versions import given
from chalicelib.services import charger_status, chargers
from chalicelib.services.charger_status import StatusAnswer
from chalicelib.services.chargers import SettingsWish

api = ApiBlueprint(__name__)


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

    name: Name | UnsetType = UNSET
    circuit_fuse_a: Annotated[int, Meta(ge=6, le=80)] | UnsetType = UNSET
    ready_by: WallTime | UnsetType = UNSET


@api.endpoint("GET", "/v1/chargers/{charger}", action=Action.READ_CHARGER)
def get_charger(call: SignedInCall, charger: str) -> ChargerAnswer:
    """One charger with its settings and its status."""
    return tell_charger(chargers.get(call.account, ChargerId(charger), call.now), call.now)


@api.endpoint("PATCH", "/v1/chargers/{charger}", action=Action.CHANGE_CHARGER)
def change_charger(call: SignedInCall, charger: str, body: SettingsChange) -> ChargerAnswer:
    """Change settings; If-Match must name the version that they are changed from."""
    wanted = given(body)
    if "ready_by" in wanted:
        wanted["ready_by"] = time.fromisoformat(wanted["ready_by"])
    version, wish = version_of(call), SettingsWish(**wanted)
    return tell_charger(chargers.change(call.account, ChargerId(charger), wish, version, call.now), call.now)


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
