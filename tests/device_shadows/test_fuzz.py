"""Any bytes on any topic: a document or a refusal with a reason, never anything else."""

import contextlib
import functools
from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from device_shadows import codec, topics
from device_shadows.documents import ANSWERS, DOCUMENTS
from device_shadows.errors import ContractError
from device_shadows.meter import parse_json, parse_post, sample_of
from device_shadows.quarantine import QuarantineReason, reason_of
from tests.device_shadows.samples import SAMPLES

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
NASTY: st.SearchStrategy[object] = st.sampled_from(
    [
        None,
        True,
        -1,
        0,
        2**53,
        10**30,
        1e308,
        -0.5,
        "",
        "x" * 500,
        "\u0000",
        "2026",
        [],
        [[]],
        {},
        {"a": {"b": 1}},
        [None] * 9,
    ]
)
BYTES = st.binary(max_size=200) | JSON.map(lambda value: repr(value).encode()) | JSON.map(msgspec.json.encode)


@st.composite
def mangled(draw: st.DrawFn) -> tuple[str, bytes]:
    """A good document in which fields have been replaced, removed, or whose bytes have been damaged."""
    name = draw(st.sampled_from(sorted(DOCUMENTS)))
    plain: dict[str, Any] = msgspec.json.decode(codec.encode(SAMPLES[name]))
    for field in draw(st.lists(st.sampled_from(sorted(plain)), max_size=3)):
        if draw(st.booleans()):
            plain.pop(field, None)
        else:
            plain[field] = draw(NASTY)
    data = bytearray(msgspec.json.encode(plain))
    for _ in range(draw(st.integers(0, 2))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return name, bytes(data)


def refusal(name: str, data: bytes) -> QuarantineReason | None:
    """Why the bytes are refused; None if they are the document, which then can be written again or holds UNKNOWN."""
    try:
        document = codec.decode(data, DOCUMENTS[name])
    except ContractError as error:
        return reason_of(error)
    with contextlib.suppress(ContractError):
        codec.encode(document)
    return None


def outcome(read: Callable[[bytes], object], data: bytes) -> object:
    """What was read, or the reason why not."""
    try:
        return read(data)
    except ContractError as error:
        return reason_of(error)


@settings(max_examples=300)
@given(damaged=mangled())
def test_a_damaged_document_is_read_or_refused_with_a_reason(damaged: tuple[str, bytes]) -> None:
    """No other exception, whatever was damaged."""
    assert refusal(*damaged) is None or refusal(*damaged) in set(QuarantineReason)


@given(data=BYTES)
def test_any_bytes_are_a_document_or_are_refused(data: bytes) -> None:
    """For every kind of document."""
    for name in DOCUMENTS:
        assert refusal(name, data) is None or refusal(name, data) in set(QuarantineReason)


@given(data=BYTES)
def test_any_bytes_as_an_answer_or_from_a_reader_are_borne(data: bytes) -> None:
    """The wrapped documents and the reader's own formats."""
    readers: list[Callable[[bytes], object]] = [parse_json, lambda text: sample_of(parse_post(text))]
    readers += [functools.partial(codec.decode_message, type=kind) for kind in ANSWERS.values()]
    assert all(outcome(read, data) is not None for read in readers)


@given(
    topic=st.text(max_size=80)
    | st.lists(st.sampled_from(["$aws", "things", "dt", "ZC-000001", "jobs", "mt", "", "+"])).map("/".join)
)
def test_any_topic_is_one_of_the_contract_or_is_refused(topic: str) -> None:
    """And what is parsed belongs to a serial that is one."""
    for parse in (topics.parse_topic, topics.parse_meter_topic):
        with contextlib.suppress(ContractError):
            assert 8 <= len(parse(topic).serial) <= 20
