"""The capacity component; Bergen's steps of 2026: 2, 5, 10, 15 kW at 124, 200, 332, 480, 616 NOK a month."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from chalicelib.adapters import tariff_data
from chalicelib.domain.capacity import cost_of_peak, free_kw, measure_kw, month_cost
from chalicelib.domain.grid_tariffs import CapacityComponent
from chalicelib.domain.ids import GridCompanyId

DAY = date(2026, 2, 20)
PEAKS = {date(2026, 2, day): Decimal(kw) for day, kw in ((1, "4.8"), (3, "4.5"), (7, "5.4"), (9, "3.0"))}


def steps(name: str = "bkk") -> CapacityComponent:
    """The capacity component of a company at present."""
    return tariff_data.grid_companies()[GridCompanyId(name)].tariffs[-1].capacity


def test_the_measure_is_the_mean_of_the_three_highest_days() -> None:
    """(5.4 + 4.8 + 4.5) / 3."""
    assert (measure_kw(steps(), PEAKS), month_cost(steps(), PEAKS)) == (Decimal("4.9"), Decimal(200))


@pytest.mark.parametrize(
    ("hour_kw", "extra"),
    [("4.0", 0), ("4.5", 0), ("4.79", 0), ("4.8", 132), ("11", 132), ("19.8", 280)],
    ids=str,
)
def test_a_higher_hour_costs_the_step_it_reaches(hour_kw: str, extra: int) -> None:
    """4.8 kW makes the mean exactly 5, where the limit is inclusive; more goes on to the next steps."""
    found = cost_of_peak(steps(), PEAKS, DAY, Decimal(hour_kw))
    assert found is not None
    assert found.extra_cost == extra


def test_a_second_high_hour_on_one_day_costs_nothing_more() -> None:
    """Only the highest of a day counts."""
    found = cost_of_peak(steps(), {**PEAKS, DAY: Decimal(9)}, DAY, Decimal("8.9"))
    assert found is not None
    assert (found.before_kw == found.after_kw, found.extra_cost) == (True, Decimal(0))


def test_a_limit_that_is_not_inclusive_is_reached_only_beyond_it() -> None:
    """The same hour, another company's rule."""
    strict = msgspec.structs.replace(steps(), is_inclusive=False)
    found = [cost_of_peak(strict, PEAKS, DAY, Decimal(kw)) for kw in ("4.8", "4.81")]
    assert [change and change.extra_cost for change in found] == [0, 132]


def test_the_power_that_is_free_is_where_the_cost_begins() -> None:
    """At free_kw the next step is reached, a watt below it is not."""
    free = free_kw(steps(), PEAKS, DAY)
    assert free == Decimal("4.8")
    below = cost_of_peak(steps(), PEAKS, DAY, free - Decimal("0.001"))
    assert below is not None
    assert below.extra_cost == 0


def test_on_the_highest_step_all_power_is_free() -> None:
    """There is no step above it."""
    assert free_kw(steps(), {DAY: Decimal(200)}, DAY) is None


def test_a_company_that_charges_by_fuse_has_no_cost_of_a_peak() -> None:
    """Alut bills the main fuse."""
    assert cost_of_peak(steps("alut"), PEAKS, DAY, Decimal(20)) is None
