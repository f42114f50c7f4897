"""The phones that a person wants to be told on."""

from datetime import datetime

from chalicelib.adapters import push
from chalicelib.adapters.dynamo import push_tokens
from chalicelib.domain.accounts import Account
from chalicelib.domain.ids import AccountId
from chalicelib.domain.push_tokens import MAX_PHONES, Platform, PushToken, key_of


def register(account: Account, token: str, platform: Platform, real_now: datetime) -> None:
    """From now on the app with this token is `account`'s and nobody else's; its own repeat only renews it.

    Of more than ten phones the ones that were registered first are forgotten.
    """
    phone = PushToken(token=token, platform=platform, account_id=account.account_id, registered_at=real_now)
    others = [one for one in push_tokens.list_of(account.account_id) if one.phone_key != phone.phone_key]
    push_tokens.put(phone)
    for old in others[MAX_PHONES - 1 :]:
        forget(old)


def unregister(account: Account, token: str) -> None:
    """This phone is told nothing more; a token that is somebody else's, or nobody's, stays as it is."""
    phone = push_tokens.find(key_of(token))
    if phone is not None and phone.account_id == account.account_id:
        forget(phone)


def forget_all(account_id: AccountId) -> int:
    """Forget every phone of a person, here and at the push service, and say how many; may be repeated."""
    known = [phone for phone in push_tokens.list_of(account_id) if phone.account_id == account_id]
    for phone in known:
        forget(phone)
    return len(known)


def forget(phone: PushToken) -> None:
    """At the push service first: if that fails, the row still says what is to be forgotten."""
    if phone.endpoint_arn is not None:
        push.forget(phone.endpoint_arn)
    push_tokens.remove(phone.phone_key, phone.account_id)
