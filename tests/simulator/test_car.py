"""The manners of cars: they taper, stop early, sleep and pause."""

import pytest

from simulator.car import Car
from simulator.charger import Charger
from tests.simulator.nights import a_charger, a_plan, at, smart, what_was_read

WH = 3_600_000


def test_a_car_that_stops_at_80_percent_says_what_a_full_one_says() -> None:
    """The charger cannot know better: 8 of 10 kWh, then full."""
    charger = a_charger()
    charger.plug_in(Car(need_wh=10_000, stops_at_percent=80), at(-6))
    charger.apply_charging(smart(a_plan((-6, 8, 16), valid_until=9)), at(-6))
    charger.advance(at(8))
    assert (charger.register_wh, charger.status.reason, charger.status.car_full) == (8_000, "car_full", True)


def test_a_car_tapers_by_one_ampere_at_a_time() -> None:
    """From half of its need on, 10 A down to 6 A, and full to the watt-hour."""
    charger = a_charger()
    charger.plug_in(Car(need_wh=10_000, max_current_a=10, taper_from_percent=50), at(-6))
    charger.apply_charging(smart(a_plan((-6, 8, 16), valid_until=9)), at(-6))
    charger.advance(at(8))
    powers_a = [status.drawn_a[0] for status in charger.statuses if status.drawn_a[0]]
    assert (powers_a, charger.register_wh) == ([10.0, 9.0, 8.0, 7.0, 6.0], 10_000)


@pytest.mark.parametrize(
    ("wakes_after_s", "register_wh"),
    [(None, 0), (600, 3680 * 50 // 60), (0, 3680)],
    ids=["never", "ten minutes later", "at once"],
)
def test_a_car_sleeps_after_a_long_pause(wakes_after_s: int | None, register_wh: int) -> None:
    """Plugged in at 18:00, offered from 02:00 to 03:00, asleep after an hour."""
    charger = a_charger()
    charger.plug_in(Car(need_wh=50_000, sleeps_after_s=3600, wakes_after_s=wakes_after_s), at(-6))
    charger.apply_charging(smart(a_plan((2, 3, 16), valid_until=9)), at(-6))
    charger.advance(at(2, 1))
    reason = charger.status.reason
    charger.advance(at(8))
    assert charger.register_wh == pytest.approx(register_wh, abs=2)
    assert reason == ("plan" if wakes_after_s == 0 else "car_paused")


def test_a_car_that_is_offered_current_in_time_does_not_sleep() -> None:
    """A pause of half an hour is not an hour."""
    charger = a_charger()
    charger.plug_in(Car(need_wh=50_000, sleeps_after_s=3600), at(1.5))
    charger.apply_charging(smart(a_plan((2, 3, 16), valid_until=9)), at(1.5))
    charger.advance(at(3))
    assert charger.register_wh == 3680


def test_a_car_that_pauses_by_itself_goes_on_later() -> None:
    """At half of its need, for ten minutes; the readings show the pause."""
    charger = a_charger()
    charger.plug_in(Car(need_wh=3680, pauses_at_percent=50, pauses_for_s=600), at(0))
    charger.apply_charging(smart(a_plan((0, 5, 16), valid_until=9)), at(0))
    charger.advance(at(0.55))
    assert (charger.status.evse_state, charger.status.reason) == ("B", "car_paused")
    charger.advance(at(5))
    flows = [(kind, round(hour, 3), wh) for kind, hour, wh in what_was_read(charger) if kind.startswith("flow")]
    assert flows == [
        ("flow_start", 0.0, 0),
        ("flow_stop", 0.5, 1840),
        ("flow_start", 0.667, 1840),
        ("flow_stop", 1.167, 3680),
    ]


def test_a_tapering_car_adds_up_however_time_is_cut() -> None:
    """Prompt or late, the same register and the same readings."""

    def night() -> Charger:
        charger = a_charger()
        car = Car(need_wh=9_999, max_current_a=16, taper_from_percent=70, pauses_at_percent=30, pauses_for_s=77)
        charger.plug_in(car, at(-6))
        charger.apply_charging(smart(a_plan((-5, 5, 16), valid_until=9)), at(-6))
        return charger

    prompt, late = night(), night()
    for second in range(0, 14 * 3600, 13):
        prompt.advance(at(-6, second))
    for charger in (prompt, late):
        charger.advance(at(8))
    assert prompt.memory() == late.memory()
    assert late.register_mj == 9_999 * WH
