"""Notifications in tests: the queue worked off in process, and platform applications of SNS to push to."""

import json
from typing import Any

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from chalicelib.settings import settings
from chalicelib.workers import push_notifications
from tests import infra
from tests.api_client import LambdaContext
from tests.energy_cloud import event

PUSH_REGION = "eu-central-1"
"""Not the product's own: not every region of SNS has mobile push."""


def waiting() -> list[str]:
    """The messages in the queue, which is empty afterwards."""
    sqs, bodies = boto3.client("sqs", region_name=infra.REGION), []
    queue = settings().notification_queue_url
    while found := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
        for message in found:
            bodies.append(str(message["Body"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def deliver(*bodies: str) -> list[int]:
    """Hand messages to the worker; the numbers of those that are to come again."""
    if not bodies:
        return []
    answer = push_notifications.handle(event(*bodies), LambdaContext())
    return [int(one["itemIdentifier"]) for one in answer["batchItemFailures"]]


def work_off() -> None:
    """Everything that waits reaches inbox and phones."""
    assert deliver(*waiting()) == []


class Platforms:
    """Apple's and Google's, as SNS knows them."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.sns = boto3.client("sns", region_name=PUSH_REGION)
        for platform, variable in (("APNS", "APNS_APPLICATION_ARN"), ("GCM", "FCM_APPLICATION_ARN")):
            made = self.sns.create_platform_application(Name="zmartcharge", Platform=platform, Attributes={})
            patch.setenv(variable, made["PlatformApplicationArn"])
        settings.cache_clear()

    @property
    def backend(self) -> Any:
        """What moto keeps."""
        return sns_backends[DEFAULT_ACCOUNT_ID][PUSH_REGION]

    def sent_to(self, token: str) -> list[Any]:
        """Every message that reached this phone, in order."""
        return [
            json.loads(message)
            for endpoint in self.backend.platform_endpoints.values()
            if endpoint.token == token
            for message in endpoint.messages.values()
        ]

    def disable(self, token: str) -> None:
        """The app is gone from the phone, and Apple or Google have said so."""
        for endpoint in self.backend.platform_endpoints.values():
            if endpoint.token == token:
                self.sns.set_endpoint_attributes(EndpointArn=endpoint.arn, Attributes={"Enabled": "false"})

    def known(self) -> set[str]:
        """The tokens that SNS knows."""
        return {endpoint.token for endpoint in self.backend.platform_endpoints.values()}
