"""The demo's own audit can find what it looks for."""

from datetime import UTC, datetime, timedelta

from local.night import PlanInForce, PlannedPower, Point, count_starts, energy_between_wh, flows, outside_plan_wh

ONE = datetime(2026, 2, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(hours: float, register_wh: int) -> Point:
    """The register so many hours after one o'clock."""
    return Point(at=ONE + hours * HOUR, register_wh=register_wh)


def run(start: float, end: float, power_w: float = 1000) -> PlannedPower:
    """An interval in hours after one o'clock."""
    return PlannedPower(start=ONE + start * HOUR, end=ONE + end * HOUR, power_w=power_w)


def test_energy_flows_only_where_the_register_moved() -> None:
    """Readings that repeat the register make no flow, and their order does not matter."""
    assert flows([at(2, 1000), at(0, 0), at(1, 0), at(2, 1000), at(3, 1000)]) == [run(1, 2)]


def test_runs_that_touch_are_one_start() -> None:
    """A pause between two stretches makes a second start."""
    assert count_starts([run(0, 1), run(1, 2), run(3, 4)]) == 2


def test_energy_inside_the_plan_is_not_outside() -> None:
    """A charger that does what the plan says has nothing outside it."""
    plan = PlanInForce(since=ONE - HOUR, intervals=(run(0, 2),))
    assert outside_plan_wh([run(0, 1), run(1, 2)], [plan]) == 0


def test_energy_before_the_plan_arrived_is_outside() -> None:
    """A plan allows nothing before it is in force."""
    plan = PlanInForce(since=ONE + HOUR / 2, intervals=(run(0, 2),))
    assert outside_plan_wh([run(0, 1)], [plan]) == 500


def test_a_replaced_plan_allows_nothing_any_more() -> None:
    """From the moment of the new plan only the new plan counts."""
    plans = [PlanInForce(since=ONE, intervals=(run(0, 2),)), PlanInForce(since=ONE + HOUR, intervals=())]
    assert outside_plan_wh([run(0, 1), run(1, 2)], plans) == 1000


def test_more_power_than_planned_is_outside() -> None:
    """The plan's current is a limit."""
    plan = PlanInForce(since=ONE, intervals=(run(0, 1, 600),))
    assert outside_plan_wh([run(0, 1)], [plan]) == 400


def test_energy_is_split_by_time() -> None:
    """Half of an hour of constant power is half of its energy."""
    assert energy_between_wh([run(0, 1)], ONE + HOUR / 2, ONE + 2 * HOUR) == 500
