"""A charger and its settings: /v1/chargers/{charger}."""

from datetime import datetime, time
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.api.if_match import version_of
from chalicelib.api.texts import Name, WallTime
from chalicelib.domain.access import Action
from chalicelib.domain.chargers import Charger, ChargerAccess, ChargingMode, FullUntil, RunState
from chalicelib.domain.grants import Grant, local_text
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.versions import given
from chalicelib.services import charger_status, charger_views, chargers, erasure
from chalicelib.services.charger_status import StatusAnswer
from chalicelib.services.charger_views import ChargerView
from chalicelib.services.chargers import SettingsWish

api = ApiBlueprint(__name__)


class AppliedState(Struct, frozen=True, kw_only=True):
    """Whether the charger itself says that it has applied what was asked of it; `pending` names what it has not."""

    state: Literal["applied", "pending"]
    pending: tuple[str, ...]


class ChargerAnswer(Struct, frozen=True, kw_only=True, tag="owner", tag_field="role"):
    """A charger as its owner sees it; `ready_by` is on the site's clock; send `version` as If-Match to change it.

    `mode` and `run` are those of the present plug-in, without a car of the next one.
    """

    charger_id: str
    serial: str
    name: str
    site_id: str
    circuit_fuse_a: int
    ready_by: str
    access: ChargerAccess
    disabled: bool
    full_until: FullUntil
    max_starts: int
    leaves_early: bool
    mode: ChargingMode
    run: RunState
    settings_state: AppliedState
    orders_state: AppliedState
    status: StatusAnswer
    version: int


class GuestWindow(Struct, frozen=True, kw_only=True):
    """The guest's own grant: it holds in [start, end), for ever when `end` is null; delete it to leave.

    Both are on the clock of the site, whose IANA `time_zone` a guest cannot ask the site for.
    """

    grant_id: str
    start: str
    end: str | None
    time_zone: str


class GuestChargerAnswer(Struct, frozen=True, kw_only=True, tag="guest", tag_field="role"):
    """A charger as a guest sees it: what it does, and nothing of its settings; `must_unlock`: it takes a ticket."""

    charger_id: str
    name: str
    must_unlock: bool
    mode: ChargingMode
    status: StatusAnswer
    grant: GuestWindow


class SettingsChange(Body, frozen=True, kw_only=True):
    """The settings to change; the others stay as they are.

    `site_id` moves the charger to another site of one's own. `full_until`: mode full ends at unplug, or when it is
    changed. `max_starts`: how often charging may begin in one session. `leaves_early`: the car is sometimes gone before
    ready_by.
    """

    name: Name | UnsetType = UNSET
    circuit_fuse_a: Annotated[int, Meta(ge=6, le=80)] | UnsetType = UNSET
    ready_by: WallTime | UnsetType = UNSET
    site_id: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,64}$")] | UnsetType = UNSET
    access: ChargerAccess | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    full_until: FullUntil | UnsetType = UNSET
    max_starts: Annotated[int, Meta(ge=1, le=10)] | UnsetType = UNSET
    leaves_early: bool | UnsetType = UNSET


@api.endpoint("GET", "/v1/chargers/{charger}", action=Action.READ_CHARGER)
def get_charger(call: SignedInCall, charger: str) -> ChargerAnswer | GuestChargerAnswer:
    """One charger with its status, and for its owner with its settings."""
    found, grant = chargers.get_seen(call.account, ChargerId(charger), call.now)
    if grant is None:
        return tell_charger(found, call.now)
    return GuestChargerAnswer(
        charger_id=found.charger_id,
        name=found.name,
        must_unlock=found.access is ChargerAccess.VIA_PHONE,
        mode=found.mode,
        status=charger_status.read(found, call.now),
        grant=tell_window(grant),
    )


@api.endpoint("PATCH", "/v1/chargers/{charger}", action=Action.CHANGE_CHARGER, headers=("If-Match",))
def change_charger(call: SignedInCall, charger: str, body: SettingsChange) -> ChargerAnswer:
    """Change settings; If-Match must name the version that they are changed from.

    409 `circuit_fuse_too_large` above the main fuse, `currency_fixed` for a move of a used charger to another country.
    """
    wanted = given(body)
    if "ready_by" in wanted:
        wanted["ready_by"] = time.fromisoformat(wanted["ready_by"])
    version, wish = version_of(call), SettingsWish(**wanted)
    return _tell(chargers.change(call.account, ChargerId(charger), wish, version, call.now), call.now)


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
        time_zone=grant.time_zone,
    )


def tell_charger(charger: Charger, now: datetime) -> ChargerAnswer:
    """The charger as the API shows it to its owner; one read."""
    return _tell(charger_views.read(charger), now)


def _tell(view: ChargerView, now: datetime) -> ChargerAnswer:
    charger, orders = view.charger, view.orders
    return ChargerAnswer(
        charger_id=charger.charger_id,
        serial=charger.serial,
        name=charger.name,
        site_id=charger.site_id,
        circuit_fuse_a=charger.circuit_fuse_a,
        ready_by=charger.ready_by.isoformat(timespec="minutes"),
        access=charger.access,
        disabled=charger.disabled,
        full_until=charger.full_until,
        max_starts=charger.max_starts,
        leaves_early=charger.leaves_early,
        mode=orders.mode,
        run=orders.run,
        settings_state=_state(view.pending_settings),
        orders_state=_state(orders.pending),
        status=charger_status.answer_for(charger, view.overview, now),
        version=charger.version,
    )


def _state(pending: tuple[str, ...]) -> AppliedState:
    return AppliedState(state="pending" if pending else "applied", pending=pending)
