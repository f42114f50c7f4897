"""Push to phones by way of SNS, Apple (APNs) and Google (FCM); to the log where no platform application is configured.

What leaves us is the name of a charger or site, one sentence, and an opaque tag. The tag is the event's: if the same
push is sent twice because an answer was lost, the phone shows it once (apns-collapse-id, Android's notification tag).
"""

import json
import re
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.aws import client
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.notifications import Words
from chalicelib.domain.push_tokens import Platform, PushToken
from chalicelib.observability import log
from chalicelib.settings import settings

_GONE: Final = frozenset({"EndpointDisabled", "EndpointDisabledException", "NotFound", "NotFoundException"})
_REFUSED: Final = frozenset({"InvalidParameter", "InvalidParameterException", "InvalidParameterValue"})
_KNOWN_ALREADY: Final = re.compile(r"Endpoint (arn:aws[\w-]*:sns:\S+) already exists")
_LIFE_S: Final = 6 * 3600


class PhoneGone(Exception):  # noqa: N818 - it reads as the fact it states
    """Nobody can be reached by this token any more."""


class Channel(Protocol):
    """A way to the phones of one platform."""

    def register(self, phone: PushToken) -> str | None:
        """The name by which the way knows the phone, None when it needs none; PhoneGone, DependencyDown."""

    def send(self, endpoint_arn: str | None, words: Words, tag: str) -> None:
        """Send; what has the same tag takes the place of what was sent before. PhoneGone, DependencyDown."""


def channel_of(platform: Platform) -> Channel:
    """The way to the phones of `platform`, as the template has configured it."""
    arns = {"apns": settings().apns_application_arn, "fcm": settings().fcm_application_arn}
    return SnsChannel(arns[platform]) if arns[platform] else LogChannel(platform)


def forget(endpoint_arn: str) -> None:
    """Have SNS forget a phone; nothing when it is forgotten. DependencyDown when it may still be known."""
    try:
        _sns(endpoint_arn).delete_endpoint(EndpointArn=endpoint_arn)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE | _REFUSED:
            raise DependencyDown("phones cannot be forgotten") from error
    except BotoCoreError as error:
        raise DependencyDown("phones cannot be forgotten") from error


class LogChannel:
    """Nothing is configured: that something would be sent is logged, never what or to whom."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def register(self, phone: PushToken) -> str | None:  # noqa: ARG002 - the other way needs it
        """There is nobody to know the phone."""
        return None

    def send(self, endpoint_arn: str | None, words: Words, tag: str) -> None:  # noqa: ARG002
        """A line in the log."""
        log.info("push_logged", platform=self._platform, tag=tag, characters=len(words.text))


class SnsChannel:
    """One platform application of SNS."""

    def __init__(self, application_arn: str) -> None:
        self._application_arn = application_arn
        self._platform = application_arn.split("/")[1]  # APNS, APNS_SANDBOX or GCM

    def register(self, phone: PushToken) -> str | None:
        """The phone's endpoint, the same one each time; enabled again if somebody had given it up."""
        sns = _sns(self._application_arn)
        try:
            made = sns.create_platform_endpoint(PlatformApplicationArn=self._application_arn, Token=phone.token)
        except ClientError as error:
            known = _KNOWN_ALREADY.search(error.response["Error"].get("Message", ""))
            if known is None:
                raise _told(error) from error
            return self._enable(phone, known[1])
        except BotoCoreError as error:
            raise DependencyDown("phones cannot be registered") from error
        return str(made["EndpointArn"])

    def send(self, endpoint_arn: str | None, words: Words, tag: str) -> None:
        """Publish to one endpoint."""
        try:
            _sns(self._application_arn).publish(
                TargetArn=endpoint_arn,
                MessageStructure="json",
                Message=json.dumps({"default": words.text, self._platform: self._payload(words, tag)}),
                MessageAttributes=self._attributes(tag),
            )
        except ClientError as error:
            raise _told(error) from error
        except BotoCoreError as error:
            raise DependencyDown("push cannot be sent") from error

    def _enable(self, phone: PushToken, endpoint_arn: str) -> str:
        wanted = {"Token": phone.token, "Enabled": "true"}
        try:
            _sns(endpoint_arn).set_endpoint_attributes(EndpointArn=endpoint_arn, Attributes=wanted)
        except ClientError as error:
            raise _told(error) from error
        except BotoCoreError as error:
            raise DependencyDown("phones cannot be registered") from error
        return endpoint_arn

    def _payload(self, words: Words, tag: str) -> str:
        alert = {"title": words.title, "body": words.text}
        if self._platform != "GCM":
            return json.dumps({"aps": {"alert": alert, "sound": "default"}})
        android = {"ttl": f"{_LIFE_S}s", "priority": "high", "notification": {"tag": tag}}
        return json.dumps({"fcmV1Message": {"message": {"notification": alert, "android": android}}})

    def _attributes(self, tag: str) -> dict[str, Any]:
        if self._platform == "GCM":
            return {}
        given = {"APNS.COLLAPSE_ID": tag, "APNS.PUSH_TYPE": "alert", f"{self._platform}.TTL": str(_LIFE_S)}
        return {f"AWS.SNS.MOBILE.{name}": {"DataType": "String", "StringValue": value} for name, value in given.items()}


def _told(error: ClientError) -> Exception:
    """What a refusal of SNS means: the phone is gone for good, or it may be tried again."""
    code = error.response["Error"]["Code"]
    return PhoneGone(code) if code in _GONE | _REFUSED else DependencyDown("push cannot be sent")


def _sns(arn: str) -> Any:
    """SNS in the region of `arn`: not every region has mobile push, so ours may not be it."""
    return client("sns", arn.split(":")[3])
