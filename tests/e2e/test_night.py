"""One real night through everything: the packaged template, Cognito, MQTT devices, queues, the page's own origin."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import pytest

from local.night import Night, summary
from local.one_night import END, NEED_WH, PLUG_IN, START, live
from local.report import page
from local.system import Options
from tests.e2e.running import SystemThread, tell

DATA = Path(__file__).parent.parent.parent / "simulator" / "data"
READY_BY = datetime.fromisoformat("2026-02-11T07:00:00+01:00")
CAR_W, VAT = 7360, Decimal("1.25")
HALF_ORE = Decimal("0.005")
"""Amounts are rounded once for display."""


@pytest.fixture(scope="module")
def night() -> Night:
    """10 to 11 February 2026 in Bergen, at 780 times real time."""
    with SystemThread(Options.on_free_ports(start=START, speed=780)) as running:
        return running.run(live(running.system, tell))


def recorded_prices() -> dict[datetime, Decimal]:
    """NOK per kWh with VAT by hour, straight from the recorded files and without any code of the product."""
    rates = {day["date"]: Decimal(str(day["rate"])) for day in read("norges-bank_EURNOK_2026.json")["daily"]}
    found = {}
    for hour in read("hvakosterstrommen_NO5_2026.json")["hourly"]:
        if hour["start_local"][:10] < min(rates):  # New Year's Day has no rate of its year
            continue
        rate = rates[max(day for day in rates if day <= hour["start_local"][:10])]
        found[datetime.fromisoformat(hour["start_local"])] = Decimal(str(hour["eur_mwh"])) / 1000 * rate * VAT
    return found


def read(name: str) -> dict[str, list[dict[str, str]]]:
    """A recorded file."""
    document: dict[str, list[dict[str, str]]] = json.loads((DATA / name).read_text())
    return document


def cheapest(hours: list[Decimal]) -> Decimal:
    """The least cost of the need in these hours by trying every choice of full hours and one hour in part."""
    full, rest_wh = divmod(NEED_WH, CAR_W)
    costs = []
    for chosen in combinations(range(len(hours)), full):
        part = min(price for index, price in enumerate(hours) if index not in chosen)
        costs.append((sum((hours[index] for index in chosen), Decimal(0)) * CAR_W + part * rest_wh) / 1000)
    return min(costs)


def test_the_register_the_hours_and_the_battery_agree_to_the_watt_hour(night: Night) -> None:
    """What the charger counted is what the hours sum to and what the car took, and the car got all it needed."""
    assert (night.register_wh, night.hours_wh, night.battery_wh) == (NEED_WH, NEED_WH, NEED_WH)
    assert sum(hour.charged_wh for hour in night.hours) == NEED_WH


def test_the_car_is_full_before_seven(night: Night) -> None:
    """Ready when the owner wants it."""
    assert night.ready_by == READY_BY
    assert night.full_at is not None
    assert night.full_at < READY_BY


def test_the_plan_costs_what_trying_everything_finds(night: Night) -> None:
    """No choice of hours between plug-in and seven o'clock is cheaper, whatever the number of starts."""
    prices = recorded_prices()
    window = [price for start, price in prices.items() if PLUG_IN <= start < READY_BY]
    assert night.plugged_in_at < PLUG_IN + timedelta(hours=1), "plugged in so late that the window is another one"
    assert abs(Decimal(night.cost) - cheapest(window)) <= HALF_ORE


def test_charging_at_once_would_have_cost_what_the_evening_prices_say(night: Night) -> None:
    """The same energy from plug-in on at full power."""
    prices, left_wh, cost, at = recorded_prices(), Decimal(NEED_WH), Decimal(0), night.plugged_in_at
    while left_wh > 0:
        hour = at.replace(minute=0, second=0)
        taken_wh = min(CAR_W * Decimal((hour + timedelta(hours=1) - at).total_seconds()) / 3600, left_wh)
        cost, left_wh, at = cost + prices[hour] * taken_wh / 1000, left_wh - taken_wh, hour + timedelta(hours=1)
    assert abs(Decimal(night.cost_at_once) - cost) <= HALF_ORE


def test_every_hour_is_paid_at_its_own_price(night: Night) -> None:
    """The hours' money is energy times recorded price, and sums to the session's cost within their own rounding."""
    prices = recorded_prices()
    for hour in night.hours:
        assert abs(Decimal(str(hour.cost)) - prices[hour.start] * hour.charged_wh / 1000) <= HALF_ORE
    charged = [hour for hour in night.hours if hour.charged_wh]
    assert abs(sum(Decimal(str(hour.cost)) for hour in charged) - Decimal(night.cost)) <= HALF_ORE * (len(charged) + 1)


def test_nothing_was_charged_outside_the_plan_in_force(night: Night) -> None:
    """Every watt-hour lies in an interval of the plan that the charger had at that moment."""
    assert night.outside_plan_wh == 0


def test_the_contactor_closed_at_most_twice(night: Night) -> None:
    """Few starts are part of the promise."""
    assert 1 <= night.starts <= 2


def test_house_and_car_together_stay_under_the_main_fuse(night: Night) -> None:
    """The recorded house behind the same fuse: mean power of every hour, IT grid, all three lines alike."""
    fuse_w = 3**0.5 * 230 * night.main_fuse_a
    assert max(hour.house_wh + hour.charged_wh for hour in night.hours) < fuse_w


def test_the_night_is_told_in_one_line_and_one_picture(night: Night) -> None:
    """The line has what the contract names; the page loads nothing from anywhere."""
    assert list(summary(night)) == [
        "register_wh",
        "hours_wh",
        "battery_wh",
        "need_wh",
        "cost",
        "cost_at_once",
        "currency",
        "full_at",
        "starts",
        "outside_plan_wh",
    ]
    html = page(night)
    assert night.cost in html
    assert not [word for word in ("http://", "https://", "<script", "src=", "@import") if word in html]
    assert (night.start, night.end) == (START, END)
