"""Who asks for a code learns nothing about a number: not from the answer, and not from the work that it took."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.client import BaseClient
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from chalicelib.adapters import clock, code_seal
from chalicelib.adapters.dynamo.accounts import AccountRow
from chalicelib.adapters.dynamo.challenges import ChallengeRow
from chalicelib.services import erasure
from tests import infra
from tests.api_client import ApiClient, Reply
from tests.identity import People

NUMBERS = {
    "unknown": "+4790000001",
    "known": "+4790000002",
    "gone": "+4790000003",
    "paused": "+4790000004",
    "deleting": "+4790000005",
}


def make(people: People, cognito: Any, pool_id: str) -> None:
    """Make one number of each kind."""
    people.sign_in(NUMBERS["known"])
    gone = people.account(NUMBERS["gone"])
    deleting = people.account(NUMBERS["deleting"])
    for kind in ("known", "gone", "deleting"):
        cognito.admin_create_user(UserPoolId=pool_id, Username=NUMBERS[kind], MessageAction="SUPPRESS")
    AccountRow(gone.account_id).delete()
    erasure.delete_account(deleting, clock.now(), clock.real_now())
    failed_at = clock.real_now() - timedelta(hours=2)
    ChallengeRow(
        code_seal.number_key(NUMBERS["paused"]),
        tries_left=0,
        code_expires_at_s=failed_at.timestamp(),
        sent_at_s={failed_at.timestamp()},
        sendings=4,
        failures=20,
        failures_allowed=20,
        failed_at_s=failed_at.timestamp(),
        expires_at=datetime.now(UTC) + timedelta(days=1),
    ).save()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every call to AWS from now on: the operation and the shape of what it was told."""
    noticed: list[Any] = []
    call: Any = BaseClient._make_api_call  # type: ignore[attr-defined]  # not in the stubs

    def noted(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        noticed.append((operation, shape(parameters)))
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", noted)
    return noticed


def shape(value: Any) -> Any:
    """Names, kinds and lengths of texts, without what they say; of a list, the kinds of what is in it."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items() if name != "NS"}
    if isinstance(value, list):
        return sorted({repr(shape(inner)) for inner in value})
    return (type(value).__name__, len(value) if isinstance(value, str) and not value.replace(".", "").isdigit() else 0)


def test_every_kind_of_number_gets_the_same_answer_by_the_same_calls(
    api: ApiClient, people: People, cognito: Any, cloud: dict[str, str], calls: list[Any]
) -> None:
    """Status, headers, keys, kinds and lengths of the answer, and each call to AWS with the shape of its request."""
    make(people, cognito, cloud["USER_POOL_ID"])
    api.post("/v1/auth/code", {"phone": "+4790000009"})  # what is read once per execution environment
    found = {}
    for kind, phone in NUMBERS.items():
        calls.clear()
        found[kind] = seen(api.post("/v1/auth/code", {"phone": phone}), calls)
    assert found["unknown"][0] == 202
    assert "SendMessage" in [operation for operation, _ in found["unknown"][3]]
    assert found == dict.fromkeys(NUMBERS, found["unknown"])


def test_a_wrong_code_is_refused_alike(
    api: ApiClient, people: People, cognito: Any, cloud: dict[str, str], calls: list[Any]
) -> None:
    """By the same answer and the same calls: whoever enters codes learns no more than whoever asks for them.

    The user pool is not asked: that comes after the right code only.
    """
    make(people, cognito, cloud["USER_POOL_ID"])
    found = {}
    for kind, phone in NUMBERS.items():
        challenge_id = api.post("/v1/auth/code", {"phone": phone}).body["challenge_id"]
        wrong = "000000" if newest_code(cloud["SMS_QUEUE_URL"]) != "000000" else "000001"
        calls.clear()
        reply = api.post("/v1/auth/token", {"challenge_id": challenge_id, "code": wrong})
        found[kind] = (*seen(reply, calls), reply.body["code"])
    assert found == dict.fromkeys(NUMBERS, found["unknown"])
    assert (found["unknown"][0], found["unknown"][4]) == (401, "code_not_valid")
    assert [operation for operation, _ in found["unknown"][3]] == ["UpdateItem"]


def newest_code(queue_url: str) -> str:
    """The code in the last message of the queue."""
    queue = sqs_backends[DEFAULT_ACCOUNT_ID][infra.REGION].queues[queue_url.rsplit("/", 1)[1]]
    return str(json.loads(queue._messages[-1].body)["code"])


def seen(reply: Reply, calls: list[Any]) -> tuple[Any, ...]:
    """What can be told from outside: the answer's shape, and the work that it took, call by call.

    Of a message the length is left out: test_messages_of_every_kind_of_number_look_the_same_in_the_queue looks at it.
    """
    work = [(operation, {name: told[name] for name in told if name != "MessageBody"}) for operation, told in calls]
    return reply.status, sorted(reply.headers), shape(reply.body), work


def test_messages_of_every_kind_of_number_look_the_same_in_the_queue(
    api: ApiClient, people: People, cognito: Any, cloud: dict[str, str], calls: list[Any]
) -> None:
    """The one that is withheld differs in one word only, which nobody outside can see."""
    make(people, cognito, cloud["USER_POOL_ID"])
    calls.clear()
    for phone in NUMBERS.values():
        api.post("/v1/auth/code", {"phone": phone})
    sizes = [told["MessageBody"][1] for operation, told in calls if operation == "SendMessage"]
    assert len(sizes) == len(NUMBERS)
    assert max(sizes) - min(sizes) <= 1


def test_the_second_request_is_refused_alike(
    api: ApiClient, people: People, cognito: Any, cloud: dict[str, str]
) -> None:
    """The pause between two codes is that of the number's sendings, whatever else is known of it."""
    make(people, cognito, cloud["USER_POOL_ID"])
    found = {}
    for kind, phone in NUMBERS.items():
        api.post("/v1/auth/code", {"phone": phone})
        reply = api.post("/v1/auth/code", {"phone": phone})
        found[kind] = (reply.status, reply.body["code"], sorted(reply.body), sorted(reply.headers))
    assert found == dict.fromkeys(NUMBERS, found["unknown"])
    assert found["unknown"][:2] == (429, "too_many_requests")
