"""What a view is told about the call besides path, query and body."""

import hashlib
import secrets
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain.accounts import Account
from chalicelib.services.pages import Way


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call to a public route."""

    now: datetime
    real_now: datetime
    request_id: str
    source_ip: str
    headers: dict[str, str]


class SignedInCall(Call, frozen=True, kw_only=True):
    """A call by somebody whose token was verified and whose account was read just now.

    With an Idempotency-Key `fingerprint` tells this request from others: a hash of method, path and body.
    """

    account: Account
    idempotency_key: str | None = None
    fingerprint: str = ""

    def new_id(self, kind: str) -> str:
        """An id for what the call makes; the same for every repeat of a call that has an Idempotency-Key."""
        if self.idempotency_key is None:
            return f"{kind}_{secrets.token_hex(12)}"
        name = f"{kind}|{self.account.account_id}|{self.idempotency_key}|{self.fingerprint}"
        return f"{kind}_{hashlib.sha256(name.encode()).hexdigest()[:24]}"

    def way(self, about: str, token: str | None, limit: int) -> Way:
        """How the caller goes through the list `about`."""
        account_id, real_now = self.account.account_id, self.real_now
        return Way(account_id=account_id, about=about, token=token, limit=limit, real_now=real_now)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer with headers or a status of its own; `body` None is sent as an empty body."""

    body: Any
    status: int | None = None
    headers: dict[str, str | list[str]] = {}
