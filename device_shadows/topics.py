"""MQTT topics of one charger: built for whoever publishes, parsed for whoever receives.

A charger may use only topics that hold its own serial; the policy of its certificate refuses all others. It subscribes
to exact topics, never to a wildcard. `T` below is the serial.

    $aws/things/T/shadow/name/S/get, .../update         charger -> cloud   ask for shadow S, report into it
    $aws/things/T/shadow/name/S/get/accepted ...        cloud -> charger   the five answers, see `shadow_answers`
    $aws/rules/readings/dt/T/reading                    charger -> cloud   energy readings (basic ingest)
    dt/T/result                                         charger -> cloud   result of a command
    dt/T/lwt                                            broker -> cloud    last will: the connection was lost
    cmd/T/limit, cmd/T/do                               cloud -> charger   current limit with a lease; one-shot command
    $aws/things/T/jobs/notify-next, start-next ...      both               firmware jobs, see `device_shadows.jobs`

A meter reader has a thing of its own and the topics `mt/T` and `mt/T/...`, see `meter`.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from device_shadows.errors import TopicUnknownError
from device_shadows.names import SHADOWS, Serial, parse_serial

READINGS_RULE: Final = "readings"
"""The rule that receives readings; it sees them under `dt/T/reading`, without the basic-ingest prefix."""
METER_PARTS: Final = frozenset({"list1", "list2", "list3", "status", "system"})
"""What a meter reader adds to its topic; `status` is the text online or offline, retained, also its last will."""
_JOB_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


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
    JOBS_NOTIFY_NEXT = "notify-next"
    JOBS_START_NEXT = "start-next"
    JOBS_START_NEXT_ACCEPTED = "start-next/accepted"
    JOBS_START_NEXT_REJECTED = "start-next/rejected"
    JOB_UPDATE = "job/update"
    JOB_UPDATE_ACCEPTED = "job/update/accepted"
    JOB_UPDATE_REJECTED = "job/update/rejected"


def _by_name(*kinds: Kind) -> Mapping[str, Kind]:
    return {str(kind): kind for kind in kinds}


_DATA: Final = _by_name(Kind.READING, Kind.RESULT, Kind.LAST_WILL)
_JOBS: Final = _by_name(*(kind for kind in Kind if str(kind).split("/")[0] in {"notify-next", "start-next"}))
_JOB: Final = _by_name(Kind.JOB_UPDATE, Kind.JOB_UPDATE_ACCEPTED, Kind.JOB_UPDATE_REJECTED)
_SHADOW: Final = _by_name(*(kind for kind in Kind if str(kind).split("/")[0] in {"get", "update"}))


class DeviceTopic(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed topic; `shadow` and `job_id` are None for messages that do not belong to one."""

    serial: Serial
    kind: Kind
    shadow: str | None = None
    job_id: str | None = None


class MeterTopic(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed topic of a meter reader; `part` is empty for format 0, else `list1` ... or `status`."""

    serial: Serial
    part: str


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


def jobs_start_next(serial: Serial) -> str:
    """Where the charger asks for its next job; the payload is `{}`."""
    return f"$aws/things/{serial}/jobs/start-next"


def jobs_answers(serial: Serial) -> tuple[str, str, str]:
    """The exact topics on which a charger hears of jobs: notify-next, start-next accepted and rejected."""
    start = jobs_start_next(serial)
    return f"$aws/things/{serial}/jobs/notify-next", f"{start}/accepted", f"{start}/rejected"


def job_update(serial: Serial, job_id: str) -> str:
    """Where the charger reports on a job; TopicUnknownError if the id would change the topic."""
    if not _JOB_ID.fullmatch(job_id):
        raise TopicUnknownError("a job id has 1 to 64 characters of A-Z, a-z, 0-9, underscore and hyphen")
    return f"$aws/things/{serial}/jobs/{job_id}/update"


def job_answers(serial: Serial, job_id: str) -> tuple[str, str]:
    """The exact topics of the answers to `job_update`; subscribed to while the job runs."""
    update = job_update(serial, job_id)
    return f"{update}/accepted", f"{update}/rejected"


def meter(serial: Serial, part: str = "") -> str:
    """Where a meter reader publishes: its setting `publish topic` is `mt/T`, and the firmware adds the part."""
    return f"mt/{serial}/{part}" if part else f"mt/{serial}"


def parse_meter_topic(topic: str) -> MeterTopic:
    """Which reader says which part; TopicUnknownError or SerialInvalidError if none."""
    match topic.split("/"):
        case ["mt", serial]:
            return MeterTopic(serial=parse_serial(serial), part="")
        case ["mt", serial, part] if part in METER_PARTS:
            return MeterTopic(serial=parse_serial(serial), part=part)
    raise TopicUnknownError("no topic of a meter reader")


def parse_topic(topic: str) -> DeviceTopic:
    """Who speaks about what; TopicUnknownError if it is no topic of this contract, SerialInvalidError if of no charger.

    Reads what a charger, the shadow service or the jobs service publishes, with or without the prefix of basic ingest.
    """
    parts = topic.removeprefix(f"$aws/rules/{READINGS_RULE}/").split("/")
    match parts:
        case ["dt", serial, kind] if kind in _DATA:
            return DeviceTopic(serial=parse_serial(serial), kind=_DATA[kind])
        case ["$aws", "things", serial, "jobs", *rest] if "/".join(rest) in _JOBS:
            return DeviceTopic(serial=parse_serial(serial), kind=_JOBS["/".join(rest)])
        case ["$aws", "things", serial, "jobs", job_id, *rest] if (kind := "/".join(["job", *rest])) in _JOB:
            return DeviceTopic(serial=parse_serial(serial), kind=_JOB[kind], job_id=job_id)
        case ["$aws", "things", serial, "shadow", "name", shadow, *rest] if shadow in SHADOWS:
            kind = "/".join(rest)
            if kind in _SHADOW:
                return DeviceTopic(serial=parse_serial(serial), kind=_SHADOW[kind], shadow=shadow)
    raise TopicUnknownError("no topic of the device contract")
