"""What the cloud wants of a device, written into its named shadows."""

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.aws import client
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.ids import Serial


def update_shadow(serial: Serial, shadow: str, desired: bytes, client_token: str = "") -> None:
    """Merge the JSON document `desired` into what is desired of the shadow; its own repeat changes nothing.

    `client_token` (at most 64 characters) comes back in the answers that the device sees.
    """
    token = b',"clientToken":"%b"' % client_token.encode() if client_token else b""
    payload = b'{"state":{"desired":%b}%b}' % (desired, token)
    try:
        client("iot-data").update_thing_shadow(thingName=serial, shadowName=shadow, payload=payload)
    except (BotoCoreError, ClientError) as error:
        raise DependencyDown("the device service does not answer") from error


def find_shadow(serial: Serial, shadow: str) -> bytes | None:
    """The whole shadow document as JSON, None when there is none yet."""
    try:
        answer = client("iot-data").get_thing_shadow(thingName=serial, shadowName=shadow)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise DependencyDown("the device service does not answer") from error
    except BotoCoreError as error:
        raise DependencyDown("the device service does not answer") from error
    return bytes(answer["payload"].read())
