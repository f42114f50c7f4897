"""MQTT topics of one charger: built for whoever publishes, parsed for whoever receives.

A charger may use only topics that hold its own serial; the policy of its certificate refuses all others. It subscribes
to exact topics, never to a wildcard. `T` below is the serial.

    $aws/things/T/shadow/name/S/get, .../update         charger -> cloud   ask for shadow S, report into it
    $aws/things/T/shadow/name/S/get/accepted ...        cloud -> charger   the five answers, see `shadow_answers`
    $aws/rules/readings/dt/T/reading                    charger -> cloud   energy readings (basic ingest)
    dt/T/result                                         charger -> cloud   result of a command
    dt/T/lwt                                            broker -> cloud    last will: the connection was lost
    cmd/T/limit, cmd/T/do                               cloud -> charger   current limit with a lease; one-shot command
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from device_shadows.errors import TopicUnknownError
from device_shadows.names import SHADOWS, Serial, parse_serial

READINGS_RULE: Final = "readings"
"""The rule that receives readings; it sees them under `dt/T/reading`, without the basic-ingest prefix."""


class Kind(StrEnum):
    """What a topic from a charger or a shadow carries."""

    READING = "reading"
    RESULT = "result"
    LAST_WILL = "lwt"
    SHADOW_GET = "get"
    SHADOW_GET_ACCEPTED = "get/accepted"
    SHADOW_GET_REJECTED = "get/rejected"
    SHADOW_UPDATE = "update"
    SHADOW_UPDATE_ACCEPTED = "update/accepted"
    SHADOW_UPDATE_REJECTED = "update/rejected"
    SHADOW_UPDATE_DELTA = "update/delta"
    SHADOW_UPDATE_DOCUMENTS = "update/documents"


_DATA: Final[Mapping[str, Kind]] = {str(kind): kind for kind in (Kind.READING, Kind.RESULT, Kind.LAST_WILL)}
_SHADOW: Final[Mapping[str, Kind]] = {str(kind): kind for kind in Kind if str(kind) not in _DATA}


class DeviceTopic(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed topic; `shadow` is None for messages that do not belong to a shadow."""

    serial: Serial
    kind: Kind
    shadow: str | None = None


def shadow_get(serial: Serial, shadow: str) -> str:
    """Where the charger asks for a shadow; the payload is `{}`."""
    return f"$aws/things/{serial}/shadow/name/{shadow}/get"


def shadow_update(serial: Serial, shadow: str) -> str:
    """Where the charger reports into a shadow."""
    return f"$aws/things/{serial}/shadow/name/{shadow}/update"


def shadow_answers(serial: Serial, shadow: str) -> tuple[str, str, str, str, str]:
    """The exact topics a charger subscribes to: get accepted, rejected; update accepted, rejected, delta."""
    get, update = shadow_get(serial, shadow), shadow_update(serial, shadow)
    return f"{get}/accepted", f"{get}/rejected", f"{update}/accepted", f"{update}/rejected", f"{update}/delta"


def limit(serial: Serial) -> str:
    """Where the charger hears current limits."""
    return f"cmd/{serial}/limit"


def do(serial: Serial) -> str:
    """Where the charger hears one-shot commands."""
    return f"cmd/{serial}/do"


def result(serial: Serial) -> str:
    """Where the charger answers one-shot commands."""
    return f"dt/{serial}/result"


def last_will(serial: Serial) -> str:
    """Where the broker tells that the connection was lost. An ordinary topic: shadows ignore last wills."""
    return f"dt/{serial}/lwt"


def reading(serial: Serial) -> str:
    """Where the charger sends energy readings: basic ingest, straight to the rule."""
    return f"$aws/rules/{READINGS_RULE}/dt/{serial}/reading"


def parse_topic(topic: str) -> DeviceTopic:
    """Who speaks about what; TopicUnknownError if it is no topic of this contract, SerialInvalidError if of no charger.

    Reads what a charger or the shadow service publishes, with or without the basic-ingest prefix.
    """
    parts = topic.removeprefix(f"$aws/rules/{READINGS_RULE}/").split("/")
    match parts:
        case ["dt", serial, kind] if kind in _DATA:
            return DeviceTopic(serial=parse_serial(serial), kind=_DATA[kind])
        case ["$aws", "things", serial, "shadow", "name", shadow, *rest] if shadow in SHADOWS:
            kind = "/".join(rest)
            if kind in _SHADOW:
                return DeviceTopic(serial=parse_serial(serial), kind=_SHADOW[kind], shadow=shadow)
    raise TopicUnknownError("no topic of the device contract")
