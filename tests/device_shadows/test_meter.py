"""The reader at the meter: its two ways to speak, byte for byte, and what its zeros mean."""

import json

import msgspec
import pytest

from device_shadows import meter
from device_shadows.errors import ContractError
from device_shadows.meter import LoadBalancerPost, MeterList, MeterSample, MeterSettings, Wiring

POST = (
    b'{"LBToken":"01234567890123456789","L1A":"12.1",'
    b'"L2A":"5.8","L3A":"13.4","HighConsumption":"0","CurrentPower":"4097"}'
)
ANSWER = (
    b'{"Settings":{"HeartBeatTime":30,"HearBeatTimeFast":10,'
    b'"HeartBeatTimeFastThreshold":32,"ZmartChargeUrl":"https://example.invalid/x"}}'
)
HEAD = {"id": "AA:BB:CC:00:11:22", "name": "ams-1122", "up": 86400, "t": 1641133040, "vcc": 3.298, "rssi": -61}
REALTIME = {"h": 1.234, "d": 18.42, "m": 412.3, "t": 10, "x": 6.83, "peaks": [7.12, 6.8]}
IT_LIST2 = {
    "lv": "KFM_001",
    "meterId": "6970630000000000",
    "type": "MA304H3E",
    "P": 4097,
    "Q": 195,
    "PO": 0,
    "QO": 0,
    "I1": 12.06,
    "I2": 5.75,
    "I3": 13.41,
    "U1": 239.2,
    "U2": 0.0,
    "U3": 239.7,
}


def message(data: dict[str, object], **head: object) -> bytes:
    return json.dumps({**HEAD, **head, "data": data, "realtime": REALTIME}).encode()


def test_the_call_of_the_reader_is_written_byte_for_byte() -> None:
    """Strings, one decimal, whole watts, in the firmware's order."""
    assert meter.post_body("01234567890123456789", (12.06, 5.75, 13.41), 4097.0) == POST


def test_the_call_of_the_reader_is_read() -> None:
    """Amperes and watts come out as numbers."""
    sample = meter.sample_of(meter.parse_post(POST))
    assert (sample.list, sample.currents_a, sample.power_w) == (MeterList.LINES, (12.1, 5.8, 13.4), 4097.0)


def test_the_answer_to_the_reader_is_written_byte_for_byte() -> None:
    """With the reader's own spelling."""
    assert meter.answer_body(MeterSettings(url="https://example.invalid/x")) == ANSWER


def test_the_answer_is_read_as_the_reader_reads_it() -> None:
    """What is missing keeps its default."""
    assert meter.parse_answer(ANSWER) == MeterSettings(url="https://example.invalid/x")
    assert meter.parse_answer(b'{"Settings":{"HeartBeatTime":60}}') == MeterSettings(heartbeat_s=60)


@pytest.mark.parametrize(
    ("part", "expected"),
    [("", None), (" ", None), ("0", 0.0), ("12.1", 12.1), ("007", 7.0)],
)
def test_an_empty_part_of_the_call_is_unknown_not_zero(part: str, expected: float | None) -> None:
    """Zero is said as 0."""
    assert meter.sample_of(LoadBalancerPost(token="t", l1_a=part)).currents_a[0] == expected


@pytest.mark.parametrize("part", ["nan", "inf", "1e3", "-1", "1001", "12,1", "0x1", "1" * 30, "\u0661"])
def test_a_part_that_is_no_possible_number_is_refused(part: str) -> None:
    """Python would read several of them."""
    with pytest.raises(ContractError):
        meter.sample_of(LoadBalancerPost(token="t", l1_a=part))


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"LBToken":7}', b'{"LBToken":"t","L1A":12.1}', b'{"LBToken":"%s"}' % (b"x" * 65)]
)
def test_a_call_that_is_none_is_refused(body: bytes) -> None:
    """Numbers where the firmware writes strings come from somebody else."""
    with pytest.raises(ContractError):
        meter.parse_post(body)


def test_a_power_list_says_nothing_of_the_lines() -> None:
    """List 1 has only P; what is missing is not zero."""
    sample = meter.parse_json(message({"P": 3059}))
    assert sample == MeterSample(list=MeterList.POWER, ts=1641133040, power_w=3059.0)


def test_a_line_list_of_an_it_meter_has_no_second_voltage() -> None:
    """Its 0.00 was never measured; a current that was measured counts."""
    sample = meter.parse_json(message(IT_LIST2))
    assert (sample.list, sample.currents_a, sample.voltages_v) == (
        MeterList.LINES,
        (12.06, 5.75, 13.41),
        (239.2, None, 239.7),
    )


@pytest.mark.parametrize(
    ("meter_type", "second_a"), [("6525", None), ("MA304H3E", None), ("MA304H4", 0.0), ("6534", 0.0), ("new", 0.0)]
)
def test_a_zero_on_line_two_is_unknown_on_it_meters_only(meter_type: str, second_a: float | None) -> None:
    """On a TN grid an unused line really carries nothing."""
    sample = meter.parse_json(message(IT_LIST2 | {"type": meter_type, "I2": 0.0}))
    assert sample.currents_a[1] == second_a


def test_the_https_call_needs_the_grid_of_the_site() -> None:
    """It does not name the meter type."""
    sample = meter.sample_of(LoadBalancerPost(token="t", l1_a="9.0", l2_a="0.0", l3_a="4.0"))
    assert (meter.on_grid(sample, "IT").currents_a, meter.on_grid(sample, "TN").currents_a) == (
        (9.0, None, 4.0),
        (9.0, 0.0, 4.0),
    )


def test_a_counter_list_has_the_register_in_wh() -> None:
    """20200.285 kWh, to the watt-hour."""
    sample = meter.parse_json(message({"type": "MA304H4", "P": 2457, "I1": 0.96, "tPI": 20200.285, "tPO": 0.0}))
    assert (sample.list, sample.import_wh, sample.export_wh) == (MeterList.COUNTERS, 20_200_285, 0)


def test_a_frame_without_a_time_has_none() -> None:
    """The firmware writes 0."""
    assert meter.parse_json(message({"P": 1}, t=0)).ts is None


@pytest.mark.parametrize(
    "payload",
    [b"online", b"{}", message({"P": "4097"}), message({"I1": -1}), message({"P": 2e6}), message({"P": 1}, t=-5)],
)
def test_a_message_that_breaks_the_format_is_refused(payload: bytes) -> None:
    """The reader is a stranger's device."""
    with pytest.raises(ContractError):
        meter.parse_json(payload)


@pytest.mark.parametrize(
    ("meter_type", "wiring"),
    [
        ("6515", Wiring(1, None)),
        ("6525", Wiring(3, "IT")),
        ("6534", Wiring(3, "TN")),
        ("6540", None),
        ("MA105H2E", Wiring(1, None)),
        ("MA304H3E", Wiring(3, "IT")),
        ("MA304H4", Wiring(3, "TN")),
        ("6861111BN242101040", Wiring(1, None)),
        ("6841131BN243101040", Wiring(3, "TN")),
        ("6841121BN243101040", Wiring(3, "IT")),
        ("", None),
    ],
)
def test_a_meter_type_tells_the_grid(meter_type: str, wiring: Wiring | None) -> None:
    """Current transformers and unknown types tell nothing."""
    assert meter.find_wiring(meter_type) == wiring


def test_what_the_reader_writes_is_read_back() -> None:
    """The simulated reader and the cloud use the same words."""
    sample = meter.parse_json(message(IT_LIST2))
    assert meter.parse_json(meter.as_json(sample, reader=HEAD, data={"lv": "KFM_001"})) == sample


def test_the_readers_own_numbers_are_not_kept() -> None:
    """Neither the meter's id nor the reader's address is in the sample."""
    text = msgspec.json.encode(meter.parse_json(message(IT_LIST2))).decode()
    assert "6970630000000000" not in text
    assert "AA:BB" not in text
