"""Why a message of a device is refused: one word for each, so that the cloud can store bad messages with a reason."""

import re
from enum import StrEnum
from typing import Final

from device_shadows.errors import (
    ContractError,
    DocumentMalformedError,
    DocumentTooDeepError,
    DocumentTooLargeError,
    SerialInvalidError,
    TimeImpossibleError,
    TopicUnknownError,
)

EARLIEST_S: Final = 1_704_067_200
"""2024-01-01T00:00:00Z: no device of this contract is older, so an earlier time is that of a clock that was not set."""
FUTURE_TOLERANCE_S: Final = 300
"""How far a device's clock may be ahead, seconds."""


class QuarantineReason(StrEnum):
    """Why a message was refused."""

    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    NOT_JSON = "not_json"
    WRONG_TYPE = "wrong_type"
    """A field is missing or holds another kind of value."""
    OUT_OF_RANGE = "out_of_range"
    """A value has the right type and cannot be."""
    UNKNOWN_TOPIC = "unknown_topic"
    UNKNOWN_THING = "unknown_thing"
    """The topic names no device, or none that is registered."""
    IMPOSSIBLE_TIME = "impossible_time"


_BY_ERROR: Final[dict[type[ContractError], QuarantineReason]] = {
    DocumentTooLargeError: QuarantineReason.TOO_LARGE,
    DocumentTooDeepError: QuarantineReason.TOO_DEEP,
    DocumentMalformedError: QuarantineReason.NOT_JSON,
    TopicUnknownError: QuarantineReason.UNKNOWN_TOPIC,
    SerialInvalidError: QuarantineReason.UNKNOWN_THING,
    TimeImpossibleError: QuarantineReason.IMPOSSIBLE_TIME,
}
_WRONG_TYPE: Final = re.compile(r"Expected `[^`]*`, got|Object missing required field|Object contains unknown field")


def reason_of(error: ContractError) -> QuarantineReason:
    """The reason for which a message that raised `error` is put aside."""
    found = _BY_ERROR.get(type(error))
    if found:
        return found
    return QuarantineReason.WRONG_TYPE if _WRONG_TYPE.match(str(error)) else QuarantineReason.OUT_OF_RANGE


def is_possible_time(ts: int, now_s: int) -> bool:
    """Whether a right clock can have shown `ts` (epoch seconds) by `now_s`."""
    return EARLIEST_S <= ts <= now_s + FUTURE_TOLERANCE_S


def require_possible_time(ts: int, now_s: int) -> None:
    """TimeImpossibleError if no right clock can have shown `ts` (epoch seconds) by `now_s`."""
    if not is_possible_time(ts, now_s):
        raise TimeImpossibleError(f"{ts} is not between {EARLIEST_S} and {FUTURE_TOLERANCE_S} s from now")
