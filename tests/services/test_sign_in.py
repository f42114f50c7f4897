"""Signing in with a code by text message."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from chalicelib.adapters import clock, code_seal
from chalicelib.adapters.cognito import RefreshTokenNotValid
from chalicelib.adapters.dynamo import accounts
from chalicelib.domain.errors import TooManyRequests
from chalicelib.domain.ids import AccountId
from chalicelib.domain.one_time_codes import CodeNotValid
from chalicelib.services import sign_in
from chalicelib.services.authentication import authenticate
from tests import infra

PHONE, IP = "+4790000001", "192.0.2.1"
NOW = clock.real_now()


def sent_messages(queue_url: str) -> list[dict[str, Any]]:
    """What waits in the queue, taken out."""
    sqs = boto3.client("sqs", region_name=infra.REGION)
    found = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages", [])
    for message in found:
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in found]


class Phone:
    """A phone with our app: asks for codes and reads messages."""

    def __init__(self, queue_url: str, number: str) -> None:
        self.queue_url = queue_url
        self.number = number

    def ask(self, now: datetime = NOW) -> tuple[str, str]:
        """(challenge id, code) of a new code."""
        sent = sign_in.request_code(self.number, "no", IP, now)
        [message] = sent_messages(self.queue_url)
        assert message["phone"] == PHONE
        return sent.challenge_id, message["code"]


@pytest.fixture
def phone(cognito: Any, cloud: dict[str, str]) -> Phone:
    return Phone(cloud["SMS_QUEUE_URL"], PHONE)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_the_first_right_code_makes_the_account(phone: Phone) -> None:
    """The token that comes back is good for our API and names an account with this number."""
    challenge_id, code = phone.ask()
    done = sign_in.exchange_code(challenge_id, code, "en", NOW)
    account = authenticate(f"Bearer {done.tokens.access_token}", clock.real_now())
    assert done.new_account
    assert (account.phone, account.language, account.terms_version) == (PHONE, "en", None)


def test_the_second_sign_in_finds_the_same_account(phone: Phone) -> None:
    """Another spelling of the number, another day: one account, and what it was stays."""
    first = sign_in.exchange_code(*phone.ask(), "en", NOW)
    later = NOW + timedelta(days=2)
    phone.number = "900 00 001"
    second = sign_in.exchange_code(*phone.ask(later), "no", later)
    known = [authenticate(f"Bearer {done.tokens.access_token}", clock.real_now()) for done in (first, second)]
    assert known[0] == known[1]
    assert (first.new_account, second.new_account) == (True, False)


def test_nothing_about_a_person_is_made_before_the_right_code(
    phone: Phone, cognito: Any, cloud: dict[str, str]
) -> None:
    """Asking for a code, and guessing wrong, leaves neither a user nor an account."""
    challenge_id, code = phone.ask()
    with pytest.raises(CodeNotValid):
        sign_in.exchange_code(challenge_id, wrong(code), "no", NOW)
    assert cognito.list_users(UserPoolId=cloud["USER_POOL_ID"])["Users"] == []
    assert accounts.find(AccountId(PHONE)) is None


def test_five_wrong_codes_kill_the_right_one(phone: Phone) -> None:
    """After five tries even the right code is refused; after four it is not."""
    challenge_id, code = phone.ask()
    for _ in range(5):
        with pytest.raises(CodeNotValid):
            sign_in.exchange_code(challenge_id, wrong(code), "no", NOW)
    with pytest.raises(CodeNotValid):
        sign_in.exchange_code(challenge_id, code, "no", NOW)
    challenge_id, code = phone.ask(NOW + timedelta(minutes=1))
    for _ in range(4):
        with pytest.raises(CodeNotValid):
            sign_in.exchange_code(challenge_id, wrong(code), "no", NOW)
    assert sign_in.exchange_code(challenge_id, code, "no", NOW).new_account


def test_a_crowd_of_guesses_has_five_tries_together(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """The try is taken away before the code is compared, so guessing in parallel wins nothing."""
    compared = []

    def is_same(one: str, other: str) -> bool:
        compared.append(other)
        return one == other

    monkeypatch.setattr(code_seal, "is_same", is_same)
    challenge_id, code = phone.ask()

    def guess(_: int) -> bool:
        with pytest.raises(CodeNotValid):
            sign_in.exchange_code(challenge_id, wrong(code), "no", NOW)
        return True

    with ThreadPoolExecutor(8) as crowd:
        assert all(crowd.map(guess, range(24)))
    assert len(compared) == 5


def test_a_code_works_once(phone: Phone) -> None:
    """The same code a second time is refused."""
    challenge_id, code = phone.ask()
    sign_in.exchange_code(challenge_id, code, "no", NOW)
    with pytest.raises(CodeNotValid):
        sign_in.exchange_code(challenge_id, code, "no", NOW)


def test_of_many_right_answers_at_once_one_wins(phone: Phone) -> None:
    """Single use holds against parallel requests too."""
    challenge_id, code = phone.ask()

    def enter(_: int) -> bool:
        try:
            sign_in.exchange_code(challenge_id, code, "no", NOW)
        except CodeNotValid:
            return False
        return True

    with ThreadPoolExecutor(4) as crowd:
        assert sum(crowd.map(enter, range(4))) == 1


def test_a_code_dies_at_300_seconds(phone: Phone) -> None:
    """Its life is half-open."""
    challenge_id, code = phone.ask()
    with pytest.raises(CodeNotValid):
        sign_in.exchange_code(challenge_id, code, "no", NOW + timedelta(seconds=300))
    assert sign_in.exchange_code(challenge_id, code, "no", NOW + timedelta(seconds=299)).new_account


def test_a_new_code_kills_the_old_one(phone: Phone) -> None:
    """Only the newest challenge of a number is alive."""
    old_id, old_code = phone.ask()
    new_id, new_code = phone.ask(NOW + timedelta(seconds=30))
    with pytest.raises(CodeNotValid):
        sign_in.exchange_code(old_id, old_code, "no", NOW + timedelta(seconds=31))
    assert sign_in.exchange_code(new_id, new_code, "no", NOW + timedelta(seconds=31)).new_account


def test_a_challenge_id_cannot_be_made_up(phone: Phone) -> None:
    """An id that we did not make opens nothing, whatever the code."""
    challenge_id, code = phone.ask()
    changed = challenge_id[:-2] + ("AA" if challenge_id[-2:] != "AA" else "BB")
    for made_up in (changed, challenge_id[1:], "x", "gAAAA" * 30, "é" * 40, "A" * 401):
        with pytest.raises(CodeNotValid):
            sign_in.exchange_code(made_up, code, "no", NOW)


def test_sendings_are_limited_for_every_spelling_together(phone: Phone) -> None:
    """The limit belongs to the number: another spelling does not begin a new count."""
    phone.ask()
    with pytest.raises(TooManyRequests) as refused:
        sign_in.request_code("900 00 001", "no", IP, NOW + timedelta(seconds=10))
    assert refused.value.retry_after_s == 20


def test_of_many_requests_at_once_one_is_sent(phone: Phone) -> None:
    """Parallel requests for one number send one message; the others are told to wait."""

    def ask(_: int) -> bool:
        try:
            sign_in.request_code(PHONE, "no", IP, NOW)
        except TooManyRequests:
            return False
        return True

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(ask, range(8))) == 1
    assert len(sent_messages(phone.queue_url)) == 1


def test_neither_number_nor_code_is_stored(phone: Phone, dynamodb: Any, cloud: dict[str, str]) -> None:
    """Whoever reads the table of challenges learns neither; the challenge id tells the number to nobody but us."""
    challenge_id, code = phone.ask()
    stored = json.dumps(dynamodb.scan(TableName=cloud["CHALLENGES_TABLE"])["Items"])
    assert "number_key" in stored
    assert PHONE[3:] not in stored
    assert f'"{code}"' not in stored
    assert PHONE[3:] not in challenge_id


def test_a_refresh_token_is_replaced_by_each_use(phone: Phone) -> None:
    """The new tokens work; the refresh token that was used is dead."""
    tokens = sign_in.exchange_code(*phone.ask(), "no", NOW).tokens
    fresh = sign_in.refresh(tokens.refresh_token, clock.real_now())
    assert authenticate(f"Bearer {fresh.access_token}", clock.real_now()).phone == PHONE
    assert fresh.refresh_token != tokens.refresh_token
    with pytest.raises(RefreshTokenNotValid):
        sign_in.refresh(tokens.refresh_token, clock.real_now())


def test_signing_out_ends_the_refresh_token(phone: Phone) -> None:
    """Nothing can be refreshed after it; signing out again, or with nonsense, changes nothing."""
    tokens = sign_in.exchange_code(*phone.ask(), "no", NOW).tokens
    for token in (tokens.refresh_token, tokens.refresh_token, "nonsense"):
        sign_in.sign_out(token)
    with pytest.raises(RefreshTokenNotValid):
        sign_in.refresh(tokens.refresh_token, clock.real_now())


def test_a_half_made_user_is_completed(phone: Phone, cognito: Any, cloud: dict[str, str]) -> None:
    """A crash between making the user and giving it a password does not lock the person out."""
    cognito.admin_create_user(UserPoolId=cloud["USER_POOL_ID"], Username=PHONE, MessageAction="SUPPRESS")
    done = sign_in.exchange_code(*phone.ask(), "no", NOW)
    [user] = cognito.list_users(UserPoolId=cloud["USER_POOL_ID"])["Users"]
    assert user["UserStatus"] == "CONFIRMED"
    assert authenticate(f"Bearer {done.tokens.access_token}", clock.real_now()).phone == PHONE
