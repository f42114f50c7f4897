"""Messages to our own queues."""

from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.aws import client
from chalicelib.domain.errors import DependencyDown
from chalicelib.observability import present_trace

_AT_ONCE: Final = 10
HIDDEN_S: Final = 20


class Dropped(msgspec.Struct, frozen=True):
    """How many were deleted; whether none was hidden from us, by another look or by one whose answer was lost."""

    count: int
    saw_all: bool


def send(queue_url: str, message: msgspec.Struct, delay_s: int = 0) -> None:
    """Put `message` as JSON into the queue; it is delivered at least once, in any order, `delay_s` (to 900) later.

    The trace that this work belongs to goes along.
    """
    body = msgspec.json.encode(message).decode()
    delay = {"DelaySeconds": delay_s} if delay_s else {}
    try:
        client("sqs").send_message(QueueUrl=queue_url, MessageBody=body, **delay, **_traced())
    except (BotoCoreError, ClientError) as error:
        raise DependencyDown("the queue does not answer") from error


def _traced() -> dict[str, Any]:
    """The trace as an attribute of a message."""
    trace = present_trace()
    return {"MessageAttributes": {"trace": {"DataType": "String", "StringValue": trace}}} if trace else {}


def send_all(queue_url: str, messages: Sequence[tuple[msgspec.Struct, int]]) -> None:
    """Put many messages into the queue, ten a call, each so many seconds (to 900) later.

    DependencyDown when any of them was not taken; those before it may have been.
    """
    for first in range(0, len(messages), _AT_ONCE):
        entries = [
            {
                "Id": str(number),
                "MessageBody": msgspec.json.encode(message).decode(),
                "DelaySeconds": delay_s,
                **_traced(),
            }
            for number, (message, delay_s) in enumerate(messages[first : first + _AT_ONCE])
        ]
        try:
            answer = client("sqs").send_message_batch(QueueUrl=queue_url, Entries=entries)
        except (BotoCoreError, ClientError) as error:
            raise DependencyDown("the queue does not answer") from error
        if answer.get("Failed"):
            raise DependencyDown("the queue did not take a message")


def drop(queue_url: str, marks: Collection[str], most: int) -> Dropped:
    """Delete the messages that hold one of `marks` among the first `most` of a dead-letter queue.

    What is looked at is hidden for HIDDEN_S; do this to no queue that delivers, as each look counts as a delivery.
    """
    sqs, dropped, kept = client("sqs"), 0, 0
    try:
        for _ in range(0, most, _AT_ONCE):
            asked = {"MaxNumberOfMessages": _AT_ONCE, "VisibilityTimeout": HIDDEN_S}
            found = sqs.receive_message(QueueUrl=queue_url, **asked).get("Messages", [])
            for message in found:
                if any(mark in message["Body"] for mark in marks):
                    sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
                    dropped += 1
                else:
                    kept += 1
            if not found:
                break
        name = "ApproximateNumberOfMessagesNotVisible"
        known = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=[name])["Attributes"]
    except (BotoCoreError, ClientError) as error:
        raise DependencyDown("the queue does not answer") from error
    return Dropped(count=dropped, saw_all=int(known[name]) <= kept)
