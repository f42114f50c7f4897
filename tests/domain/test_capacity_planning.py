"""What a high hour costs for the rest of the month, and when a plan avoids it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from chalicelib.domain.balancing import Supply
from chalicelib.domain.calendar import HOUR
from chalicelib.domain.capacity_planning import (
    MonthTariff,
    extra_cost,
    house_peak_kw,
    house_w,
    peaks_so_far,
    wh_by_hour,
    within_capacity,
)
from chalicelib.domain.grid_tariffs import CapacityComponent, CapacityStep
from chalicelib.domain.house_load import Loads
from chalicelib.domain.learned_need import need_of
from chalicelib.domain.planning_cases import HouseHistory, PlanningCase
from chalicelib.domain.plans import PlanId
from chalicelib.domain.sessions import SessionGoal
from chalicelib.domain.site_planning import Drafts, completed, draft
from tests.domain.test_session_planning import PLUG_IN, POWER_W, case, slots

KW = Decimal(1)
STEPS = CapacityComponent(
    method="three_days_of_month",
    is_inclusive=False,
    steps=tuple(CapacityStep(KW * above, KW * price) for above, price in ((0, 1200), (2, 2400), (5, 3600), (10, 6000))),
)
"""100 a month below 2 kW, 200 below 5, 300 below 10, else 500."""
FLAT = [Decimal("1.00")] * 8 + [Decimal("0.90")] * 3 + [Decimal("1.00")] * 5


def month(*peaks_kw: int, vat: str = "0", component: CapacityComponent = STEPS) -> MonthTariff:
    """A month in which these were the highest hours of its first days."""
    known = {date(2026, 2, 1 + day): Decimal(kw) for day, kw in enumerate(peaks_kw)}
    return MonthTariff(component=component, vat=Decimal(vat), peaks_kw=known)


def a_night(**changes: Any) -> list[PlanningCase]:
    """Three hours' energy at 7.36 kW; the cheapest three cost 0.90, the others 1.00."""
    return [case(slots=slots(FLAT), **changes)]  # type: ignore[arg-type]


def highest_w(cases: list[PlanningCase], drafts: Drafts) -> float:
    """Of the cars alone."""
    return max(wh_by_hour(cases, drafts).values())


def lowered(cases: list[PlanningCase], tariff: MonthTariff) -> Drafts:
    """The plan with the month in mind."""
    return within_capacity(cases, draft(cases, PLUG_IN), tariff, PLUG_IN)


def test_a_new_step_costs_what_the_month_then_costs_more() -> None:
    """9.36 kW (2 are the house's) lift the mean of three days over 5 kW: 100 more, with VAT 125."""
    cases = a_night()
    drafts = draft(cases, PLUG_IN)
    assert extra_cost(cases, drafts, month(3, 3), PLUG_IN) == 100
    assert extra_cost(cases, drafts, month(3, 3, vat="0.25"), PLUG_IN) == 125
    assert extra_cost(cases, drafts, month(9, 9, 9), PLUG_IN) == 0


def test_a_plan_stays_below_a_step_that_costs_more_than_it_saves() -> None:
    """Two days of 3 kW: the third may have 9 before their mean is 5; 22 kWh are spread below that, and cost more."""
    cases = a_night()
    usual = draft(cases, PLUG_IN)
    kept = lowered(cases, month(3, 3))
    assert highest_w(cases, usual) == pytest.approx(POWER_W)
    assert highest_w(cases, kept) <= 7_000
    assert sum(wh_by_hour(cases, kept).values()) == pytest.approx(3 * POWER_W, rel=0.001)
    assert extra_cost(cases, kept, month(3, 3), PLUG_IN) == 0


def test_a_step_that_is_cheaper_than_what_the_night_saves_is_taken() -> None:
    """The same, where the other hours cost a hundred times as much."""
    dear = [price if price < 1 else Decimal(100) for price in FLAT]
    cases = [case(slots=slots(dear))]  # type: ignore[arg-type]
    assert lowered(cases, month(3, 3)) == draft(cases, PLUG_IN)


def test_a_month_whose_step_is_reached_already_costs_nothing_more() -> None:
    """Three days of 9 kW: the plan is the cheapest one."""
    cases = a_night()
    assert lowered(cases, month(9, 9, 9)) == draft(cases, PLUG_IN)


def test_no_step_is_worth_an_empty_car() -> None:
    """14 hours below 5 kW with the house's 2 give 42 kWh at most; 80 are wanted, and come."""
    cases = a_night(goal=SessionGoal(energy_wh=80_000))
    assert lowered(cases, month()) == draft(cases, PLUG_IN)


def test_who_wants_it_at_once_gets_it_at_once() -> None:
    """Whatever the month costs."""
    cases = a_night(is_full_mode=True)
    assert lowered(cases, month(3, 3)) == draft(cases, PLUG_IN)


def test_a_component_that_does_not_go_by_hours_changes_nothing() -> None:
    """By the fuse, for instance."""
    cases = a_night()
    by_fuse = month(component=msgspec.structs.replace(STEPS, method="fuse"))
    assert extra_cost(cases, draft(cases, PLUG_IN), by_fuse, PLUG_IN) == 0
    assert lowered(cases, by_fuse) == draft(cases, PLUG_IN)


def test_a_learned_need_is_held_against_the_step_by_what_it_costs_on_average() -> None:
    """7 kWh nearly always: in the plan that keeps the step they are still likely in the cheap hours."""
    need = need_of([7_000] * 18 + [14_000, 22_000])
    cases = a_night(goal=SessionGoal(), need=need)
    kept = lowered(cases, month(3, 3))
    [plan] = completed(cases, kept, [PlanId("p")], [PLUG_IN])
    assert (highest_w(cases, kept) <= 7_000, plan.unmet_wh, plan.need_wh) == (True, 0, 21_600)


def test_cars_of_one_site_keep_the_step_together() -> None:
    """Two cars that each would be below it, but not at the same time."""
    both = [
        case(slots=slots(FLAT), limit_a=16, goal=SessionGoal(energy_wh=7_360), shared_a=40.0, cars=2)  # type: ignore[arg-type]
        for _ in range(2)
    ]
    assert highest_w(both, draft(both, PLUG_IN)) == pytest.approx(7_360)
    assert highest_w(both, lowered(both, month(3, 3))) <= 7_000


def test_a_night_over_the_end_of_a_month_counts_each_day_where_it_belongs() -> None:
    """On 28 February until midnight; after it March begins with nothing."""
    now = datetime(2026, 2, 28, 16, tzinfo=UTC)
    cases = [case(plugged_at=now, slots=slots(FLAT, now))]  # type: ignore[arg-type]
    drafts = draft(cases, now)
    first = min(step.start for step in drafts[0])
    assert first >= datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert extra_cost(cases, drafts, month(9, 9, 9), now) == 200  # from the house's 2 kW, 100, to 9.36 kW, 300


def test_what_the_house_takes_is_known_by_its_meter_or_taken_to_be_two_kilowatts() -> None:
    """10 A on each line of 230 V IT are 3.98 kW; the day's highest hour is an evening's 20 A."""
    usual: Loads = (100, 100, 100)
    quarters = dict.fromkeys(range(672), usual)
    quarters |= {day * 96 + quarter: (200, 200, 200) for day in range(7) for quarter in range(72, 76)}
    house = HouseHistory(quarters=quarters, supply=Supply(main_fuse_a=40, grid_type="IT"))
    assert house_w(None, PLUG_IN) == 2_000
    assert house_w(house, PLUG_IN) == pytest.approx(10 * 230 * 3**0.5)
    assert float(house_peak_kw(house, date(2026, 2, 10))) == pytest.approx(20 * 0.23 * 3**0.5)


@pytest.mark.parametrize(
    "now", [datetime(2026, 3, 30, 10, tzinfo=UTC), datetime(2026, 10, 26, 10, tzinfo=UTC)], ids=["spring", "autumn"]
)
def test_the_days_of_a_month_are_local_ones_of_23_and_25_hours_too(now: datetime) -> None:
    """Every local day of the month so far has a highest hour; what a car took at 23:30 UTC is tomorrow's."""
    late = (now - timedelta(days=2)).replace(hour=23, minute=0)
    found = peaks_so_far(None, {late: 7_360.0}, now)
    assert len(found) == now.day - 1
    assert max(found, key=lambda day: found[day]) == (late + 2 * HOUR).date()
    assert min(found) == date(now.year, now.month, 1)
