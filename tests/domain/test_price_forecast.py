"""Forecasts: what is known stays, what is not is likely, and never free."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.domain.calendar import DAY, HOUR, QUARTER, Stretch, day_stretch, steps
from chalicelib.domain.price_forecast import with_forecast
from chalicelib.domain.prices import MARKET_TZ, PriceSlot, PriceState

FIRST = date(2026, 2, 2)  # a Monday
Rule = Callable[[datetime], float]


def days(count: int, rule: Rule, step: timedelta = HOUR, first: date = FIRST) -> list[PriceSlot]:
    """Days whose prices follow a rule of the local time."""
    window = Stretch(day_stretch(first, MARKET_TZ).start, day_stretch(first + count * DAY, MARKET_TZ).start)
    return [
        PriceSlot(one.start, one.end, Decimal(str(rule(one.start.astimezone(MARKET_TZ)))))
        for one in steps(window, step)
    ]


def tomorrow(known: list[PriceSlot]) -> list[PriceSlot]:
    """The day after the last one, forecast."""
    return with_forecast(known, day_stretch(known[-1].start.astimezone(MARKET_TZ).date() + DAY, MARKET_TZ))


def by_hour(wall: datetime) -> float:
    """The same every day: cheap at night."""
    return 1 + wall.hour / 10


def test_days_that_are_all_alike_go_on_as_they_were() -> None:
    """Each hour is forecast as it always was, and is marked as a forecast."""
    found = tomorrow(days(8, by_hour))
    assert [float(slot.price) for slot in found] == pytest.approx([1 + hour / 10 for hour in range(24)])
    assert {slot.state for slot in found} == {PriceState.FORECAST}


def test_quarters_keep_their_shape() -> None:
    """Where the market has quarters, the forecast has them."""
    found = tomorrow(days(8, lambda wall: 1 + wall.minute / 100, QUARTER))
    assert len(found) == 96
    assert [float(slot.price) for slot in found[:4]] == pytest.approx([1, 1.15, 1.3, 1.45])


def test_a_saturday_is_forecast_more_like_the_last_weekend_than_like_a_friday() -> None:
    """Dear mornings belong to working days; without kinds of days Saturday's would be like Friday's."""
    known = days(12, lambda wall: 3 if wall.weekday() < 5 and 6 <= wall.hour < 9 else 1)  # up to Friday
    saturday = tomorrow(known)
    friday_like = tomorrow(known[:-24])
    mornings = [float(slots[7].price) - float(slots[12].price) for slots in (saturday, friday_like)]
    assert mornings[0] < 0.85 * mornings[1]


def test_the_forecast_begins_near_the_last_known_price() -> None:
    """A dear evening goes on into the night and fades away."""
    usual = tomorrow(days(8, by_hour))
    dear = [*days(7, by_hour), *days(1, lambda wall: by_hour(wall) + 2 * (wall.hour >= 20), first=FIRST + 7 * DAY)]
    above = [float(one.price - other.price) for one, other in zip(tomorrow(dear), usual, strict=True)]
    assert above[0] > 1
    assert above[0] > above[6] > above[19] > 0


def test_known_hours_stay_as_they_are() -> None:
    """A forecast fills holes only, those of the past too."""
    known = days(8, by_hour)
    del known[30]
    found = with_forecast(known, Stretch(known[28].start, known[32].end))
    assert [slot.state for slot in found] == [PriceState.FINAL] * 2 + [PriceState.FORECAST] + [PriceState.FINAL] * 3
    assert found[0] is known[28]


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)], ids=["clocks forward", "clocks back"]
)
@pytest.mark.parametrize("step", [HOUR, QUARTER], ids=["hours", "quarters"])
def test_a_day_of_changing_clocks_is_forecast_whole(day: date, hours: int, step: timedelta) -> None:
    """Without a gap, the hour that comes twice twice at the same price."""
    found = tomorrow(days(8, by_hour, step, day - 8 * DAY))
    assert (len(found) * step, found[-1].end - found[0].start) == (hours * HOUR, hours * HOUR)
    expected = [by_hour(slot.start.astimezone(MARKET_TZ)) for slot in found]
    assert [float(slot.price) for slot in found] == pytest.approx(expected)


def test_three_days_ahead_there_is_still_a_forecast() -> None:
    """As far as plans reach."""
    known = days(3, by_hour)
    window = Stretch(known[-1].start, known[-1].end + 3 * DAY)
    found = with_forecast(known, window)
    assert (found[0].start, found[-1].end, len(found)) == (window.start, window.end, 73)


def test_a_few_hours_are_enough_for_a_forecast() -> None:
    """A zone whose first day has just been read."""
    known = days(1, by_hour)[:6]
    found = with_forecast(known, Stretch(known[-1].end, known[-1].end + DAY))
    assert len(found) == 24
    assert all(0 < slot.price < 3 for slot in found)


def test_a_forecast_is_not_learned_from() -> None:
    """Whatever was guessed of the next hours, the hours after them are forecast from what was published."""
    known = days(8, by_hour)
    window = Stretch(known[-1].end, known[-1].end + 2 * DAY)
    once = with_forecast(known, window)
    guessed = [PriceSlot(slot.start, slot.end, Decimal(9), PriceState.FORECAST) for slot in once[:10]]
    assert with_forecast([*known, *guessed], window) == [*guessed, *once[10:]]


def test_without_any_known_price_there_is_no_forecast() -> None:
    """Nothing is never taken for free power."""
    noon = datetime(2026, 2, 10, 12, tzinfo=UTC)
    assert with_forecast([], Stretch(noon, noon + HOUR)) == []
