"""The one parser of request bodies and queries: strict JSON (RFC 8259) into typed values."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec

from chalicelib.domain.errors import InvalidInput, TooLarge, UnsupportedMediaType

MAX_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 16
_NOT_TEXT: Final = re.compile(
    r"[\u0000-\u001f\u007f-\u009f\ud800-\udfff"  # control characters and halves of pairs
    r"\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]"  # unseen, or turning the text around them
)
"""What has no place in any of our fields; a name with a direction override reads as another name."""
_PLACE = re.compile(r" - at `\$\.?(?P<place>[^`]*)`$")
_Parsed = TypeVar("_Parsed")


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything a client may send: a field we do not know is an error, so nothing is silently ignored."""


def parse_body(raw: bytes, content_type: str | None, type_: type[_Parsed]) -> _Parsed:
    """`raw` as `type_`; InvalidInput names the field, TooLarge over 64 KiB, UnsupportedMediaType unless JSON."""
    if content_type is not None and content_type.split(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType("send application/json")
    if len(raw) > MAX_BYTES:
        raise TooLarge(f"a body has at most {MAX_BYTES} bytes")
    return _convert(_parse_json(raw), type_, strict=True)


def parse_query(given: Mapping[str, Sequence[str]], type_: type[_Parsed]) -> _Parsed:
    """The query parameters as `type_`; each may stand once."""
    twice = [name for name, values in given.items() if len(values) != 1]
    if twice:
        raise InvalidInput("the parameter stands more than once", field=twice[0])
    found = {name: values[0] for name, values in given.items()}
    _check(found, depth=0)
    return _convert(found, type_, strict=False)


def _parse_json(raw: bytes) -> Any:
    try:
        text = raw.decode("utf-8", errors="strict")
        found = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_refuse, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise InvalidInput("the body is not UTF-8") from error
    except RecursionError as error:
        raise InvalidInput("the body is nested too deep") from error
    except ValueError as error:
        raise InvalidInput("the body is not JSON") from error
    _check(found, depth=0)
    return found


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidInput("a key stands twice in one object")
    return found


def _refuse(constant: str) -> float:
    raise InvalidInput(f"{constant} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise InvalidInput("a number is out of range")
    return number


def _check(value: Any, depth: int) -> None:
    """Depth and characters of a parsed value."""
    if depth > MAX_DEPTH:
        raise InvalidInput("the body is nested too deep")
    if isinstance(value, str):
        if _NOT_TEXT.search(value):
            raise InvalidInput("a text holds a control character")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check(key, depth)
            _check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth + 1)


def _convert(found: Any, type_: type[_Parsed], *, strict: bool) -> _Parsed:
    try:
        return msgspec.convert(found, type_, strict=strict)
    except msgspec.ValidationError as error:
        text = str(error)
        place = _PLACE.search(text)
        raise InvalidInput(_PLACE.sub("", text), field=place["place"] if place else "") from error
