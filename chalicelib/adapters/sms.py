"""Text messages through SNS."""

from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.aws import client
from chalicelib.domain.errors import DependencyDown

SENDER: Final = "ZmartCharge"
_ATTRIBUTES: Final = {
    "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"},
    "AWS.SNS.SMS.SenderID": {"DataType": "String", "StringValue": SENDER},
}


def send(phone: str, text: str) -> None:
    """Send `text` to `phone` (E.164); DependencyDown when it may be tried again."""
    try:
        client("sns").publish(PhoneNumber=phone, Message=text, MessageAttributes=_ATTRIBUTES)
    except (BotoCoreError, ClientError) as error:
        raise DependencyDown("messages cannot be sent") from error
