"""Invitations: sent to a number, accepted by signing in with it. Times are real time."""

from datetime import datetime

from chalicelib.adapters import code_seal, queues, sms
from chalicelib.adapters.dynamo import accounts, chargers, grants, sending_limits
from chalicelib.adapters.phone_numbers import is_home_number
from chalicelib.domain.accounts import Account, Language
from chalicelib.domain.errors import TooManyRequests
from chalicelib.domain.grants import Grant
from chalicelib.domain.ids import AccountId
from chalicelib.domain.invitations import PER_NUMBER_A_DAY, PER_OWNER_A_DAY, InvitationMessage, text_of
from chalicelib.domain.notifications import guest_accepted
from chalicelib.domain.sending_limits import rest_of_day_s
from chalicelib.observability import count
from chalicelib.services.notifications import tell
from chalicelib.settings import settings


def require_turn(owner: Account, now: datetime) -> None:
    """Count one more invitation of this owner today; TooManyRequests when there were too many."""
    if not sending_limits.take_invitation(code_seal.inviter_key(owner.account_id), now, PER_OWNER_A_DAY):
        raise TooManyRequests("too many invitations today", retry_after_s=rest_of_day_s(now))


def announce(grant: Grant, language: Language, now: datetime) -> None:
    """Have the invitation sent, once; what is over the limits of the number or of the day is withheld."""
    if grant.is_announced or grant.phone is None:
        return
    is_sent = sending_limits.take_invitation(code_seal.invited_key(grant.phone), now, PER_NUMBER_A_DAY)
    is_sent = is_sent and sending_limits.take_from_budget(now, settings().sms_budget_per_day)
    message = InvitationMessage(
        charger_id=grant.charger_id,
        grant_id=grant.grant_id,
        phone=grant.phone,
        language=language,
        withheld=not is_sent,
    )
    queues.send(settings().sms_queue_url, message)
    grants.note_announced(grant)
    count("InvitationQueued" if is_sent else "InvitationWithheld")


def deliver(message: InvitationMessage, now: datetime) -> bool:
    """Bind the grant if the number has an account already, and send the message; whether it was sent.

    This is done here, behind the queue, so that the owner's answer does not tell whether the number has an account.
    """
    found = [grant for grant in grants.list_at(message.charger_id) if grant.grant_id == message.grant_id]
    if not found or not found[0].is_live(now):
        return False
    guest = accounts.find_by_phone(message.phone)
    number_key = code_seal.number_key(message.phone)
    if guest is not None and (found[0].guest == guest or grants.bind(found[0], number_key, guest)):
        _tell_owner(found[0], now)  # again when the message comes again: the telling may have failed
    if message.withheld:
        return False
    sms.send(message.phone, text_of(message.language))
    return True


def accept(account_id: AccountId, phone: str, now: datetime) -> list[Grant]:
    """Bind every live invitation of the number to its account; those that this call has bound.

    A grant that somebody else accepted with this number stays theirs: numbers are given to new people.
    """
    number_key = code_seal.number_key(phone)
    waiting = [grant for grant in grants.list_of_number(number_key) if grant.guest is None and grant.is_live(now)]
    bound = [grant for grant in waiting if grants.bind(grant, number_key, account_id)]
    for grant in bound:
        _tell_owner(grant, now)
    return bound


def _tell_owner(grant: Grant, now: datetime) -> None:
    charger = chargers.find(grant.charger_id)
    if charger is not None:
        tell(charger.owner, guest_accepted(charger.charger_id, charger.name, grant.grant_id), now)


def list_of_person(account_id: AccountId, number_key: str, before: datetime) -> list[Grant]:
    """Every grant that the person has or had, and what their number was invited to before an instant and still is."""
    invited = [one for one in grants.list_of_number(number_key) if one.guest is None and one.invited_at < before]
    return [*grants.list_of_guest(account_id), *invited]


def may_have_code(phone: str, now: datetime) -> bool:
    """Whether a code may be sent to the number: one of the countries we serve, one that is invited, or an account's."""
    if is_home_number(phone):
        return True
    invited = any(grant.is_live(now) for grant in grants.list_of_number(code_seal.number_key(phone)))
    has_account = accounts.find_by_phone(phone) is not None
    return invited or has_account
