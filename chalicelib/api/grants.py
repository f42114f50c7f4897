"""Guests of a charger: /v1/chargers/{charger}/grants."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.adapters.phone_numbers import MAX_LENGTH
from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.api.if_match import version_of
from chalicelib.api.texts import LocalTime, Name, NextToken
from chalicelib.domain.access import Action
from chalicelib.domain.grants import GrantState, local_text
from chalicelib.domain.ids import ChargerId, GrantId
from chalicelib.services import guests
from chalicelib.services.guests import GrantChange, GuestWish, Shown

api = ApiBlueprint(__name__)
_PATH = "/v1/chargers/{charger}/grants"
_ONE = f"{_PATH}/{{grant}}"


class GrantBody(Body, frozen=True, kw_only=True):
    """Whom to invite. `start` and `end` are on the site's clock; without a start from now, without an end for ever."""

    name: Name
    phone: Annotated[str, Meta(max_length=MAX_LENGTH)]
    start: LocalTime | None = None
    end: LocalTime | None = None
    language: Literal["no", "en"] | None = None


class GrantPatch(Body, frozen=True, kw_only=True):
    """What to change; what is left out stays as it is, an end of null is for ever."""

    name: Name | UnsetType = UNSET
    start: LocalTime | UnsetType = UNSET
    end: LocalTime | UnsetType | None = UNSET


class GrantAnswer(Struct, frozen=True, kw_only=True):
    """A grant; it holds in [start, end), for ever when `end` is null. Send `version` as If-Match to change it."""

    grant_id: str
    name: str
    phone: str | None
    start: str
    end: str | None
    state: GrantState
    invited_at: datetime
    lapses_at: datetime | None
    is_guest_deleted: bool
    version: int


class GrantsQuery(Body, frozen=True, kw_only=True):
    """How many, and the `next` of the page before; none for the first."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 100
    next: NextToken | None = None


class GrantsAnswer(Struct, frozen=True, kw_only=True):
    """The guests of a charger, the oldest first; `next` leads on, null on the last page."""

    grants: tuple[GrantAnswer, ...]
    next: str | None


@api.endpoint("GET", _PATH, action=Action.MANAGE_GRANTS)
def list_grants(call: SignedInCall, charger: str, query: GrantsQuery) -> GrantsAnswer:
    """Everybody who may charge here, or could once."""
    way = call.way(f"grants {charger}", query.next, query.limit)
    page = guests.list_grants(call.account, ChargerId(charger), call.now, way)
    return GrantsAnswer(grants=tuple(map(_tell, page.items)), next=page.next)


@api.endpoint("POST", _PATH, action=Action.MANAGE_GRANTS, status=HTTPStatus.CREATED, gives={"grant": "grant_id"})
def create_grant(call: SignedInCall, charger: str, body: GrantBody) -> GrantAnswer:
    """Invite a guest, who gets a text message; 409 `already_guest` when the number has a grant here."""
    wish = GuestWish(name=body.name, phone=body.phone, start=body.start, end=body.end, language=body.language)
    grant_id = GrantId(call.new_id("grant"))
    return _tell(guests.invite(call.account, ChargerId(charger), grant_id, wish, call.now, call.real_now))


@api.endpoint("PATCH", _ONE, action=Action.MANAGE_GRANTS, headers=("If-Match",))
def change_grant(call: SignedInCall, charger: str, grant: str, body: GrantPatch) -> GrantAnswer:
    """Change the name or the window; If-Match must name the version that it is changed from."""
    wish = GrantChange(
        name=None if body.name is UNSET else body.name,
        start=None if body.start is UNSET else body.start,
        end=None if body.end is UNSET else body.end,
        ends=body.end is not UNSET,
    )
    version = version_of(call)
    return _tell(
        guests.change(call.account, ChargerId(charger), GrantId(grant), wish, version, call.now, call.real_now)
    )


@api.endpoint("DELETE", _ONE, action=Action.END_GRANT, status=HTTPStatus.NO_CONTENT)
def end_grant(call: SignedInCall, charger: str, grant: str) -> None:
    """Revoke the grant at once, as the owner; leave, as its guest."""
    guests.end(call.account, ChargerId(charger), GrantId(grant), call.now)


def _tell(shown: Shown) -> GrantAnswer:
    grant = shown.grant
    return GrantAnswer(
        grant_id=grant.grant_id,
        name=grant.name,
        phone=grant.phone,
        start=local_text(grant.since, grant.time_zone),
        end=None if grant.until is None else local_text(grant.until, grant.time_zone),
        state=shown.state,
        invited_at=grant.invited_at,
        lapses_at=None if grant.guest else grant.lapses_at,
        is_guest_deleted=grant.is_guest_deleted,
        version=grant.version,
    )
