"""The function that makes files of a month: called, and waited for."""

import msgspec

from chalicelib.adapters.aws import client
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.report_orders import ReportOrder
from chalicelib.settings import settings


class MadeReport(msgspec.Struct, frozen=True):
    """What the function answers; `content` is base64 on the way."""

    content: bytes


def make(order: ReportOrder) -> bytes:
    """The file; it may be asked for again. DependencyDown when the function does not answer or fails."""
    from botocore.exceptions import BotoCoreError, ClientError

    payload = msgspec.json.encode(order)
    try:
        answer = client("lambda").invoke(FunctionName=settings().report_function, Payload=payload)
        told: bytes = answer["Payload"].read()
    except (BotoCoreError, ClientError) as error:
        raise DependencyDown("reports cannot be made at the moment") from error
    if answer.get("FunctionError"):
        raise DependencyDown("the report could not be made")
    return msgspec.json.decode(told, type=MadeReport).content
