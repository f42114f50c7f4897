"""The one parser of request bodies and queries: strict JSON (RFC 8259) into typed values."""

import json
import re
from collections.abc import Mapping, Sequence
from math import inf, isfinite
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
_NAME = re.compile(r"(?:missing required|contains unknown) field `(?P<name>.*)`$", re.DOTALL)
_LONGEST_NUMBER: Final = 20
"""Digits of a whole number; none of ours has more."""
_TOLD: Final = 120
"""How much of what was sent is told back."""
_Parsed = TypeVar("_Parsed")


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything a client may send: a field we do not know is an error, so nothing is silently ignored."""


class NoBody(Body, frozen=True, kw_only=True):
    """Nothing is to be sent; an empty object does no harm."""


def require_size(raw: bytes) -> None:
    """Return unless `raw` has more than 64 KiB: TooLarge."""
    if len(raw) > MAX_BYTES:
        raise TooLarge(f"a body has at most {MAX_BYTES} bytes")


def parse_body(raw: bytes, content_type: str | None, type_: type[_Parsed]) -> _Parsed:
    """`raw` as `type_`; InvalidInput names the field, TooLarge over 64 KiB, UnsupportedMediaType unless JSON."""
    if content_type is not None and content_type.split(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType("send application/json")
    require_size(raw)
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
        found = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=float, parse_int=_whole)
    except UnicodeDecodeError as error:
        raise InvalidInput("the body is not UTF-8") from error
    except RecursionError as error:
        raise InvalidInput("the body is nested too deep") from error
    except ValueError as error:
        raise InvalidInput("the body is not JSON") from error
    _check(found, depth=0)
    return found


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InvalidInput("a key stands twice in one object", field=_told(key))
        found[key] = value
    return found


def _whole(text: str) -> float:
    """A number with too many digits is as good as endless: refused where it stands."""
    return int(text) if len(text) <= _LONGEST_NUMBER else inf


def _check(value: Any, depth: int, place: str = "") -> None:
    """Depth, characters and numbers of a parsed value; InvalidInput names the place."""
    if depth > MAX_DEPTH:
        raise InvalidInput("the body is nested too deep")
    if isinstance(value, str):
        if _NOT_TEXT.search(value):
            raise InvalidInput("a text holds a control character", field=place)
    elif isinstance(value, float):
        if not isfinite(value):
            raise InvalidInput("a number is out of range", field=place)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check(key, depth, place)
            _check(inner, depth + 1, _below(place, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _check(inner, depth + 1, f"{place}[{number}]")


def _below(place: str, name: str) -> str:
    return _told(f"{place}.{name}" if place else name)


def _told(text: str) -> str:
    return text if len(text) <= _TOLD else f"{text[:_TOLD]}..."


def _convert(found: Any, type_: type[_Parsed], *, strict: bool) -> _Parsed:
    try:
        return msgspec.convert(found, type_, strict=strict)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from error


def _refusal(text: str) -> InvalidInput:
    """What msgspec says, with the field it is about: also one that is missing or that we do not know."""
    found, detail = _PLACE.search(text), _PLACE.sub("", text)
    place, named = found["place"] if found else "", _NAME.search(detail)
    return InvalidInput(_told(detail), field=_below(place, named["name"]) if named else _told(place))
