"""Documents to bytes and back, within the limits of the shadow service.

Read generously: fields that are not known are ignored, enum values that are not known become `UNKNOWN`, so that an old
cloud understands a new charger and the other way round. Write strictly: nothing too large, too deep or UNKNOWN leaves.
"""

import re
from typing import Any, Final, TypeVar

import msgspec

from device_shadows.errors import (
    DocumentInvalidError,
    DocumentMalformedError,
    DocumentTooDeepError,
    DocumentTooLargeError,
)
from device_shadows.values import is_known

MAX_DOCUMENT_BYTES: Final = 8192
"""The shadow service counts desired and reported together, so a document should stay well below."""
MAX_DOCUMENT_DEPTH: Final = 6
MAX_MESSAGE_BYTES: Final = 128 * 1024
"""What MQTT carries at most: answers of the shadow service hold both sections and a time for every leaf."""
MAX_MESSAGE_DEPTH: Final = 12

T = TypeVar("T")
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET: Final = re.compile(rb"[\[\]{}]")
_ENCODER: Final = msgspec.json.Encoder()


def encode(document: msgspec.Struct) -> bytes:
    """The document as compact JSON; an error of this package if a reader would refuse it or it holds an `UNKNOWN`."""
    if not is_known(document):
        raise DocumentInvalidError("an UNKNOWN value is read, never written")
    data = _ENCODER.encode(document)
    _decode(data, type(document), MAX_DOCUMENT_BYTES, MAX_DOCUMENT_DEPTH)  # values are checked when read, not when made
    return data


def decode(data: bytes | str, type: type[T]) -> T:  # noqa: A002 (the word that msgspec uses)
    """The document in `data`, at most 8 KB and six levels; an error of this package if it is none."""
    return _decode(data, type, MAX_DOCUMENT_BYTES, MAX_DOCUMENT_DEPTH)


def decode_message(data: bytes | str, type: type[T]) -> T:  # noqa: A002
    """Like `decode`, for an answer of the shadow service, which wraps documents and may be larger and deeper."""
    return _decode(data, type, MAX_MESSAGE_BYTES, MAX_MESSAGE_DEPTH)


def convert(plain: Any, type: type[T]) -> T:  # noqa: A002
    """The document in parsed JSON, such as merged shadow state; DocumentInvalidError if it is none."""
    try:
        return msgspec.convert(plain, type)
    except msgspec.ValidationError as error:
        raise DocumentInvalidError(str(error)) from error


def _decode(data: bytes | str, kind: type[T], max_bytes: int, max_depth: int) -> T:
    data = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    _require_limits(data, max_bytes, max_depth)
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise DocumentInvalidError(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DocumentMalformedError("not UTF-8 JSON") from error


def _require_limits(data: bytes, max_bytes: int, max_depth: int) -> None:
    if len(data) > max_bytes:
        raise DocumentTooLargeError(f"{len(data)} bytes, {max_bytes} at most")
    if (depth := _depth(data)) > max_depth:
        raise DocumentTooDeepError(f"{depth} levels, {max_depth} at most")


def _depth(data: bytes) -> int:
    """How deep objects and arrays are nested; brackets inside strings do not count."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", data)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest
