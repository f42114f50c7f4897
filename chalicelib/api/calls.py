"""What a view is told about the call besides path, query and body."""

from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain.accounts import Account


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call to a public route."""

    now: datetime
    real_now: datetime
    request_id: str
    source_ip: str
    headers: dict[str, str]


class SignedInCall(Call, frozen=True, kw_only=True):
    """A call by somebody whose token was verified and whose account was read just now."""

    account: Account


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer with headers or a status of its own; `body` None is sent as an empty body."""

    body: Any
    status: int | None = None
    headers: dict[str, str | list[str]] = {}
