"""What the API takes as a body: strict JSON and nothing else."""

import pytest

from chalicelib.api.body import MAX_BYTES, Body, parse_body, parse_query
from chalicelib.domain.errors import InvalidInput, TooLarge, UnsupportedMediaType


class Inner(Body, frozen=True):
    """A body inside another."""

    place: int


class Wish(Body, frozen=True):
    """A body with one field of each sort."""

    energy_wh: int
    name: str = ""
    inner: Inner | None = None


GOOD = b'{"energy_wh": 36000}'


def test_a_good_body_becomes_a_typed_value() -> None:
    """The fields arrive with their types."""
    assert parse_body(GOOD, "application/json; charset=utf-8", Wish) == Wish(energy_wh=36000)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'"text"',
        b'{"energy_wh": NaN}',
        b'{"energy_wh": 1e999}',
        b'{"energy_wh": true}',
        b'{"energy_wh": 1.5}',
        b'{"energy_wh": "1"}',
        b'{"energy_wh": 1, "energy_wh": 2}',
        b'{"energy_wh": 1, "owner": "me"}',
        b'{"energy_wh": 1, "name": "a\\u0000b"}',
        b'{"energy_wh": 1, "name": "\\ud800"}',
        b'{"energy_wh": 1, "name": "\\u202eirak"}',
        b'{"energy_wh": 1, "name": "Ka\\u200bri"}',
        b'{"energy_wh": 1, "name": "a\\u2028b"}',
        b"\xff{}",
        b"[" * 100 + b"]" * 100,
        b"[" * 30_000 + b"]" * 30_000,
        b'{"energy_wh": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_bad_body_is_refused_as_invalid(raw: bytes) -> None:
    """Whatever is wrong with it, the answer is 400's error and never a crash."""
    with pytest.raises(InvalidInput):
        parse_body(raw, "application/json", Wish)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        pytest.param(b'{"energy_wh": "much"}', "energy_wh", id="of another type"),
        pytest.param(b"{}", "energy_wh", id="missing"),
        pytest.param(b'{"energy_wh": 1, "owner": "me"}', "owner", id="unknown"),
        pytest.param(b'{"energy_wh": 1, "inner": {"place": 1, "x": 2}}', "inner.x", id="unknown, further in"),
        pytest.param(b'{"energy_wh": 1, "inner": {}}', "inner.place", id="missing, further in"),
        pytest.param(b'{"energy_wh": 1, "energy_wh": 2}', "energy_wh", id="twice"),
        pytest.param(b'{"energy_wh": NaN}', "energy_wh", id="not a number"),
        pytest.param(b'{"energy_wh": -1e999}', "energy_wh", id="endless"),
        pytest.param(b'{"energy_wh": ' + b"9" * 5000 + b"}", "energy_wh", id="too many digits"),
        pytest.param(b'{"energy_wh": 1, "name": "a\\u0000b"}', "name", id="a control character"),
        pytest.param(b'{"energy_wh": 1, "list": ["a", "\\u0007"]}', "list[1]", id="one in a list"),
        pytest.param(b'{"energy_wh": 1, "' + b"x" * 5000 + b'": 1}', "x" * 120 + "...", id="a very long name"),
    ],
)
def test_a_wrong_field_is_named(raw: bytes, field: str) -> None:
    """The error says where, whatever is wrong with it, and does not send all of it back."""
    with pytest.raises(InvalidInput) as refusal:
        parse_body(raw, "application/json", Wish)
    assert refusal.value.field == field
    assert len(refusal.value.detail) < 200


def test_a_body_over_the_limit_is_refused_before_it_is_parsed() -> None:
    """64 KiB pass, one byte more does not."""
    with pytest.raises(TooLarge):
        parse_body(b" " * (MAX_BYTES + 1), "application/json", Wish)
    assert parse_body(GOOD + b" " * (MAX_BYTES - len(GOOD)), "application/json", Wish).energy_wh == 36000


def test_another_media_type_is_refused() -> None:
    """A form is not JSON."""
    with pytest.raises(UnsupportedMediaType):
        parse_body(GOOD, "application/x-www-form-urlencoded", Wish)


def test_a_query_has_no_control_characters_either() -> None:
    """What is refused in a body is refused there."""
    with pytest.raises(InvalidInput, match="control character"):
        parse_query({"energy_wh": ["1"], "name": ["a\x00b"]}, Wish)


def test_a_query_parameter_stands_once() -> None:
    """Twice the same parameter is an error, not a choice."""
    assert parse_query({"energy_wh": ["7"]}, Wish).energy_wh == 7
    with pytest.raises(InvalidInput) as refusal:
        parse_query({"energy_wh": ["7", "8"]}, Wish)
    assert refusal.value.field == "energy_wh"
