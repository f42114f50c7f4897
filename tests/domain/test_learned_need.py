"""What earlier sessions tell about the next one."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil, floor
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.calendar import DAY, HOUR
from chalicelib.domain.learned_need import ALL_HOMES, Stay, learn_need, need_of, value_of, weigh_departure
from chalicelib.domain.planning.problem import PricedSlot

OSLO = ZoneInfo("Europe/Oslo")
needs = st.lists(st.integers(100, 60_000), min_size=1, max_size=60)


@given(energies=needs, probability=st.floats(0.05, 0.99))
def test_a_quantile_lies_between_two_sessions(energies: list[int], probability: float) -> None:
    """At (N + 1) p of N sessions by energy, on the line between two of them; never beyond the largest."""
    levels, place = sorted(energies), (len(energies) + 1) * probability
    found = need_of(energies).quantile_wh(probability)
    below, above = levels[max(floor(place) - 1, 0)], levels[min(ceil(place), len(levels)) - 1]
    assert min(below, above) <= found <= above
    if 1 <= place <= len(levels):
        assert found == pytest.approx(below + (place - floor(place)) * (above - below), abs=1.0)


@given(energies=needs, probability=st.floats(0.05, 0.99))
def test_the_quantile_is_enough_with_its_probability_and_no_less_is(energies: list[int], probability: float) -> None:
    """As the plan tells it; where not even the largest session is enough, that is told."""
    need = need_of(energies)
    found = need.quantile_wh(probability)
    assert need.chance_enough(found) >= min(probability, need.chance_enough(max(energies))) - 1e-9
    assert found == min(energies) or need.chance_enough(found - 2) < probability


@given(energies=needs)
def test_less_and_less_is_likely(energies: list[int]) -> None:
    """The chance of needing more falls from one, and never to nothing: nobody has seen the largest need."""
    need = need_of(energies)
    chances = [need.chance_beyond(energy_wh) for energy_wh in range(0, 70_000, 5_000)]
    assert need.chance_beyond(min(energies) - 1) == 1.0
    assert all(more >= less > 0 for more, less in pairwise(chances))
    enough = [need.chance_enough(energy_wh) for energy_wh in range(0, 70_000, 5_000)]
    assert all(1 - step <= line < 1 for step, line in zip(chances, enough, strict=True))
    assert enough == sorted(enough)


@given(energies=needs, low_wh=st.integers(0, 40_000), width_wh=st.integers(0, 30_000))
def test_what_is_used_on_average_is_the_area_under_the_chance(energies: list[int], low_wh: int, width_wh: int) -> None:
    """Against the mean over the sessions and the one beyond them all."""
    high_wh = low_wh + width_wh
    used = [min(max(energy_wh - low_wh, 0), width_wh) for energy_wh in [*energies, 1_000_000]]
    assert need_of(energies).expected_wh(low_wh, high_wh) == pytest.approx(sum(used) / len(used))


def test_a_new_charger_needs_what_all_homes_do() -> None:
    """36 kWh are enough for 19 of 20 sessions of all homes."""
    assert learn_need([]) == ALL_HOMES
    assert ALL_HOMES.quantile_wh(0.95) == 36_150


def test_the_first_sessions_say_whether_a_home_needs_much_or_little() -> None:
    """Homes whose first three sessions took 4 or 20 kWh: 19 of 20 need no more than 18 or 37 kWh, of all homes 36."""
    little, much = learn_need([4_000] * 3), learn_need([20_000] * 3)
    assert (little.quantile_wh(0.95), much.quantile_wh(0.95)) == (17_804, 36_795)
    assert little.quantile_wh(0.5) < ALL_HOMES.quantile_wh(0.5) < much.quantile_wh(0.5)


def test_nine_sessions_are_joined_by_all_homes_and_ten_stand_alone() -> None:
    """Of 8 kWh each: nine leave more than 12 kWh likely enough to be planned for, ten do not."""
    assert learn_need([8_000] * 9).quantile_wh(0.95) > 12_000
    assert learn_need([8_000] * 10).quantile_wh(0.95) == 8_000


def test_only_the_last_sixty_sessions_that_charged_count() -> None:
    """An old car's needs are forgotten, and a plug that was only tried does not count."""
    assert learn_need([50_000] * 30 + [9_000] * 60 + [0, 99]) == need_of([9_000] * 60)


def stays(left: list[timedelta]) -> list[Stay]:
    """Cars that came at 17:00 on as many days and left so long after midnight."""
    midnight = datetime(2026, 2, 1, 23, tzinfo=UTC)
    return [Stay(midnight + day * DAY + 17 * HOUR, midnight + day * DAY + after) for day, after in enumerate(left)]


def hours(count: int, price: float, begin: datetime) -> list[PricedSlot]:
    """Hours of one price."""
    return [PricedSlot(begin + number * HOUR, begin + (number + 1) * HOUR, price) for number in range(count)]


def test_energy_is_worth_less_the_likelier_the_car_is_away() -> None:
    """Five of ten cars left at 20:00 and five at 07:00: after 20:00 a price of 1 counts (1 - 2) x 6 / 11."""
    plugged_at = datetime(2026, 3, 3, 16, tzinfo=UTC)
    seen = stays([20 * HOUR] * 5 + [31 * HOUR] * 5)
    weighed = weigh_departure(hours(5, 1.0, plugged_at), seen, plugged_at, OSLO)
    assert [slot.price for slot in weighed] == pytest.approx([-1.0] * 12 + [-6 / 11] * 8)


def test_few_or_other_stays_tell_nothing_and_three_in_a_hundred_leave_each_hour() -> None:
    """Nine stays are too few, and those that begin in the morning tell nothing about the evening."""
    evening, morning = datetime(2026, 3, 3, 16, tzinfo=UTC), datetime(2026, 3, 3, 7, tzinfo=UTC)
    for seen, plugged_at in ((stays([20 * HOUR] * 9), evening), (stays([20 * HOUR] * 20), morning)):
        weighed = weigh_departure(hours(14, 1.0, plugged_at), seen, plugged_at, OSLO)
        usual = [-(0.97 ** (quarter / 4 + 0.125)) for quarter in range(14 * 4)]
        assert [slot.price for slot in weighed] == pytest.approx(usual)


def test_what_is_missing_is_worth_two_mean_prices_whatever_the_currency() -> None:
    """The same night in another currency is weighed the same."""
    plugged_at = datetime(2026, 3, 3, 16, tzinfo=UTC)
    kroner, euros = (weigh_departure(hours(5, price, plugged_at), [], plugged_at, OSLO) for price in (11.0, 1.0))
    assert value_of([1.0, -3.0]) == 4.0
    assert [slot.price for slot in kroner] == pytest.approx([11.0 * slot.price for slot in euros])


def test_departures_are_told_by_the_clock_on_the_wall() -> None:
    """Cars leave at 07:00: in the night to summer time that is an hour less after plug-in."""
    plugged_at = datetime(2026, 3, 28, 16, tzinfo=UTC)
    weighed = weigh_departure(hours(15, 1.0, plugged_at), stays([31 * HOUR] * 10), plugged_at, OSLO)
    assert next(slot.start for slot in weighed if slot.price > -1.0) == datetime(2026, 3, 29, 5, tzinfo=UTC)
