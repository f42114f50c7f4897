"""What a house usually takes per quarter of the week, and what plans may count on."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.balancing import Supply
from chalicelib.domain.house_load import (
    WEEKS_KEPT,
    QuarterMean,
    deliverable_a,
    find_usual_load_a,
    quarter_of_week,
    quarter_start,
    with_value,
)

OSLO = ZoneInfo("Europe/Oslo")
TN25 = Supply(main_fuse_a=25, grid_type="TN")
MONDAY = datetime(2026, 2, 9, tzinfo=OSLO)


@pytest.mark.parametrize(
    ("local", "quarter"),
    [
        pytest.param(datetime(2026, 2, 9, 0, 0, tzinfo=OSLO), 0, id="monday-midnight"),
        pytest.param(datetime(2026, 2, 9, 0, 14, 59, tzinfo=OSLO), 0, id="its-last-second"),
        pytest.param(datetime(2026, 2, 10, 7, 30, tzinfo=OSLO), 96 + 30, id="tuesday-half-past-seven"),
        pytest.param(datetime(2026, 2, 15, 23, 45, tzinfo=OSLO), 671, id="sunday-the-last"),
        pytest.param(datetime(2026, 3, 29, 1, 30, tzinfo=UTC), 6 * 96 + 14, id="summer-time-begins-03:30"),
        pytest.param(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 6 * 96 + 10, id="02:30-the-first-time"),
        pytest.param(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 6 * 96 + 10, id="02:30-the-second-time"),
    ],
)
def test_a_quarter_of_the_week_is_by_the_wall_clock(local: datetime, quarter: int) -> None:
    """People live by the wall clock: the habit of 07:30 stays at 07:30 when the clocks change."""
    assert quarter_of_week(local, OSLO) == quarter


def test_eight_weeks_are_kept() -> None:
    """The ninth pushes out the first."""
    loads: tuple[int, ...] = ()
    for week in range(9):
        loads = with_value(loads, week)
    assert loads == tuple(range(1, 1 + WEEKS_KEPT))


@pytest.mark.parametrize(
    ("values", "usual_a"),
    [
        pytest.param((), None, id="nothing-known"),
        pytest.param((100, 110), None, id="two-are-no-evidence"),
        pytest.param((100, 110, 90), 11.0, id="of-three-the-highest"),
        pytest.param((10, 20, 30, 40, 50, 60, 70, 200), 20.0, id="of-eight-the-highest"),
    ],
)
def test_the_usual_load_is_what_nine_weeks_in_ten_stay_under(values: tuple[int, ...], usual_a: float | None) -> None:
    """Amperes; None without three values."""
    assert find_usual_load_a({30: values} if values else {}, 30) == usual_a


def test_a_quarter_seldom_seen_learns_from_the_same_time_of_other_days() -> None:
    """Ten values of 07:30 on other days: nine of them are at most 9 A."""
    history = {30 + 96 * day: ((10 * (2 * day + 1)), (10 * (2 * day + 2))) for day in range(5)}
    assert find_usual_load_a(history, 30 + 96 * 6) == 9.0
    assert find_usual_load_a(history, 31 + 96 * 6) is None


def test_a_time_of_day_that_nobody_has_seen_counts_as_the_house_does_at_large() -> None:
    """After a day of samples; else a plan would run into just the hours of which nothing is known."""
    afternoon = dict.fromkeys(range(48, 95), (100, 120))
    assert find_usual_load_a(afternoon, 5) is None  # 94 values
    assert find_usual_load_a(afternoon | {95: (100, 120)}, 5) == 12.0


def test_plans_count_on_the_fuse_less_margin_less_usual_load() -> None:
    """24 A less the worst quarter of the slot; never negative; all of it where nothing is known."""
    history = {0: (80,) * 3, 1: (100,) * 3, 2: (300,) * 3}
    quarter = timedelta(minutes=15)
    slots = [(MONDAY, MONDAY + quarter), (MONDAY, MONDAY + 2 * quarter)]
    slots += [(MONDAY + 2 * quarter, MONDAY + 3 * quarter), (MONDAY + 3 * quarter, MONDAY + 4 * quarter)]
    assert deliverable_a(history, slots, TN25, OSLO) == (16.0, 14.0, 0.0, 24.0)


def test_a_quarters_mean_is_weighted_by_time() -> None:
    """10 A for 300 s and 20 A for 400 s are 15.8 A, rounded up to a tenth; a gap counts for 200 s at most."""
    mean = QuarterMean(quarter=quarter_start(MONDAY))
    for _ in range(30):
        mean = mean.with_sample(10.0, 10.0)
    assert mean.mean_da is None
    for _ in range(2):
        mean = mean.with_sample(20.0, 600.0)
    assert mean.mean_da == 158
    assert mean.with_sample(99.0, -5.0) == mean
