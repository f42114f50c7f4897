"""From what a meter says, week by week, to what plans count on."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.adapters.dynamo import meters as store
from chalicelib.adapters.dynamo import plans
from chalicelib.adapters.dynamo.meters import Place
from chalicelib.domain.accounts import Account
from chalicelib.domain.calendar import HOUR, Stretch
from chalicelib.domain.ids import SiteId
from chalicelib.domain.plans import ChargingPlan
from chalicelib.domain.sessions import SessionGoal
from chalicelib.services import session_goals
from tests.identity import People
from tests.metered import a_metered_night

BEFORE = datetime(2026, 2, 7, 0, 30, tzinfo=UTC)
AT_TWO = datetime(2026, 2, 7, 1, 0, tzinfo=UTC)
"""02:00 in Bergen on the first of three nights."""
PLUG_IN = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)
NIGHT_HOUR = Stretch(AT_TWO + timedelta(days=4), AT_TWO + timedelta(days=4) + HOUR)
"""02:00 to 03:00 of the night that is planned, on a weekday on which the meter has never seen it."""


@pytest.fixture
def kari(people: People) -> Account:
    return people.account("+4790000001")


def planned(kari: Account, patch: pytest.MonkeyPatch, *, nights: int, house_a: float) -> ChargingPlan:
    """The plan for 30 kWh after so many nights in which the house took this from 02:00 to 02:15."""
    home = a_metered_night(kari, BEFORE, patch)
    home.post(4.0, 0.0, 3.0)
    for number in range(nights):
        home.night.run(AT_TWO + timedelta(days=number))
        home.live(8 * 60, house_a=house_a, every_s=30)  # more than half of the quarter
        home.night.run(AT_TWO + timedelta(days=number, hours=1))
        home.post(house_a, 0.0, 3.0)
    home.night.run(PLUG_IN)
    home.night.fetch_prices()
    home.night.plug_in(30_000)
    session_goals.set_goal(kari, home.night.charger_id, SessionGoal(energy_wh=30_000), home.night.now)
    home.night.plan()
    found = plans.find_latest(home.night.charger_id)
    assert found is not None
    assert len(store.usual_loads(Place(kari.account_id, SiteId(home.site_id)))) == nights
    return found


def currents_at(plan: ChargingPlan, hour: Stretch) -> set[int]:
    """What is planned in the hour, A."""
    return {step.current_a for step in plan.steps if step.start < hour.end and hour.start < step.end}


def test_an_hour_in_which_the_house_needs_the_fuse_is_left_out(kari: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 24 A that the main fuse bears the house takes 19 A then: what is left is less than a car can use."""
    plan = planned(kari, monkeypatch, nights=3, house_a=19.0)
    assert currents_at(plan, NIGHT_HOUR) == set()
    assert plan.unmet_wh == 0


def test_a_plan_counts_on_what_the_house_usually_leaves(kari: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """12 A and the flicker of the mains: 11 A are left."""
    [current_a] = currents_at(planned(kari, monkeypatch, nights=3, house_a=12.0), NIGHT_HOUR)
    assert current_a in {11, 12}  # plans round up to whole amperes


def test_two_nights_are_no_evidence(kari: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """A party and a guest's oven are not a habit: the whole main fuse is planned with."""
    [current_a] = currents_at(planned(kari, monkeypatch, nights=2, house_a=19.0), NIGHT_HOUR)
    assert current_a == 24
