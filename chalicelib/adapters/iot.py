"""What the cloud wants of a device, written into its named shadows; messages to it, and the end of its connection."""

import json
from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.aws import client
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.ids import Serial
from chalicelib.observability import log, trace_for_device
from device_shadows.shadow import merge

MAX_TRIES: Final = 5
_SILENT: Final = "the device service does not answer"


def change_shadow(serial: Serial, shadow: str, make: Callable[[], bytes]) -> int:
    """Merge the JSON document that `make` gives into what is desired of the shadow, unless it is desired already.

    The answer is the version of the shadow that has it.

    Each try reads the shadow's version, then calls `make`, and writes only if the shadow still has that version. So of
    two writers the later one has made its document after the other's was written, and a try whose answer was lost is
    recognised. The trace that this work belongs to is the client token, which the charger hears with the change and
    sends back with its report. DependencyDown if the service does not answer or others write faster.
    """
    for _ in range(MAX_TRIES):
        version, desired = _present(find_shadow(serial, shadow))
        document = make()
        if version is not None and merge(desired, json.loads(document)) == desired:
            return version
        written = _write(serial, shadow, document, version)
        if written is not None and (version is not None or written == 1):
            log.info("shadow_written", serial=serial, shadow=shadow, version=written)
            return written
    raise DependencyDown("the shadow changes faster than it can be written")


def clear_shadow(serial: Serial, shadow: str, make: Callable[[dict[str, Any]], bytes | None]) -> None:
    """Let the document that `make` gives be all that is desired of a shadow, and forget what the device has reported.

    Each try calls `make` with what is desired, after reading the shadow's version, and writes only if the shadow still
    has it; None leaves the shadow alone, as does what is desired already. DependencyDown as of `change_shadow`.
    """
    for _ in range(MAX_TRIES):
        document = find_shadow(serial, shadow)
        version, desired = _present(document)
        made = None if document is None else make(desired)
        if made is None or document is None or json.loads(made) == desired:
            return
        reported = json.loads(document).get("state", {}).get("reported") or {}
        state = {"desired": {**dict.fromkeys(desired), **json.loads(made)}, "reported": dict.fromkeys(reported)}
        if _update(serial, shadow, {"state": state, "version": version}) is not None:
            return
    raise DependencyDown("the shadow changes faster than it can be written")


def find_shadow(serial: Serial, shadow: str) -> bytes | None:
    """The whole shadow document as JSON, None when there is none yet."""
    try:
        answer = client("iot-data").get_thing_shadow(thingName=serial, shadowName=shadow)
    except ClientError as error:
        if _code(error) == "ResourceNotFoundException":
            return None
        raise DependencyDown(_SILENT) from error
    except BotoCoreError as error:
        raise DependencyDown(_SILENT) from error
    return bytes(answer["payload"].read())


def find_version(serial: Serial, shadow: str) -> int | None:
    """The version of a shadow, None when there is none yet."""
    return _present(find_shadow(serial, shadow))[0]


def publish(topic: str, payload: bytes, expiry_s: int, qos: int = 1) -> None:
    """Send a message that the broker drops when it cannot deliver it within `expiry_s`; with QoS 0 it tries once."""
    try:
        client("iot-data").publish(topic=topic, qos=qos, payload=payload, messageExpiry=expiry_s)
    except (BotoCoreError, ClientError) as error:
        raise DependencyDown(_SILENT) from error


def cut_connection(serial: Serial) -> bool:
    """End the device's connection and its session, without its last will; False if it has none."""
    try:
        client("iot-data").delete_connection(clientId=serial, cleanSession=True, preventWillMessage=True)
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:  # noqa: PLR2004
            return False
        raise DependencyDown(_SILENT) from error
    except BotoCoreError as error:
        raise DependencyDown(_SILENT) from error
    return True


def _present(document: bytes | None) -> tuple[int | None, dict[str, Any]]:
    """Version and desired section; no version for a shadow that does not exist."""
    if document is None:
        return None, {}
    shadow = json.loads(document)
    desired = shadow.get("state", {}).get("desired")
    return int(shadow["version"]), desired if isinstance(desired, dict) else {}


def _write(serial: Serial, shadow: str, desired: bytes, version: int | None) -> int | None:
    """The version it was written as, None if the shadow had not the version `version`."""
    update: dict[str, Any] = {"state": {"desired": json.loads(desired)}, "clientToken": trace_for_device()}
    update |= {"version": version} if version is not None else {}
    return _update(serial, shadow, update)


def _update(serial: Serial, shadow: str, update: dict[str, Any]) -> int | None:
    payload = json.dumps(update, separators=(",", ":")).encode()
    try:
        answer = client("iot-data").update_thing_shadow(thingName=serial, shadowName=shadow, payload=payload)
    except ClientError as error:
        if _code(error) == "ConflictException":
            return None
        raise DependencyDown(_SILENT) from error
    except BotoCoreError as error:
        raise DependencyDown(_SILENT) from error
    return int(json.loads(answer["payload"].read())["version"])


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
