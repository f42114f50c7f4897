"""What a replayed session knows when: only earlier sessions, and only prices that were published."""
# ruff: noqa: DTZ001 - the times of the data have no zone

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest

from chalicelib.domain.calendar import DAY, HOUR
from cli.backtest.command import place
from cli.backtest.homes import (
    OSLO,
    ChargerSize,
    PastSession,
    Placed,
    RealSession,
    size_of,
    usual_ready_by,
    with_past,
)
from cli.backtest.replay import Settings, replay
from cli.backtest.tape import Tape, known_until, next_publication
from tests.cli.backtest.made import FIRST, hourly_prices

NIGHT = RealSession(datetime(2022, 2, 7, 17), datetime(2022, 2, 8, 7, 30), "home", 7360)
SMALL = ChargerSize(1, 16)


def nights(count: int, left: time = time(7, 30), energy_wh: int = 7360) -> list[RealSession]:
    """So many nights from the 7th of February 2022 on."""
    first = datetime(2022, 2, 7, 17)
    return [
        RealSession(first + day * DAY, datetime.combine(first + (day + 1) * DAY, left), "home", energy_wh)
        for day in range(count)
    ]


def placed(plugged: datetime, left: datetime, energy_wh: int = 7360, earlier: int = 20) -> Placed:
    """A session on the prices themselves, after so many that needed 7.36 kWh."""
    session = RealSession(plugged, left, "home", energy_wh)
    past = PastSession(session=session, size=SMALL, ready_by=time(7), earlier_wh=(7360,) * earlier, earlier=())
    return past.moved(timedelta())


def test_a_session_is_moved_by_whole_weeks_and_keeps_its_time_of_day() -> None:
    """Four times 364 days: a Monday stays a Monday, and 17:00 stays 17:00."""
    (past,) = with_past([NIGHT])
    found = place(past, Tape("NO1", "hours", "spot", hourly_prices()))
    assert found is not None
    local = found.plugged_at.astimezone(OSLO)
    assert (local.replace(tzinfo=None), local.weekday()) == (datetime(2026, 2, 2, 17), 0)
    assert found.ready_by == datetime(2026, 2, 3, 6, tzinfo=UTC)


def test_a_session_that_no_shift_brings_onto_whole_prices_is_left_out() -> None:
    """The night's prices have a hole."""
    (past,) = with_past([NIGHT])
    holed = [slot for slot in hourly_prices() if slot.start != datetime(2026, 2, 3, 1, tzinfo=UTC)]
    assert place(past, Tape("NO1", "hours", "spot", holed)) is None


def test_the_night_to_summer_time_is_an_hour_shorter() -> None:
    """From 22:00 to 07:00 by the clock on the wall are eight hours, and in autumn ten."""
    spring = placed(datetime(2026, 3, 28, 22), datetime(2026, 3, 29, 7))
    autumn = placed(datetime(2026, 10, 24, 22), datetime(2026, 10, 25, 7))
    assert [(one.ready_by - one.plugged_at) / HOUR for one in (spring, autumn)] == [8, 10]


def test_the_replayed_night_to_summer_time_pays_the_hours_that_were() -> None:
    """5 h at 3.68 kW from 23:00 on end at 05:00 summer time; the clairvoyant has 8 hours but no two o'clock."""
    tape = Tape("NO1", "hours", "spot", hourly_prices(lambda start: start.astimezone(OSLO).hour * 100, days=80))
    one = placed(datetime(2026, 3, 28, 23), datetime(2026, 3, 29, 8), energy_wh=5 * 3680)
    outcomes = replay(one, tape, Settings())
    per_hour = 3.68 * 100 * 11.5 / 1000
    assert outcomes["at_once"].cost == pytest.approx((23 + 0 + 1 + 3 + 4) * per_hour)
    assert outcomes["clairvoyant"].cost == pytest.approx((0 + 1 + 3 + 4 + 5) * per_hour)


def test_ready_by_is_learned_from_earlier_nights() -> None:
    """Ten nights: one left at 06:20 and the others at 06:50, which is taken as 06:45; nine nights tell nothing."""
    seen = nights(1, time(6, 20)) + nights(9, time(6, 50))
    assert usual_ready_by(seen) == time(6, 45)
    assert usual_ready_by(seen[:9]) == time(7)


def test_days_and_long_stays_tell_nothing_about_when_to_be_ready() -> None:
    """A car that came in the morning, one that left in the afternoon, one that stayed two nights."""
    day = datetime(2022, 2, 7)
    odd = [
        RealSession(day + 9 * HOUR, day + 29 * HOUR, "home", 7360),
        RealSession(day + 17 * HOUR, day + 40 * HOUR, "home", 7360),
        RealSession(day + 17 * HOUR, day + 53 * HOUR, "home", 7360),
    ]
    assert usual_ready_by(odd * 10) == time(7)


def test_learning_sees_only_earlier_sessions() -> None:
    """Each night knows as many as were before it, of its own home."""
    found = list(with_past([*nights(5), *(RealSession(n.plugged, n.left, "other", 9000) for n in nights(3))]))
    mine = [past for past in found if past.session.user == "home"]
    assert [len(past.earlier_wh) for past in mine] == [0, 1, 2, 3, 4]
    assert all(one.left <= past.session.plugged for past in mine for one in past.earlier)


@pytest.mark.parametrize(
    ("energy_wh", "hours", "power_w"),
    [(3_000, 1, 3680), (3_700, 1, 5060), (7_300, 1, 7360), (11_000, 1, 11_040), (50_000, 1, 22_080)],
)
def test_a_home_is_as_strong_as_it_was_seen(energy_wh: int, hours: int, power_w: float) -> None:
    """The smallest usual charger that can have done it; none is larger than 3 x 32 A."""
    begin = datetime(2022, 2, 7, 17)
    assert size_of([RealSession(begin, begin + hours * HOUR, "home", energy_wh)]).power_w == power_w


def test_prices_come_at_one_o_clock_the_day_before() -> None:
    """Known until midnight before 13:00, then until the next; the day of 23 hours ends an hour earlier."""
    noon = datetime(2026, 3, 28, 11, tzinfo=UTC)
    assert known_until(noon) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert next_publication(noon) == datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert known_until(noon + HOUR) == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert next_publication(noon + HOUR) == datetime(2026, 3, 29, 11, tzinfo=UTC)


def test_prices_that_were_not_published_are_not_seen() -> None:
    """At noon the next night is forecast from the days before, whatever it became."""
    turn = FIRST + 20 * DAY
    tape = Tape("NO1", "hours", "spot", hourly_prices(lambda start: 900 if start >= turn else 100))
    seen = tape.published(turn - 12 * HOUR, turn + 6 * HOUR)
    assert {round(slot.price / 11.5 * 1000) for slot in seen} == {100}
    assert {round(slot.price / 11.5 * 1000) for slot in tape.published(turn - 11 * HOUR, turn + 6 * HOUR)} == {100, 900}


def test_new_prices_change_a_plan_that_waits() -> None:
    """At noon the night seems dear and the evening cheap; at 13:00 the night is known to be the cheapest of all."""
    turn = FIRST + 20 * DAY

    def price(start: datetime) -> int:
        if start >= turn:
            return 10
        return 100 if start.astimezone(OSLO).hour >= 20 else 400

    tape = Tape("NO1", "hours", "spot", hourly_prices(price))
    day = turn.astimezone(OSLO).replace(tzinfo=None)
    one = placed(day - 12 * HOUR, day + 8 * HOUR)
    outcomes = replay(one, tape, Settings())
    assert outcomes["known_published"].cost == pytest.approx(outcomes["clairvoyant"].cost)
    assert outcomes["learned"].cost == pytest.approx(7.36 * 10 * 11.5 / 1000)


def test_a_need_that_never_varied_is_as_good_as_known() -> None:
    """Twenty sessions of 7.36 kWh: the next one costs what a known need would."""
    tape = Tape("NO1", "hours", "spot", hourly_prices())
    outcomes = replay(placed(datetime(2026, 2, 20, 17), datetime(2026, 2, 21, 7, 30)), tape, Settings())
    assert outcomes["learned"].cost == pytest.approx(outcomes["clairvoyant"].cost)


def test_a_car_that_needs_more_than_ever_goes_on_until_it_is_full() -> None:
    """11.04 kWh after twenty times 7.36: the third hour follows the second cheap one, from 5 to 6 at 200."""
    tape = Tape("NO1", "hours", "spot", hourly_prices())
    one = placed(datetime(2026, 2, 20, 17), datetime(2026, 2, 21, 7, 30), energy_wh=11_040)
    learned = replay(one, tape, Settings())["learned"]
    assert (learned.is_full, learned.starts) == (True, 2)
    assert learned.cost == pytest.approx(3.68 * (100 + 100 + 200) * 11.5 / 1000)


def test_a_car_that_leaves_early_has_what_had_flowed() -> None:
    """Away at 02:00: the plans had the hour from 1 to 2, and at once it was full."""
    tape = Tape("NO1", "hours", "spot", hourly_prices())
    one = placed(datetime(2026, 2, 20, 17), datetime(2026, 2, 21, 2))
    outcomes = replay(one, tape, Settings())
    assert (one.is_yardstick, one.could_be_full) == (False, True)
    told = {name: (round(found.energy_wh), found.is_full) for name, found in outcomes.items()}
    assert told["at_once"] == (7360, True)
    assert told["known"] == told["learned"] == (3680, False)


def test_no_strategy_beats_the_clairvoyant_and_none_lasts_longer_than_the_car() -> None:
    """For needs small and large, learned or not, in evenings of made-up prices."""
    tape = Tape("NO1", "hours", "spot", hourly_prices(lambda start: (start.day * 37 + start.hour * 53) % 97 + 5))
    for hours in range(1, 12, 2):
        one = placed(datetime(2026, 2, 20, 16, 7), datetime(2026, 2, 21, 8), energy_wh=hours * 3000, earlier=hours)
        outcomes = replay(one, tape, Settings())
        for found in outcomes.values():
            assert found.cost >= outcomes["clairvoyant"].cost - 1e-6
            edges = [edge for flow in found.flows for edge in (flow.start, flow.end)]
            assert all(early <= late for early, late in pairwise([one.plugged_at, *edges, one.left_at]))
