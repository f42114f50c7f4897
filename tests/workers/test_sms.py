"""Messages on their way from the queue to the phone."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from chalicelib.adapters import clock
from chalicelib.domain.one_time_codes import CodeMessage
from chalicelib.workers import sms
from tests import infra
from tests.api_client import LambdaContext


def record(message_id: str, body: str) -> dict[str, Any]:
    return {"messageId": message_id, "body": body, "eventSource": "aws:sqs", "receiptHandle": "r"}


def code_for(phone: str, lives_s: int = 300) -> str:
    expires_at = clock.real_now() + timedelta(seconds=lives_s)
    message = CodeMessage(phone=phone, code="012345", language="no", expires_at=expires_at)
    return msgspec.json.encode(message).decode()


def sent() -> list[tuple[str, str]]:
    messages = sns_backends[DEFAULT_ACCOUNT_ID][infra.REGION].sms_messages
    return [(phone, text) for phone, text, *_ in messages.values()]


@pytest.mark.usefixtures("cloud")
def test_a_code_reaches_the_phone_unless_it_has_expired() -> None:
    """An expired code is dropped, not sent: it would only confuse."""
    records = [record("1", code_for("+4790000001")), record("2", code_for("+4790000002", lives_s=0))]
    answer = sms.handle({"Records": records}, LambdaContext())
    assert answer == {"batchItemFailures": []}
    [(phone, text)] = sent()
    assert phone == "+4790000001"
    assert "012345" in text


@pytest.mark.usefixtures("cloud")
def test_only_the_message_that_failed_comes_again() -> None:
    """What cannot be read goes back to the queue, and from there to the dead letters; the others are done."""
    records = [record("1", "nonsense"), record("2", code_for("+4790000001"))]
    assert sms.handle({"Records": records}, LambdaContext()) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert len(sent()) == 1
