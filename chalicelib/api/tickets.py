"""Unlocking a charger with the phone: /v1/chargers/{charger}/tickets."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.domain.access import Action
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.tickets import TicketKind
from chalicelib.services import tickets

api = ApiBlueprint(__name__)


class TicketWish(Body, frozen=True, kw_only=True):
    """The phone's P-256 key (compressed point) and, if the charger has given one, its nonce; both base64url."""

    phone_key: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{44}$")]
    nonce: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{22}$")] | None = None


class TicketAnswer(Struct, frozen=True, kw_only=True):
    """A ticket to write to the charger over Bluetooth (base64url of at most 244 bytes), and until when."""

    ticket: str
    expires_at: datetime
    kind: TicketKind


@api.endpoint(
    "POST", "/v1/chargers/{charger}/tickets", action=Action.UNLOCK, status=HTTPStatus.CREATED, is_remembered=False
)
def issue_ticket(call: SignedInCall, charger: str, body: TicketWish) -> TicketAnswer:
    """A ticket that unlocks the charger for this phone; without a nonce one to keep for 15 minutes.

    A repeat with the same Idempotency-Key makes another ticket: tickets are not stored.
    """
    made = tickets.issue(call.account, ChargerId(charger), body.phone_key, body.nonce, call.now, call.real_now)
    return TicketAnswer(ticket=made.ticket, expires_at=made.expires_at, kind=made.kind)
