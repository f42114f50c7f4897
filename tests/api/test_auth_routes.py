"""Signing in over HTTP."""

import json
from typing import Any

import boto3
import pytest

from chalicelib.domain.sending_limits import Network, network_of
from chalicelib.services import sign_in
from tests import infra
from tests.api_client import ApiClient
from tests.identity import People


def latest_code(queue_url: str) -> str:
    found = boto3.client("sqs", region_name=infra.REGION).receive_message(QueueUrl=queue_url)
    return str(json.loads(found["Messages"][0]["Body"])["code"])


@pytest.mark.usefixtures("cognito")
def test_a_person_signs_in_and_accepts_the_terms(api: ApiClient, cloud: dict[str, str]) -> None:
    """From a phone number to an account that may be used, with nothing else given."""
    asked = api.post("/v1/auth/code", {"phone": "900 00 001"})
    assert (asked.status, asked.body["expires_in_s"], asked.body["resend_after_s"]) == (202, 300, 30)
    entry = {"challenge_id": asked.body["challenge_id"], "code": latest_code(cloud["SMS_QUEUE_URL"])}
    done = api.post("/v1/auth/token", entry)
    assert (done.status, done.body["new_account"]) == (200, True)
    token = done.body["access_token"]
    before = api.get("/v1/account", token=token)
    assert (before.body["phone"], before.body["terms_version"]) == ("+4790000001", None)
    assert api.get("/v1/sites", token=token).body["code"] == "terms_not_accepted"
    version = api.get("/v1/terms").body["version"]
    assert api.post("/v1/account/terms", {"version": version}, token=token).body["terms_version"] == version
    assert api.get("/v1/sites", token=token).body == {"sites": [], "next": None}


def test_known_and_unknown_numbers_get_the_same_answer(api: ApiClient, people: People) -> None:
    """Whether a number has an account shows neither in the status nor in the shape of the answer."""
    people.sign_in("+4790000001")
    replies = [api.post("/v1/auth/code", {"phone": phone}) for phone in ("+4790000001", "+4790000002")]
    shapes = [
        (reply.status, {name: type(value) for name, value in reply.body.items()}, len(reply.body["challenge_id"]))
        for reply in replies
    ]
    assert shapes[0] == shapes[1]
    assert shapes[0][0] == 202


def test_too_many_codes_are_answered_with_when_to_try_again(api: ApiClient) -> None:
    """429 with the seconds, in the body and in the header."""
    api.post("/v1/auth/code", {"phone": "+4790000001"})
    refused = api.post("/v1/auth/code", {"phone": "+4790000001"})
    assert (refused.status, refused.body["code"]) == (429, "too_many_requests")
    assert 0 < refused.body["retry_after_s"] <= 30
    assert refused.headers["retry-after"] == str(refused.body["retry_after_s"])


@pytest.mark.parametrize(
    ("path", "body", "code", "field"),
    [
        ("/v1/auth/code", {"phone": "22334455"}, "phone_not_accepted", "phone"),
        ("/v1/auth/code", {"phone": "9" * 33}, "invalid_input", "phone"),
        ("/v1/auth/code", {"phone": "+4790000001", "language": "en"}, "invalid_input", "language"),
        ("/v1/auth/token", {"challenge_id": "x", "code": "12345"}, "invalid_input", "code"),
        ("/v1/auth/token", {"challenge_id": "x", "code": "12345٦"}, "invalid_input", "code"),
        ("/v1/auth/token", {"challenge_id": "x", "code": "123456\n"}, "invalid_input", "code"),
        ("/v1/auth/refresh", {"refresh_token": ""}, "invalid_input", "refresh_token"),
    ],
)
def test_what_is_wrong_is_named(api: ApiClient, path: str, body: Any, code: str, field: str) -> None:
    """400 with a stable code and the field."""
    reply = api.post(path, body)
    assert (reply.status, reply.body["code"], reply.body.get("field", "")) == (400, code, field)


@pytest.mark.usefixtures("cognito")
def test_wrong_codes_and_dead_refresh_tokens_are_401(api: ApiClient) -> None:
    """Each with its own code, so that the app knows what to ask for."""
    wrong = api.post("/v1/auth/token", {"challenge_id": "made-up", "code": "123456"})
    dead = api.post("/v1/auth/refresh", {"refresh_token": "made-up"})
    assert (wrong.status, wrong.body["code"]) == (401, "code_not_valid")
    assert (dead.status, dead.body["code"]) == (401, "refresh_token_not_valid")


def test_only_who_is_signed_in_signs_out(api: ApiClient, people: People, cognito: Any) -> None:
    """Then a refresh token that is not known is as good as ended."""
    body = {"refresh_token": "made-up"}
    assert api.post("/v1/auth/logout", body).status == 401
    assert api.post("/v1/auth/logout", body, token=people.sign_in(terms=None).token).status == 204


def test_outdated_terms_cannot_be_accepted(api: ApiClient, people: People) -> None:
    """The version that was read must be the one in force."""
    person = people.sign_in(terms=None)
    reply = api.post("/v1/account/terms", {"version": "2020-01-01"}, token=person.token)
    assert (reply.status, reply.body["code"]) == (409, "terms_outdated")


def test_the_address_that_is_limited_is_the_one_that_called(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """What API Gateway saw counts; a header, which everybody can write, does not."""
    asked: list[str] = []

    def noted(source_ip: str) -> Network:
        asked.append(source_ip)
        return network_of(source_ip)

    monkeypatch.setattr(sign_in, "network_of", noted)
    headers = {"x-forwarded-for": "198.51.100.7", "forwarded": "for=198.51.100.7", "x-real-ip": "198.51.100.7"}
    assert api.post("/v1/auth/code", {"phone": "+4790000001"}, headers=headers).status == 202
    assert asked == ["192.0.2.1"]
