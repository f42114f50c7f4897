"""The default night by the wall clock, also when the clocks are changed."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from device_shadows.config import DefaultNight
from simulator.car import Car
from simulator.night import night_at
from tests.simulator.nights import CONFIG, a_charger

OSLO = ZoneInfo("Europe/Oslo")


def epoch_of(wall: str, *, fold: int = 0) -> int:
    return int(datetime.fromisoformat(wall).replace(tzinfo=OSLO, fold=fold).timestamp())


def night(start: str, end: str) -> DefaultNight:
    return DefaultNight(start=start, end=end, current_a=10)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-02-10T21:59:59", (False, "2026-02-10T22:00")),
        ("2026-02-10T22:00", (True, "2026-02-11T06:00")),
        ("2026-02-11T00:00", (True, "2026-02-11T06:00")),
        ("2026-02-11T05:59:59", (True, "2026-02-11T06:00")),
        ("2026-02-11T06:00", (False, "2026-02-11T22:00")),
    ],
)
def test_a_night_is_half_open(at: str, expected: tuple[bool, str]) -> None:
    """It holds at its first instant and not at its last."""
    assert night_at(night("22:00", "06:00"), "Europe/Oslo", epoch_of(at)) == (expected[0], epoch_of(expected[1]))


@pytest.mark.parametrize(
    ("evening", "morning", "hours"),
    [("2026-03-28T22:00", "2026-03-29T06:00", 7), ("2026-10-24T22:00", "2026-10-25T06:00", 9)],
)
def test_the_night_of_a_clock_change_has_seven_or_nine_hours(evening: str, morning: str, hours: int) -> None:
    """From wall clock to wall clock, not eight hours on."""
    is_night, end_s = night_at(night("22:00", "06:00"), "Europe/Oslo", epoch_of(evening))
    assert (is_night, end_s, end_s - epoch_of(evening)) == (True, epoch_of(morning), hours * 3600)


@pytest.mark.parametrize(
    ("window", "first_s", "last_s"),
    [
        (night("02:30", "05:00"), epoch_of("2026-10-25T02:30"), epoch_of("2026-10-25T05:00")),
        (night("01:00", "02:30"), epoch_of("2026-10-25T01:00"), epoch_of("2026-10-25T02:30", fold=1)),
        (night("02:30", "02:45"), epoch_of("2026-10-25T02:30"), epoch_of("2026-10-25T02:45", fold=1)),
    ],
)
def test_of_a_wall_time_that_comes_twice_the_first_starts_and_the_second_ends(
    window: DefaultNight, first_s: int, last_s: int
) -> None:
    """On the 25-hour day 02:30 comes twice."""
    assert night_at(window, "Europe/Oslo", first_s - 1) == (False, first_s)
    assert night_at(window, "Europe/Oslo", first_s) == (True, last_s)


def test_a_wall_time_that_does_not_exist_is_read_with_the_offset_before_the_gap() -> None:
    """02:30 on the 23-hour day is half past three in summer time."""
    gap_s = epoch_of("2026-03-29T03:30")
    assert night_at(night("02:30", "06:00"), "Europe/Oslo", gap_s - 1) == (False, gap_s)
    assert night_at(night("02:30", "06:00"), "Europe/Oslo", gap_s) == (True, epoch_of("2026-03-29T06:00"))


def test_a_night_from_and_to_the_same_time_is_the_whole_day() -> None:
    """The end is on the next day, and the next night begins there."""
    start_s = epoch_of("2026-02-10T22:00")
    assert night_at(night("22:00", "22:00"), "Europe/Oslo", start_s) == (True, start_s + 86400)


@pytest.mark.parametrize(("evening", "hours"), [("2026-03-28T20:00", 7), ("2026-10-24T20:00", 9)])
def test_a_car_without_a_plan_charges_for_the_hours_that_night_has(evening: str, hours: int) -> None:
    """23- and 25-hour days in the charger itself."""
    start = datetime.fromisoformat(evening).replace(tzinfo=OSLO)
    charger = a_charger(config=None)
    charger.apply_config(msgspec.structs.replace(CONFIG, default_night=night("22:00", "06:00")), start)
    charger.plug_in(Car(need_wh=50_000), start)
    charger.advance(start + timedelta(hours=13))
    assert charger.register_wh == hours * 2300
