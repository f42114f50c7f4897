"""Unlock tickets for people who may charge now."""

from datetime import datetime

import msgspec

from chalicelib.adapters import ticket_contract
from chalicelib.adapters.dynamo import chargers, ticket_limits
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import TooManyRequests
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.tickets import ChargerDisabled, TicketKind, make_terms, rest_of_window_s, right_of
from chalicelib.services.access import require_at


class SignedTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket as the phone carries it (base64url), and when it is worth nothing any more."""

    ticket: str
    kind: TicketKind
    expires_at: datetime


def issue(
    account: Account, charger_id: ChargerId, phone_key: str, nonce: str | None, now: datetime, real_now: datetime
) -> SignedTicket:
    """A ticket for the phone with this key, bound to the charger's challenge if there is one.

    NotFound and NotAllowed as of `require_at`; ChargerDisabled; TooManyRequests; InvalidInput for what is no key or
    nonce. The right is looked up in the store at this moment.
    """
    charger = chargers.get(charger_id)
    right = right_of(require_at(charger, account.account_id, Action.UNLOCK, now))
    point = ticket_contract.read_phone_key(phone_key)
    challenge = None if nonce is None else ticket_contract.read_nonce(nonce)
    if charger.disabled:
        raise ChargerDisabled("the owner has disabled the charger")
    if not ticket_limits.take(charger_id, account.account_id, real_now):
        raise TooManyRequests("too many tickets for this charger", rest_of_window_s(real_now))
    kind = TicketKind.CACHED if challenge is None else TicketKind.NONCE
    terms = make_terms(charger.serial, right, charger.access_epoch, kind, now)
    signed = ticket_contract.sign(terms, point, challenge)
    return SignedTicket(ticket=signed, kind=kind, expires_at=terms.expires_at)
