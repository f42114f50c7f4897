"""Access tokens of our Cognito pool, verified here: RS256 only, with the pool's published keys."""

import functools
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
import msgspec
import urllib3
from urllib3.exceptions import HTTPError

from chalicelib.domain.errors import DependencyDown, Unauthenticated
from chalicelib.domain.ids import AccountId
from chalicelib.settings import settings

REFETCH_AFTER: Final = timedelta(minutes=5)
_REFUSED = "the access token is not valid"
_REQUIRED = ["exp", "iat", "iss", "sub", "client_id", "token_use"]
_OUR_CHECKS = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}


class AccessToken(msgspec.Struct, frozen=True, kw_only=True):
    """What a verified token says: whose it is and when Cognito issued it."""

    account_id: AccountId
    issued_at: datetime


class KeySet:
    """The pool's public keys; an unknown key id is looked for again at most once in REFETCH_AFTER."""

    def __init__(self) -> None:
        self._keys: dict[str, Any] = {}
        self._fetched_at: datetime | None = None

    def find(self, key_id: str, now: datetime) -> Any:
        """The RSA key named `key_id`, or None; DependencyDown when the keys cannot be read."""
        is_due = self._fetched_at is None or now - self._fetched_at >= REFETCH_AFTER
        if key_id not in self._keys and is_due:
            self._keys = _fetch_keys()
            self._fetched_at = now
        return self._keys.get(key_id)


@functools.cache
def key_set() -> KeySet:
    """The keys of this execution environment."""
    return KeySet()


def issuer() -> str:
    """What Cognito writes into `iss`, wherever its keys are read."""
    return f"https://cognito-idp.{settings().aws_region}.amazonaws.com/{settings().user_pool_id}"


def verify(token: str, now: datetime) -> AccessToken:
    """What `token` says; Unauthenticated unless it is an unexpired access token of our client at real time `now`."""
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != "RS256":
            raise Unauthenticated(_REFUSED)
        key = key_set().find(str(header.get("kid")), now)
        if key is None:
            raise Unauthenticated(_REFUSED)
        options: Any = {"require": _REQUIRED, **_OUR_CHECKS}
        claims = jwt.decode(token, key, algorithms=["RS256"], issuer=issuer(), options=options)
        issued_at = datetime.fromtimestamp(claims["iat"], UTC)
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
    except (jwt.InvalidTokenError, TypeError, ValueError, OverflowError) as error:
        raise Unauthenticated(_REFUSED) from error
    is_ours = (claims["client_id"], claims["token_use"]) == (settings().user_pool_client_id, "access")
    if not is_ours or now >= expires_at:
        raise Unauthenticated(_REFUSED)
    return AccessToken(account_id=AccountId(claims["sub"]), issued_at=issued_at)


def _fetch_keys() -> dict[str, Any]:
    base = settings().jwks_base or f"https://cognito-idp.{settings().aws_region}.amazonaws.com"
    url = f"{base}/{settings().user_pool_id}/.well-known/jwks.json"
    try:
        answer = urllib3.request("GET", url, timeout=urllib3.Timeout(connect=2, read=3), retries=1)
        found = json.loads(answer.data)["keys"]
    except (HTTPError, ValueError, KeyError, TypeError) as error:
        raise DependencyDown("the keys of the sign-in service cannot be read") from error
    return {key["kid"]: jwt.PyJWK(key, "RS256").key for key in found if key.get("kty") == "RSA"}
