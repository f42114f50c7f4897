"""Tokens that say where a list goes on: sealed, for one person and one list, good for an hour (real time)."""

import base64
import hmac
from datetime import datetime
from typing import Final, TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from chalicelib.adapters import secret_store
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ids import AccountId
from chalicelib.settings import settings

LIFE_S: Final = 3600
_Place = TypeVar("_Place")


def seal(place: msgspec.Struct, account_id: AccountId, purpose: str, now: datetime) -> str:
    """A token for `place` in the list `purpose` of the account."""
    packed = msgspec.json.encode(place)
    return _box(account_id, purpose).encrypt_at_time(packed, int(now.timestamp())).decode().rstrip("=")


def unseal(token: str, kind: type[_Place], account_id: AccountId, purpose: str, now: datetime) -> _Place:
    """The place in a token made by `seal`; InvalidInput for one of another person or list, an old or a changed one."""
    try:
        padded = token + "=" * (-len(token) % 4)
        packed = _box(account_id, purpose).decrypt_at_time(padded, LIFE_S, int(now.timestamp()))
    except (InvalidToken, ValueError) as error:
        raise InvalidInput("begin at the first page", field="next") from error
    return msgspec.json.decode(packed, type=kind)


def _box(account_id: AccountId, purpose: str) -> Fernet:
    message = f"zmartcharge-page-v1|{purpose}|{account_id}".encode()
    key = hmac.digest(secret_store.key(settings().one_time_code_secret_arn), message, "sha256")
    return Fernet(base64.urlsafe_b64encode(key))
