"""The planner minimises what is really paid: grid hours, support and norgespris decide with the market."""

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.calendar import HOUR
from chalicelib.domain.costs import Cost
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.money import Money
from chalicelib.domain.planning_cases import PlanningCase
from chalicelib.domain.plans import ChargingPlan, PlanId
from chalicelib.domain.prices import PriceSlot
from chalicelib.domain.session_planning import plan_session
from chalicelib.domain.sessions import SessionGoal
from chalicelib.domain.tariffs import SiteTariff
from tests.tariffs import a_tariff

PLUG_IN = datetime(2026, 2, 10, 16, tzinfo=UTC)
"""17:00 in Bergen, a Tuesday; the grid is cheap from 22:00, which is five hours later."""
POWER_W = 32 * 230


def planned(tariff: SiteTariff, prices: list[str], **changes: Any) -> ChargingPlan:
    """The plan for two hours' energy at full power by 07:00, fourteen hours later."""
    slots = tuple(
        PriceSlot(PLUG_IN + HOUR * number, PLUG_IN + HOUR * (number + 1), Decimal(price))
        for number, price in enumerate(prices)
    )
    case: dict[str, Any] = {
        "charger_id": ChargerId("c1"),
        "plug_seq": 4,
        "plugged_at": PLUG_IN,
        "goal": SessionGoal(energy_wh=2 * POWER_W),
        "daily_ready_by": time(7),
        "time_zone": "Europe/Oslo",
        "limit_a": 32,
        "phases": 1,
        "grid": "IT",
        "delivered_wh": 0,
        "starts_used": 0,
        "is_drawing": False,
        "slots": slots,
        "tariff": tariff,
        "cost_so_far": Cost(Money(Decimal(0), "NOK")),
    }
    return plan_session(PlanningCase(**(case | changes)), PlanId("p1"), PLUG_IN)


def first_hour(plan: ChargingPlan) -> int:
    """How many hours after plug-in the first run begins."""
    return (plan.steps[0].start - PLUG_IN) // HOUR


def market(cheap: int, price: str = "0.90") -> list[str]:
    """Fourteen hours at one krone, two of them at `price` from `cheap` on."""
    return [price if cheap <= hour < cheap + 2 else "1.00" for hour in range(14)]


def test_an_evening_a_little_cheaper_on_the_market_is_dearer_with_the_grid() -> None:
    """Ten ore less at 19:00 do not make up for eighteen ore more to the grid company."""
    prices = market(2)
    without, with_grid = planned(a_tariff(), prices), planned(a_tariff(grid_company="bkk"), prices)
    assert (first_hour(without), first_hour(with_grid) >= 5) == (2, True)


def test_an_evening_much_cheaper_on_the_market_stays_the_best() -> None:
    """A krone less does."""
    assert first_hour(planned(a_tariff(grid_company="bkk"), market(2, "0.00"))) == 2


def test_support_leaves_so_little_of_a_dear_difference_that_the_grid_decides() -> None:
    """Forty ore less of a price above the threshold are four: the night's grid is worth more."""
    prices = ["2.60" if 2 <= hour < 4 else "3.00" for hour in range(14)]
    tariffs = [a_tariff(kind=kind, grid_company="bkk") for kind in ("spot", "spot_support")]
    assert [first_hour(planned(tariff, prices)) >= 5 for tariff in tariffs] == [False, True]


def test_under_norgespris_the_plan_follows_the_grid_and_needs_no_market() -> None:
    """Night for the grid, though nobody has published a price; nothing of it is a forecast."""
    plan = planned(a_tariff(kind="norgespris", grid_company="bkk"), [])
    assert first_hour(plan) >= 5
    assert {step.reason for step in plan.steps} == {"cheap_hours"}
    assert plan.total_cost == Money(Decimal(2 * POWER_W) / 1000 * (Decimal("0.5") + Decimal("0.232875")), "NOK")


def test_a_fixed_price_without_grid_company_is_charged_without_waiting() -> None:
    """All hours cost the same; the earlier finish is the better one."""
    plan = planned(a_tariff(kind="fixed", fixed_price=Decimal("0.9")), [])
    assert (first_hour(plan), len(plan.steps)) == (0, 1)


def test_the_plan_tells_energy_and_total_and_their_parts() -> None:
    """The parts of the plan are its total, to the last digit."""
    plan = planned(a_tariff(kind="spot_support", grid_company="bkk"), market(7))
    assert plan.total_cost is not None
    assert plan.energy_cost is not None
    assert sum((cost.amount for cost in plan.cost_parts.values()), Decimal(0)) == plan.total_cost.amount
    grid = sum((plan.cost_parts[name].amount for name in ("grid_energy", "electricity_tax", "enova_levy")), Decimal(0))
    assert plan.total_cost.amount - plan.energy_cost.amount == grid
    assert (plan.has_grid_cost, bool(plan.prices[0].parts)) == (True, True)


def test_without_a_grid_company_the_total_is_of_energy_and_says_so() -> None:
    """Only spot with VAT, as before."""
    plan = planned(a_tariff(), market(7))
    assert (plan.total_cost == plan.energy_cost, plan.has_grid_cost) == (True, False)


@pytest.mark.parametrize(("total_so_far", "is_told"), [(None, False), (Cost(Money(Decimal(9), "NOK")), True)])
def test_what_was_paid_before_without_a_known_total_leaves_the_whole_unknown(
    total_so_far: Cost | None,
    is_told: bool,  # noqa: FBT001
) -> None:
    """A session that began before the grid company was named."""
    so_far = Cost(Money(Decimal(5), "NOK"))
    tariff = a_tariff(grid_company="bkk")
    plan = planned(tariff, market(7), delivered_wh=4_000, cost_so_far=so_far, total_so_far=total_so_far)
    assert (plan.total_cost is not None, plan.energy_cost is not None) == (is_told, True)
