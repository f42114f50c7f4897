"""A car of which nobody said what it needs: the charger's own sessions tell, and the car is full all the same."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.adapters.dynamo import plans, sessions
from chalicelib.domain.accounts import Account
from chalicelib.domain.charger_states import SessionEnergy
from chalicelib.domain.costs import Cost
from chalicelib.domain.money import Money
from tests.energy_cloud import Night, a_night
from tests.identity import People

START = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)
MORNING = START + timedelta(hours=16)
NOTHING = Cost(Money(Decimal(0), "NOK"))
EARLIER = 20


@pytest.fixture
def night(people: People, monkeypatch: pytest.MonkeyPatch) -> Night:
    """An owner's charger in Bergen on a February evening, whose last twenty cars took 4 to 9 kWh."""
    made = a_night(owner(people), START, monkeypatch)
    for number in range(EARLIER):
        plug_seq, began = number - EARLIER, START - timedelta(days=EARLIER - number)
        energy = SessionEnergy(plug_seq=plug_seq, energy_wh=4_000 + 250 * number, starts=1, cost=NOTHING)
        sessions.open_session(made.charger_id, plug_seq, began, None)
        sessions._update(made.charger_id, plug_seq, sessions.taken(energy, NOTHING))
        sessions.close_session(made.charger_id, plug_seq, began + timedelta(hours=15))
    return made


def owner(people: People) -> Account:
    return people.account("+4790000001")


def test_a_plan_goes_by_what_the_charger_usually_takes(night: Night) -> None:
    """0.95 x 21 = 19.95: of twenty needs from 4 to 8.75 kWh nearly the largest; half are below 6.4 kWh."""
    night.plug_in(6_000)
    plan = plans.find_latest(night.charger_id)
    assert plan is not None
    assert (plan.need_wh, plan.likely_wh, plan.unmet_wh) == (8_738, 6_375, 0)
    assert plan.probability == pytest.approx(0.95, abs=1e-4)
    assert plan.expected_cost is not None
    assert plan.total_cost is not None
    assert plan.expected_cost.amount < plan.total_cost.amount


def test_a_car_that_needs_less_is_full_in_the_cheap_hours(night: Night) -> None:
    """It has its 6 kWh before seven o'clock, in at most two starts."""
    car = night.plug_in(6_000)
    night.run(MORNING)
    stored = sessions.find(night.charger_id, night.box.plug_seq)
    assert (car.battery_wh, stored and stored.energy and stored.energy.energy_wh) == (6_000, 6_000)
    assert stored is not None
    assert stored.energy is not None
    assert stored.energy.starts <= 2


def test_a_car_that_needs_more_than_ever_is_not_stopped(night: Night) -> None:
    """15 kWh where 8.75 were always enough: it goes on in the same run until it is full."""
    car = night.plug_in(15_000)
    night.run(MORNING)
    stored = sessions.find(night.charger_id, night.box.plug_seq)
    assert car.battery_wh == 15_000
    assert stored is not None
    assert stored.energy is not None
    assert stored.energy.starts <= 2
