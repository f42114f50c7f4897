"""What waits in the queue of notifications: into the inbox, and on to the phones, once."""

import secrets
from datetime import datetime

from chalicelib.adapters import push
from chalicelib.adapters.dynamo import accounts, notifications, push_tokens
from chalicelib.adapters.dynamo.notifications import PushState
from chalicelib.adapters.notification_queue import Told
from chalicelib.adapters.push import PhoneGone
from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.notifications import STALE, Notification, Words, notification_of, words_of
from chalicelib.domain.push_tokens import PushToken
from chalicelib.observability import count, log
from chalicelib.services import business_figures, phones


def deliver(told: Told, now: datetime, real_now: datetime) -> None:
    """Put the event into the person's inbox and on the phones that are to have it; it may come any number of times.

    Whatever fails is raised, the message comes again, and this goes on where it stopped. Nothing is kept for an account
    that is gone: what was written while it went is removed.
    """
    key = told.event.key
    is_new = notifications.put(notification_of(told.account_id, told.event, told.told_at), real_now)
    if is_new and told.is_counted:
        business_figures.note(told.event)
    account = accounts.find(told.account_id)
    if account is None or account.erasure_id is not None:
        notifications.remove(told.account_id, key)
        return
    holder = secrets.token_hex(8)
    state = notifications.take_push(account.account_id, key, holder, real_now)
    if state is None:
        raise DependencyDown("another delivery of the same message is at it")
    try:
        if not state.is_done:
            _push(account, state, now)
            notifications.finish_push(account.account_id, key, real_now)
    finally:
        notifications.release_push(account.account_id, key, holder)


def _push(account: Account, state: PushState, now: datetime) -> None:
    notification = state.notification
    kind = notification.event.kind
    if kind.value in account.push_off or now - notification.told_at > STALE:
        log.info("push_left_out", kind=kind.value, is_chosen=kind.value in account.push_off)
        return
    words = words_of(notification.event, account.language)
    waiting = [phone for phone in _phones_of(account) if phone.phone_key not in state.pushed]
    reached = [_push_to(phone, words, notification) for phone in waiting]
    if not all(reached):
        raise DependencyDown("some phones were not reached")


def _phones_of(account: Account) -> list[PushToken]:
    """The person's phones as they are at this moment; those they have signed out everywhere are forgotten."""
    found = []
    for listed in push_tokens.list_of(account.account_id):
        phone = push_tokens.find(listed.phone_key)
        if phone is None or phone.account_id != account.account_id:
            continue
        if phone.counts_for(account):
            found.append(phone)
        else:
            phones.forget(phone)
    return found


def _push_to(phone: PushToken, words: Words, notification: Notification) -> bool:
    """Whether nothing more is to be done for this phone; one that cannot be reached now keeps none of the others."""
    channel = push.channel_of(phone.platform)
    kind = notification.event.kind.value
    try:
        endpoint_arn = phone.endpoint_arn or channel.register(phone)
        if endpoint_arn is not None and phone.endpoint_arn is None:
            push_tokens.set_endpoint(phone, endpoint_arn)
        channel.send(endpoint_arn, words, notification.notification_id)
    except PhoneGone:
        log.info("phone_gone", platform=phone.platform, kind=kind)
        count("PhoneGone")
        phones.forget(phone)
        return True
    except DependencyDown:
        log.warning("push_failed", platform=phone.platform, kind=kind)
        return False
    notifications.note_pushed(notification.account_id, notification.event.key, phone.phone_key)
    log.info("pushed", platform=phone.platform, kind=kind)
    return True
