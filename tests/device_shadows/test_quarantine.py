"""Why a message is refused: each bad message has one word."""

import pytest

from device_shadows import codec, topics
from device_shadows.errors import ContractError
from device_shadows.quarantine import EARLIEST_S, QuarantineReason, is_possible_time, reason_of, require_possible_time
from device_shadows.reading import Reading
from device_shadows.status import StatusReported
from tests.device_shadows.samples import NOW_S

GOOD = b'{"epoch":1,"seq":1,"ts":1770764400,"register_wh":0,"plug_seq":1,"kind":"quarter"}'


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b'{"x":"' + b"a" * 8192 + b'"}', "too_large"),
        (b"[" * 100 + b"]" * 100, "too_deep"),
        (b"\x00\x01\x02", "not_json"),
        (b"", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[]", "wrong_type"),
        (b"{}", "wrong_type"),
        (GOOD.replace(b'"seq":1', b'"seq":"1"'), "wrong_type"),
        (GOOD.replace(b'"seq":1', b'"seq":1.5'), "wrong_type"),
        (GOOD.replace(b'"seq":1', b'"seq":null'), "wrong_type"),
        (GOOD.replace(b'"quarter"', b"7"), "wrong_type"),
        (GOOD.replace(b'"seq":1', b'"seq":-1'), "out_of_range"),
        (GOOD.replace(b'"register_wh":0', b'"register_wh":9007199254740992'), "out_of_range"),
        (GOOD.replace(b'"register_wh":0', b'"register_wh":1' + b"0" * 400), "out_of_range"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_bad_reading_is_put_aside_with_its_reason(payload: bytes, reason: str) -> None:
    """One word for each way to be wrong."""
    with pytest.raises(ContractError) as caught:
        codec.decode(payload, Reading)
    assert reason_of(caught.value) == reason


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("faults", b'["Not A Code"]', "out_of_range"),
        ("faults", b'["x"' + b',"x"' * 16 + b"]", "out_of_range"),
        ("drawn_a", b"[1,2]", "out_of_range"),
        ("drawn_a", b'["1","2","3"]', "wrong_type"),
        ("network", b"[]", "wrong_type"),
    ],
)
def test_a_bad_part_of_a_status_is_named_too(field: str, value: bytes, reason: str) -> None:
    """Lists and sections are no exception."""
    with pytest.raises(ContractError) as caught:
        codec.decode(b'{"%s":%s}' % (field.encode(), value), StatusReported)
    assert reason_of(caught.value) == reason


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("dt/ZC-000001/else", QuarantineReason.UNKNOWN_TOPIC),
        ("dt/lower-case/reading", QuarantineReason.UNKNOWN_THING),
        ("dt/../reading", QuarantineReason.UNKNOWN_THING),
        ("", QuarantineReason.UNKNOWN_TOPIC),
    ],
)
def test_a_topic_of_nobody_has_its_reason(topic: str, reason: QuarantineReason) -> None:
    """The topic says who speaks, so it is checked first."""
    with pytest.raises(ContractError) as caught:
        topics.parse_topic(topic)
    assert reason_of(caught.value) is reason


@pytest.mark.parametrize("ts", [0, 3600, EARLIEST_S - 1, NOW_S + 301, 2**31, 253_402_300_799])
def test_a_time_that_no_right_clock_can_show_is_impossible(ts: int) -> None:
    """1970, 2038, and an hour ahead."""
    with pytest.raises(ContractError) as caught:
        require_possible_time(ts, NOW_S)
    assert reason_of(caught.value) is QuarantineReason.IMPOSSIBLE_TIME


@pytest.mark.parametrize("ts", [EARLIEST_S, NOW_S - 40 * 86_400, NOW_S, NOW_S + 300])
def test_a_late_reading_is_possible(ts: int) -> None:
    """A charger may have been offline for a month; its clock may be five minutes ahead."""
    assert is_possible_time(ts, NOW_S)
