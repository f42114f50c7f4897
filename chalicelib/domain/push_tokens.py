"""A phone that may be reached by push: the token by which Apple or Google know the app on it."""

import hashlib
from datetime import datetime
from typing import Final, Literal

import msgspec

from chalicelib.domain.accounts import Account
from chalicelib.domain.ids import AccountId

Platform = Literal["apns", "fcm"]
MAX_PHONES: Final = 10
"""More phones than a household member has; of more, those registered last count."""


class PushToken(msgspec.Struct, frozen=True, kw_only=True):
    """One phone; `registered_at` is real time, `endpoint_arn` is there once something was sent to it."""

    token: str
    platform: Platform
    account_id: AccountId
    registered_at: datetime
    endpoint_arn: str | None = None

    @property
    def phone_key(self) -> str:
        """Its name in our store; a token may be longer than a key may be."""
        return key_of(self.token)

    def counts_for(self, account: Account) -> bool:
        """Whether it still is this person's phone: not since they signed out everywhere."""
        is_theirs = self.account_id == account.account_id
        return is_theirs and (account.signed_out_at is None or account.signed_out_at < self.registered_at)


def key_of(token: str) -> str:
    """A fixed-length name for a token."""
    return hashlib.sha256(token.encode()).hexdigest()
