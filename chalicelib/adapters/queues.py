"""Messages to our own queues."""

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.aws import client
from chalicelib.domain.errors import DependencyDown


def send(queue_url: str, message: msgspec.Struct) -> None:
    """Put `message` as JSON into the queue; it is delivered at least once, in any order."""
    try:
        client("sqs").send_message(QueueUrl=queue_url, MessageBody=msgspec.json.encode(message).decode())
    except (BotoCoreError, ClientError) as error:
        raise DependencyDown("the queue does not answer") from error
