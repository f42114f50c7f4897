"""The reader at the meter as it is sold: its rhythm, its mistake with L2, its MQTT formats, and the meter behind it."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from device_shadows import meter
from device_shadows.meter import MeterList, MeterSample, MeterSettings
from simulator.ams_meter import AmsMeter, due_lists
from simulator.house import read_house
from simulator.powu import HttpsReader, MqttReader
from tests.simulator.nights import at

BASE = "https://meter.example"


def a_meter(meter_type: str = "6525", load_a: tuple[float, float, float] = (0, 0, 0), **more: bool) -> AmsMeter:
    return AmsMeter(meter_type, read_house(), lambda: load_a, **more)


def a_reader(*currents_a: float) -> HttpsReader:
    reader = HttpsReader("0" * 20, BASE)
    if currents_a:
        one, two, three = currents_a
        reader.heard(MeterSample(list=MeterList.LINES, power_w=100.0, currents_a=(one, two, three)))
    return reader


@pytest.mark.parametrize(
    ("currents_a", "interval_s"),
    [((10, 10, 10), 30), ((33, 0, 0), 10), ((0, 0, 33), 10), ((0, 33, 0), 30), ((32, 0, 32), 30)],
    ids=["quiet", "L1", "L3", "L2 is forgotten", "not above"],
)
def test_it_hurries_when_l1_or_l3_is_above_the_threshold(
    currents_a: tuple[float, float, float], interval_s: int
) -> None:
    """It compares L1 twice and never L2."""
    reader = a_reader(*currents_a)
    assert (reader.next_post(at(0)) - at(0)).total_seconds() == interval_s
    assert b'"HighConsumption":"%d"' % (interval_s == 10) in (reader.body() or b"")


def test_the_answer_sets_its_rhythm_and_its_way() -> None:
    """It follows an address that begins with https: and no other."""
    reader = a_reader(20, 0, 0)
    reader.answered(200, meter.answer_body(MeterSettings(heartbeat_s=300, fast_heartbeat_s=5, threshold_a=25)))
    assert (reader.interval_s, reader.url) == (300, f"{BASE}/loadbalancer")
    reader.answered(200, meter.answer_body(MeterSettings(threshold_a=15, url="https://other.example")))
    assert (reader.interval_s, reader.url) == (10, "https://other.example/loadbalancer")
    reader.answered(200, meter.answer_body(MeterSettings(url="http://evil.example")))
    assert reader.url == "https://other.example/loadbalancer"


@pytest.mark.parametrize(
    "fail",
    [
        lambda reader: reader.failed(),
        lambda reader: reader.answered(401, b"{}"),
        lambda reader: reader.answered(200, b"<html>"),
    ],
    ids=["no answer", "refused", "not an answer"],
)
def test_after_a_failure_it_hurries_until_it_has_an_answer(fail: Callable[[HttpsReader], None]) -> None:
    """The fast interval, with the settings it had."""
    reader = a_reader(1, 1, 1)
    fail(reader)
    hurried = reader.interval_s
    reader.answered(200, meter.answer_body(MeterSettings()))
    assert (hurried, reader.interval_s) == (10, 30)


def test_it_says_nothing_before_the_meter_has() -> None:
    """And goes on with old numbers when the meter is dead."""
    reader = a_reader()
    assert reader.body() is None
    reader.heard(MeterSample(list=MeterList.LINES, power_w=4097.0, currents_a=(12.06, 5.75, 13.41)))
    first = reader.body()
    reader.heard(MeterSample(list=MeterList.POWER, power_w=5000.0))
    assert first is not None
    assert reader.body() == first.replace(b'"4097"', b'"5000"')


@pytest.mark.parametrize(
    ("by_list", "topics"),
    [(False, ["mt/POWU-0001"] * 3), (True, ["mt/POWU-0001/list1", "mt/POWU-0001/list2", "mt/POWU-0001/list3"])],
    ids=["format 0", "format 5"],
)
def test_each_list_has_its_topic(*, by_list: bool, topics: list[str]) -> None:
    """Format 0 has one topic for all."""
    reader, source = MqttReader("mt/POWU-0001", by_list=by_list), a_meter()
    assert [reader.message(source.sample(kind, at(0)))[0] for kind in MeterList] == topics


def test_a_power_list_on_the_wire_has_nothing_but_p() -> None:
    """Absence is not zero."""
    _, payload = MqttReader("mt/POWU-0001", by_list=True).message(a_meter().sample(MeterList.POWER, at(0)))
    assert list(json.loads(payload)["data"]) == ["P"]


@pytest.mark.parametrize("kind", list(MeterList))
@pytest.mark.parametrize("meter_type", ["6525", "6534", "MA304H3E", "MA304H4"])
def test_what_it_publishes_is_understood_as_the_meter_meant_it(kind: MeterList, meter_type: str) -> None:
    """Also the zeros of three-wire meters."""
    source = a_meter(meter_type, (16, 16, 0))
    _, payload = MqttReader("mt/POWU-0001", by_list=True).message(source.sample(kind, at(0)))
    assert meter.parse_json(payload) == a_meter(meter_type, (16, 16, 0)).understood(kind, at(0))


@pytest.mark.parametrize(
    ("meter_type", "second_a", "second_v"),
    [("6525", None, None), ("MA304H3E", 19.28, None), ("6534", 19.28, 230.4)],
    ids=["Aidon IT", "Kaifa IT", "Aidon TN"],
)
def test_a_meter_has_the_gaps_of_its_make(meter_type: str, second_a: float | None, second_v: float | None) -> None:
    """Chargers are in what it measures: 16 A of them on line 2."""
    sample = a_meter(meter_type, (16, 16, 0)).understood(MeterList.LINES, at(0))
    house_a = read_house().mean_w(at(0)) / 230 * 0.2
    assert sample.currents_a[1] == (None if second_a is None else pytest.approx(16 + house_a, rel=0.007))
    assert sample.voltages_v[1] == second_v


def test_the_lists_come_in_their_rhythm() -> None:
    """Power every two seconds, lines every ten, counters ten seconds after the hour."""
    minute = [kind for _, kind in due_lists(at(0), at(0, 60))]
    assert (minute.count(MeterList.POWER), minute.count(MeterList.LINES), minute.count(MeterList.COUNTERS)) == (
        24,
        5,
        1,
    )
    assert due_lists(at(0, 9), at(0, 10)) == [(at(0, 10), MeterList.COUNTERS)]


def test_an_aidon_may_repeat_its_counter_and_then_bring_both_hours() -> None:
    """History must spread it or flag it."""
    honest, repeating = a_meter(), a_meter(repeats_counter=True)
    hours = [at(0) + timedelta(hours=hour, seconds=10) for hour in range(3)]
    right = [honest.sample(MeterList.COUNTERS, hour).import_wh for hour in hours]
    wrong = [repeating.sample(MeterList.COUNTERS, hour).import_wh for hour in hours]
    assert wrong[1] == wrong[0] == right[0]
    assert (wrong[2] or 0) - (wrong[1] or 0) > 1.5 * ((right[2] or 0) - (right[1] or 0))


def test_outside_the_recording_the_house_repeats_its_weeks() -> None:
    """A world in real time has a house too."""
    source = a_meter()
    assert source.power_w(at(0)) == source.power_w(at(0) + timedelta(days=28 * 20))
