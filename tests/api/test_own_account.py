"""One's own account: profile, language, signing out everywhere."""

from datetime import timedelta
from typing import Any

import pytest
from moto.cognitoidp.exceptions import InvalidParameterException
from moto.cognitoidp.models import CognitoIdpBackend

from chalicelib.adapters import clock
from tests.api_client import ApiClient
from tests.identity import Mint, People
from tests.services.test_sign_in import PHONE, Phone


def test_a_profile_is_changed_field_by_field(api: ApiClient, people: People) -> None:
    """What is not named stays; null forgets; the answer is the account as it is then."""
    token = people.sign_in(PHONE, terms=None).token
    first = api.patch("/v1/account", {"name": "Kari Nordmann", "address": "Bryggen 1, Bergen"}, token=token)
    assert (first.status, first.body["name"], first.body["address"]) == (200, "Kari Nordmann", "Bryggen 1, Bergen")
    second = api.patch("/v1/account", {"address": None, "language": "en"}, token=token)
    assert (second.body["name"], second.body["address"], second.body["language"]) == ("Kari Nordmann", None, "en")
    assert api.patch("/v1/account", {}, token=token).body == second.body
    assert api.get("/v1/account", token=token).body == second.body
    assert second.body["phone"] == PHONE


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone": "+4790000009"}, "phone"),
        ({"terms_version": "2026-11-01"}, "terms_version"),
        ({"language": "sv"}, "language"),
        ({"language": None}, "language"),
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"address": "x" * 201}, "address"),
        ({"address": 7}, "address"),
    ],
)
def test_what_nobody_may_change_or_write_is_refused(
    api: ApiClient, people: People, change: dict[str, Any], field: str
) -> None:
    """The number is the account; nothing is changed by a request that is refused."""
    token = people.sign_in().token
    before = api.get("/v1/account", token=token).body
    reply = api.patch("/v1/account", change, token=token)
    assert (reply.status, reply.body.get("field", "")) == (400, field)
    assert api.get("/v1/account", token=token).body == before


@pytest.fixture
def phone(cognito: Any, cloud: dict[str, str]) -> Phone:
    return Phone(cloud["SMS_QUEUE_URL"], PHONE)


def signed_in(api: ApiClient, phone: Phone, *, after: timedelta = timedelta(0)) -> Any:
    """The tokens of one more phone with the same number."""
    challenge_id, code = phone.ask(clock.real_now() + after)
    return api.post("/v1/auth/token", {"challenge_id": challenge_id, "code": code}).body


def test_signing_out_everywhere_ends_every_sign_in_at_once(api: ApiClient, phone: Phone, mint: Mint) -> None:
    """The very next request with any older token is refused, and no refresh token of before works; a new one does."""
    here, there = signed_in(api, phone), signed_in(api, phone, after=timedelta(seconds=31))
    assert api.post("/v1/auth/logout-everywhere", token=here["access_token"]).status == 204
    assert [api.get("/v1/account", token=one["access_token"]).status for one in (here, there)] == [401, 401]
    dead = [api.post("/v1/auth/refresh", {"refresh_token": one["refresh_token"]}) for one in (here, there)]
    assert [(one.status, one.body["code"]) for one in dead] == [(401, "refresh_token_not_valid")] * 2
    later = int(clock.real_now().timestamp()) + 1
    account_id = people_id(here["access_token"])
    assert api.get("/v1/account", token=mint.token(account_id, iat=later)).status == 200


def test_a_deleted_account_gets_no_new_tokens(api: ApiClient, phone: Phone) -> None:
    """From the very next request on, though its user is in the pool until the erasure comes to it."""
    tokens = signed_in(api, phone)
    assert api.delete("/v1/account", token=tokens["access_token"]).status == 202
    dead = api.post("/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    assert (dead.status, dead.body["code"]) == (401, "refresh_token_not_valid")


def people_id(token: str) -> str:
    """Whose token it is."""
    import jwt

    return str(jwt.decode(token, options={"verify_signature": False})["sub"])


def test_it_can_be_repeated_when_cognito_does_not_answer(
    api: ApiClient, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outage in the middle must not lock the person out before the other sign-ins are ended."""
    tokens = signed_in(api, phone)

    def fail(*_: Any) -> None:
        raise InvalidParameterException("out of order")

    with monkeypatch.context() as broken:
        broken.setattr(CognitoIdpBackend, "admin_user_global_sign_out", fail)
        assert api.post("/v1/auth/logout-everywhere", token=tokens["access_token"]).status == 503
    assert api.post("/v1/auth/logout-everywhere", token=tokens["access_token"]).status == 204
    assert api.get("/v1/account", token=tokens["access_token"]).status == 401


def test_nobody_else_is_signed_out(api: ApiClient, people: People, cognito: Any) -> None:
    """It ends one's own sign-ins only; an account without a user in the pool has none there to end."""
    kari, ola = people.sign_in("+4790000001"), people.sign_in("+4790000002")
    assert api.post("/v1/auth/logout-everywhere", token=kari.token).status == 204
    assert api.get("/v1/account", token=ola.token).status == 200
