"""Every document of the contract, one table: limits, unknown fields and values, ranges, and the schemas."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from device_shadows import codec, errors
from device_shadows.documents import DOCUMENTS
from device_shadows.generate_schemas import FOLDER, make_schemas, write_schemas
from device_shadows.values import WireEnum
from tests.device_shadows.samples import SAMPLES

NAMES = list(DOCUMENTS)


def plain(name: str) -> dict[str, Any]:
    return dict(msgspec.json.decode(codec.encode(SAMPLES[name])))


def decode(name: str, value: object) -> msgspec.Struct:
    return codec.decode(msgspec.json.encode(value), DOCUMENTS[name])


def code_of(name: str, data: bytes) -> str:
    with pytest.raises(errors.ContractError) as caught:
        codec.decode(data, DOCUMENTS[name])
    return caught.value.code


def test_every_document_has_a_sample() -> None:
    """Otherwise the table below would be silent about it."""
    assert {name: type(sample) for name, sample in SAMPLES.items()} == DOCUMENTS


@pytest.mark.parametrize("name", NAMES)
def test_a_document_survives_the_wire(name: str) -> None:
    """What is written is read back as it was."""
    assert codec.decode(codec.encode(SAMPLES[name]), DOCUMENTS[name]) == SAMPLES[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_field_of_a_newer_version_is_ignored(name: str) -> None:
    """Also one that nests as deep as is allowed."""
    assert decode(name, plain(name) | {"from_the_future": [[[[[]]]]]}) == SAMPLES[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_document_of_more_than_8_kb_is_refused(name: str) -> None:
    """However valid it is without the ballast."""
    assert code_of(name, msgspec.json.encode(plain(name) | {"ballast": "x" * 8192})) == "document_too_large"


@pytest.mark.parametrize("name", NAMES)
def test_a_document_deeper_than_six_levels_is_refused(name: str) -> None:
    """The seventh level is one too many."""
    assert code_of(name, msgspec.json.encode(plain(name) | {"deep": [[[[[[]]]]]]})) == "document_too_deep"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("data", [b"", b"\xff", b"{", b'{"a":NaN}', b"{'a':1}"])
def test_what_is_not_json_is_refused(name: str, data: bytes) -> None:
    """Nothing is guessed."""
    assert code_of(name, data) == "document_malformed"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [[], "text", 7, None, True])
def test_json_that_is_no_object_is_refused(name: str, value: object) -> None:
    """A document is an object."""
    assert code_of(name, msgspec.json.encode(value)) == "document_invalid"


def fields_of(name: str) -> list[tuple[str, str]]:
    return [(name, field.encode_name) for field in msgspec.structs.fields(DOCUMENTS[name])]


@pytest.mark.parametrize(("name", "field"), [pair for name in NAMES for pair in fields_of(name)])
def test_a_field_of_the_wrong_type_is_refused(name: str, field: str) -> None:
    """A list with a surprise in it is right for no field."""
    assert code_of(name, msgspec.json.encode(plain(name) | {field: [{"surprise": 1}]})) == "document_invalid"


ENUM_FIELDS = [
    (name, field.encode_name, field.type)
    for name in NAMES
    for field in msgspec.structs.fields(DOCUMENTS[name])
    if isinstance(field.type, type) and issubclass(field.type, WireEnum)
]


@pytest.mark.parametrize(("name", "field", "kind"), ENUM_FIELDS)
def test_a_value_of_a_newer_version_is_read_as_unknown_and_never_written(
    name: str, field: str, kind: type[WireEnum]
) -> None:
    """An old reader goes on; nobody passes on what he has not understood."""
    document = decode(name, plain(name) | {field: "brand_new"})
    attribute = next(f.name for f in msgspec.structs.fields(DOCUMENTS[name]) if f.encode_name == field)
    assert getattr(document, attribute) is kind["UNKNOWN"]
    with pytest.raises(errors.DocumentInvalidError):
        codec.encode(document)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("limit", {"limit_a": 5}),
        ("limit", {"limit_a": -1}),
        ("limit", {"limit_a": 81}),
        ("limit", {"limit_a": 10.5}),
        ("limit", {"ttl_s": 0}),
        ("limit", {"ttl_s": 61}),
        ("limit", {"seq": -1}),
        ("limit", {"seq": 2**53}),
        ("command", {"id": ""}),
        ("command", {"id": "a b"}),
        ("command", {"id": "x" * 65}),
        ("command", {"ttl_s": 3601}),
        ("command", {"issued_at": -1}),
        ("result", {"reason": "Because"}),
        ("firmware.job", {"sha256": "AB" * 32}),
        ("firmware.job", {"size": 0}),
        ("firmware.job", {"size": 65 * 1024 * 1024}),
        ("firmware.job", {"url": "http://firmware.example/x"}),
        ("firmware.job", {"url": "https://${aws:iot:s3-presigned-url:x}"}),
        ("firmware.job", {"version": "1.0\n2"}),
        ("firmware.job", {"operation": "format_disk"}),
        ("firmware.details", {"percent": "101"}),
        ("config.desired", {"ticket_keys": [{"kid": "a", "public_key": "short"}]}),
        ("config.desired", {"ticket_keys": [{"kid": "a", "public_key": "A" * 122}] * 5}),
        ("status.reported", {"drawn_a": [1e308, 0, 0]}),
        ("status.reported", {"drawn_a": [1, 2]}),
        ("reading", {"register_wh": 2**53}),
        ("reading", {"ts": 253_402_300_800}),
        ("meter.json", {"data": {"P": -1}}),
        ("meter.json", {"data": {"I1": 1e9}}),
        ("meter.answer", {"Settings": {"HeartBeatTime": 0}}),
        ("meter.answer", {"Settings": {"ZmartChargeUrl": "https://" + "x" * 56}}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_value_out_of_its_range_is_refused(name: str, change: dict[str, object]) -> None:
    """The ranges of the tables in docs/device-protocol.md."""
    assert code_of(name, msgspec.json.encode(plain(name) | change)) == "document_invalid"


def test_the_schemas_are_those_of_the_code() -> None:
    """`python -m device_shadows.generate_schemas` was run after the last change."""
    assert {path.name: path.read_bytes() for path in FOLDER.iterdir()} == make_schemas()


def test_writing_the_schemas_removes_those_of_documents_that_are_gone(tmp_path: Path) -> None:
    """The folder holds exactly what the code says."""
    (tmp_path / "gone.json").write_text("{}")
    assert write_schemas(tmp_path) == len(DOCUMENTS)
    assert {path.name for path in tmp_path.iterdir()} == set(make_schemas())


def test_no_schema_lets_anybody_write_unknown() -> None:
    """UNKNOWN is how a reader sees the future, not a value."""
    enums = [match for text in make_schemas().values() for match in re.findall(rb'"enum": \[[^]]*\]', text)]
    assert len(enums) >= 10
    assert not [enum for enum in enums if b'"UNKNOWN"' in enum]
