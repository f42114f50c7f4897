"""Which access tokens count."""

import base64
import time
from datetime import timedelta
from typing import Any

import jwt
import pytest

from chalicelib.adapters import clock
from chalicelib.adapters.dynamo.accounts import AccountRow
from chalicelib.domain.errors import DependencyDown, Unauthenticated
from chalicelib.services.authentication import authenticate
from chalicelib.settings import settings
from tests.identity import Mint, People


def is_known(token: str) -> bool:
    try:
        authenticate(f"Bearer {token}", clock.real_now())
    except Unauthenticated:
        return False
    return True


def test_a_token_of_our_pool_tells_the_account(people: People) -> None:
    """The subject of the token is the key of the account."""
    person = people.sign_in("+4790000001")
    account = authenticate(f"Bearer {person.token}", clock.real_now())
    assert (account.account_id, account.phone) == (person.account_id, "+4790000001")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "Bearer a.b.c", "Bearer ......"])
def test_anything_else_than_a_token_is_refused(people: People, header: str | None) -> None:
    """A missing or malformed header is 401, whatever it holds."""
    with pytest.raises(Unauthenticated):
        authenticate(header, clock.real_now())


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param({"iss": "https://cognito-idp.eu-north-1.amazonaws.com/eu-north-1_other"}, id="another pool"),
        pytest.param({"client_id": "another"}, id="another client"),
        pytest.param({"token_use": "id"}, id="an id token"),
        pytest.param({"exp": None}, id="never expiring"),
        pytest.param({"iat": None}, id="of no time"),
        pytest.param({"sub": None}, id="of nobody"),
        pytest.param({"client_id": None}, id="of no client"),
        pytest.param({"exp": "soon"}, id="expiring in words"),
        pytest.param({"iat": 10**20}, id="issued beyond the calendar"),
        pytest.param({"sub": "somebody-unknown"}, id="of an account that is gone"),
    ],
)
def test_a_token_with_another_claim_is_refused(people: People, mint: Mint, claim: dict[str, Any]) -> None:
    """Every claim that we rely on is looked at."""
    person = people.sign_in()
    assert is_known(mint.token(person.account_id))
    assert not is_known(mint.token(person.account_id, **claim))


def test_a_token_is_refused_at_its_last_instant(people: People, mint: Mint) -> None:
    """Tokens are half-open in real time, whatever the product's clock says."""
    person, now = people.sign_in(), clock.real_now()
    token = mint.token(person.account_id, exp=int(time.time()) + 900)
    expires_at = jwt.decode(token, options={"verify_signature": False})["exp"]
    last = now + timedelta(seconds=expires_at - now.timestamp())
    assert authenticate(f"Bearer {token}", last - timedelta(seconds=1)).account_id == person.account_id
    with pytest.raises(Unauthenticated):
        authenticate(f"Bearer {token}", last)


def test_only_rs256_with_a_key_of_the_pool_counts(people: People, mint: Mint) -> None:
    """No algorithm, a symmetric one keyed with the public key, a stranger's key, a broken signature: all refused."""
    person = people.sign_in()
    good = mint.token(person.account_id)
    claims = jwt.decode(good, options={"verify_signature": False})
    head, body, signature = good.split(".")
    public = str(mint.public_keys()[0]["n"])
    none = base64.urlsafe_b64encode(b'{"alg":"none","kid":"test"}').rstrip(b"=").decode()
    forged = [
        f"{none}.{body}.",
        jwt.encode(claims, public, algorithm="HS256", headers={"kid": "test"}),
        jwt.encode(claims, mint.key, algorithm="RS512", headers={"kid": "test"}),
        jwt.encode(claims, Mint().key, algorithm="RS256", headers={"kid": "test"}),
        f"{head}.{body}.{signature[:-8]}AAAAAAAA",
    ]
    assert is_known(good)
    assert [is_known(token) for token in forged] == [False] * len(forged)


def test_signing_out_everywhere_ends_older_tokens(people: People, mint: Mint) -> None:
    """The account is read on every call: tokens of before are dead at once, later ones live."""
    person, now = people.sign_in(), clock.real_now()
    AccountRow(person.account_id).update(actions=[AccountRow.signed_out_at.set(now)])
    assert not is_known(mint.token(person.account_id, iat=int(now.timestamp()) - 1))
    assert is_known(mint.token(person.account_id, iat=int(now.timestamp()) + 1))


def test_unknown_keys_are_looked_for_once_in_five_minutes(people: People, mint: Mint) -> None:
    """Forged key ids cannot make us read the key set again and again; a real new key is found after 5 minutes."""
    person, now = people.sign_in(), clock.real_now()
    forged = mint.token(person.account_id, headers={"kid": "forged"})
    for seconds in (0, 1, 299, 300):
        with pytest.raises(Unauthenticated):
            authenticate(f"Bearer {forged}", now + timedelta(seconds=seconds))
    assert people.key_server.reads == 2


def test_unreadable_keys_are_an_outage(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told that a token is bad when it could not be checked."""
    person = people.sign_in()
    monkeypatch.setenv("JWKS_BASE", "http://127.0.0.1:1")
    settings.cache_clear()
    with pytest.raises(DependencyDown):
        authenticate(f"Bearer {person.token}", clock.real_now())
