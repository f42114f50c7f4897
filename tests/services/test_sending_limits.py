"""What stops text messages beside the number's own limits: networks, the budget, wrong codes in a row."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from chalicelib.adapters import clock, code_seal
from chalicelib.adapters.dynamo import sending_limits
from chalicelib.domain.errors import TooManyRequests
from chalicelib.domain.one_time_codes import CodeMessage, CodeNotValid
from chalicelib.domain.sending_limits import SmsBudgetSpent
from chalicelib.services import messages, sign_in
from chalicelib.services.sign_in import CodeSent
from chalicelib.settings import settings
from tests import infra
from tests.services.test_sign_in import PHONE, Phone, wrong

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def number(index: int) -> str:
    return f"+47900{index:05d}"


def ask(index: int, source_ip: str = "192.0.2.1", now: datetime = NOW) -> CodeSent:
    return sign_in.request_code(number(index), "no", source_ip, now)


def is_refused(index: int, source_ip: str, now: datetime = NOW) -> bool:
    try:
        ask(index, source_ip, now)
    except TooManyRequests:
        return True
    return False


def budget(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setenv("SMS_BUDGET_PER_DAY", str(most))
    settings.cache_clear()


@pytest.fixture
def phone(cognito: Any, cloud: dict[str, str]) -> Phone:
    return Phone(cloud["SMS_QUEUE_URL"], PHONE)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Any:
    """How often each metric was counted since it was last asked."""

    def read() -> dict[str, int]:
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
        names = [metric["Name"] for line in lines for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
        return {name: names.count(name) for name in names}

    return read


@pytest.mark.usefixtures("cloud")
def test_an_ipv6_network_gets_twenty_codes_an_hour(told: Any) -> None:
    """All addresses of a /64 together, strictly in any hour; another /64 has its own, and time gives them back."""
    for index in range(20):
        ask(index, f"2001:db8::{index + 1:x}", NOW + timedelta(minutes=index))
    assert is_refused(20, "2001:db8::ffff", NOW + HOUR - timedelta(seconds=1))
    assert not is_refused(21, "2001:db8:0:1::1", NOW + HOUR - timedelta(seconds=1))
    assert not is_refused(22, "2001:db8::ffff", NOW + HOUR)
    assert is_refused(23, "2001:db8::ffff", NOW + HOUR)
    assert told() == {"CodeSent": 22, "CodeRefusedToNetwork": 2}


@pytest.mark.usefixtures("cloud")
def test_an_ipv4_address_gets_two_hundred_codes_an_hour() -> None:
    """A carrier's customers share it; the next one is told when to come back."""
    asked = sending_limits.Asked((NOW,) * 198, version=0)
    assert sending_limits.add_to_network(code_seal.network_key("192.0.2.1"), asked, NOW)
    ask(199)
    with pytest.raises(TooManyRequests) as refused:
        ask(200, now=NOW + timedelta(minutes=10))
    assert refused.value.retry_after_s == 3000


@pytest.mark.usefixtures("cloud")
def test_a_crowd_behind_one_address_gets_no_more_than_its_limit() -> None:
    """Requests at the same moment are counted one after the other."""
    for index in range(15):
        ask(index, "2001:db8::1")
    with ThreadPoolExecutor(8) as crowd:
        refused = list(crowd.map(lambda index: is_refused(index, "2001:db8::1"), range(15, 31)))
    assert refused.count(False) <= 5
    while not is_refused(40 + refused.count(False), "2001:db8::1"):
        refused.append(False)
    assert refused.count(False) == 5


def test_no_address_is_stored(cloud: dict[str, str], dynamodb: Any) -> None:
    """Networks are keyed hashes, and gone an hour after they were last heard of."""
    ask(1, "198.51.100.77")
    rows = dynamodb.scan(TableName=cloud["SENDING_LIMITS_TABLE"])["Items"]
    assert "198.51.100" not in json.dumps(rows)
    [network] = [row for row in rows if row["name"]["S"].startswith("network#")]
    assert int(network["expires_at"]["N"]) == int((NOW + HOUR).timestamp())


@pytest.mark.usefixtures("cloud")
def test_the_budget_stops_sending_until_midnight_utc(told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one message more than the budget, whoever asks; the answer says when the next day begins."""
    budget(monkeypatch, 2)
    ask(1)
    ask(2)
    with pytest.raises(SmsBudgetSpent) as refused:
        ask(3)
    assert refused.value.retry_after_s == 12 * 3600
    assert not is_refused(4, "192.0.2.1", NOW + timedelta(hours=12))
    assert told() == {"CodeSent": 3, "SmsBudgetSpent": 1}


def test_of_a_crowd_the_budget_lets_as_many_through_as_it_has(
    cloud: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The budget is taken atomically before the message is written."""
    budget(monkeypatch, 5)

    def is_sent(index: int) -> bool:
        try:
            ask(index, f"192.0.2.{index}")
        except SmsBudgetSpent:
            return False
        return True

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(is_sent, range(1, 17))) == 5
    sqs = boto3.client("sqs", region_name=infra.REGION)
    waiting = sqs.get_queue_attributes(QueueUrl=cloud["SMS_QUEUE_URL"], AttributeNames=["All"])["Attributes"]
    assert waiting["ApproximateNumberOfMessages"] == "5"


@pytest.mark.usefixtures("cloud")
def test_no_budget_means_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Zero switches new sign-ins off."""
    budget(monkeypatch, 0)
    with pytest.raises(SmsBudgetSpent):
        ask(1)


def test_a_spent_budget_leaves_those_alone_who_are_signed_in(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """A code that came before still works, and tokens are refreshed."""
    entry = phone.ask(NOW)
    budget(monkeypatch, 1)
    with pytest.raises(SmsBudgetSpent):
        ask(9)
    tokens = sign_in.exchange_code(*entry, "no", NOW).tokens
    assert sign_in.refresh(tokens.refresh_token, clock.real_now()).access_token


@pytest.mark.usefixtures("cloud")
def test_codes_that_do_not_come_back_are_told(told: Any) -> None:
    """From the fiftieth in an hour on; a new hour is judged anew."""
    for index in range(50):
        ask(index)
    assert told() == {"CodeSent": 50, "CodeConversionLow": 1}
    ask(50, now=NOW + HOUR)
    assert told() == {"CodeSent": 1}


def test_wrong_and_right_codes_are_counted(phone: Phone, told: Any) -> None:
    """Spraying shows in the sum only."""
    challenge_id, code = phone.ask(NOW)
    with pytest.raises(CodeNotValid):
        sign_in.exchange_code(challenge_id, wrong(code), "no", NOW)
    sign_in.exchange_code(challenge_id, code, "no", NOW)
    assert told() == {"CodeSent": 1, "CodeWrong": 1, "CodeUsed": 1}


class Attacker:
    """Somebody who guesses the codes of one number, a code every four hours."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.now = NOW

    def fail(self, times: int) -> None:
        """Enter so many wrong codes, five for each challenge at most."""
        while times > 0:
            self.now += timedelta(hours=4)
            challenge_id, code = self.phone.ask(self.now)
            for _ in range(min(5, times)):
                with pytest.raises(CodeNotValid):
                    sign_in.exchange_code(challenge_id, wrong(code), "no", self.now)
            times -= 5

    def is_let_in(self) -> bool:
        """Whether a new code, four hours later, is sent and works."""
        self.now += timedelta(hours=4)
        sent = sign_in.request_code(PHONE, "no", "192.0.2.9", self.now)
        sqs = boto3.client("sqs", region_name=infra.REGION)
        [found] = sqs.receive_message(QueueUrl=self.phone.queue_url)["Messages"]
        sqs.delete_message(QueueUrl=self.phone.queue_url, ReceiptHandle=found["ReceiptHandle"])
        message = json.loads(found["Body"])
        try:
            sign_in.exchange_code(sent.challenge_id, message["code"], "no", self.now)
        except CodeNotValid:
            return False
        assert not message["withheld"]
        return True


def test_twenty_wrong_codes_in_a_row_are_a_day_s_pause(phone: Phone) -> None:
    """New challenges do not begin a new count; in the pause even the right code is refused."""
    attacker = Attacker(phone)
    attacker.fail(20)
    assert [attacker.is_let_in() for _ in range(6)] == [False, False, False, False, False, True]


def test_a_right_code_begins_a_new_count(phone: Phone) -> None:
    """Nineteen wrong ones, a right one, nineteen wrong ones: no pause."""
    attacker = Attacker(phone)
    attacker.fail(19)
    assert attacker.is_let_in()
    attacker.fail(19)
    assert attacker.is_let_in()


def test_the_pause_begins_within_a_challenge(phone: Phone) -> None:
    """Of the tries of the last challenge none is left once the twentieth failure was among them."""
    attacker = Attacker(phone)
    attacker.fail(18)
    attacker.now += timedelta(hours=4)
    challenge_id, code = phone.ask(attacker.now)
    for guess in (wrong(code), wrong(code), code):
        with pytest.raises(CodeNotValid):
            sign_in.exchange_code(challenge_id, guess, "no", attacker.now)


@pytest.mark.usefixtures("cloud")
def test_a_withheld_message_is_never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends at the end of the queue."""
    message = CodeMessage(phone=PHONE, code="012345", language="no", expires_at=NOW + HOUR, withheld=True)
    monkeypatch.setattr("chalicelib.adapters.sms.send", pytest.fail)
    assert messages.send_code(message, NOW) is False
