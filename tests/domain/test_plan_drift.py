"""When a session has left its plan, and what its car was seen to take."""

from datetime import timedelta

import pytest

from chalicelib.domain.energy import Reading
from chalicelib.domain.plan_drift import drift_id, drift_wh, seen_a
from chalicelib.domain.plans import PlanId, PlanSummary, summary_of
from chalicelib.domain.session_planning import plan_session
from tests.domain.test_session_planning import PLUG_IN, POWER_W, case

BEGIN = PLUG_IN + timedelta(hours=8)
"""The cheap hours."""
QUARTER = timedelta(minutes=15)


def summary() -> PlanSummary:
    """Three hours at 7.36 kW from 01:00 on."""
    return summary_of(plan_session(case(), PlanId("p1"), PLUG_IN))


@pytest.mark.parametrize(
    ("after", "energy_wh", "off_wh"),
    [
        (timedelta(0), 0, 0),
        (2 * QUARTER, POWER_W // 2, 0),
        (2 * QUARTER, POWER_W // 2 - 500, 0),
        (2 * QUARTER, POWER_W // 2 - 501, -501),
        (2 * QUARTER, POWER_W // 2 + 501, 501),
        (8 * QUARTER, 2 * POWER_W - 1472, 0),
        (8 * QUARTER, 2 * POWER_W - 1473, -1473),
        (20 * QUARTER, 3 * POWER_W, 0),
        (-4 * QUARTER, 600, 600),
    ],
)
def test_a_session_has_left_its_plan_beyond_half_a_kwh_and_a_tenth(
    after: timedelta, energy_wh: int, off_wh: int
) -> None:
    """Of what was to have flowed by then, evenly within each run; what flows before the first run is off too."""
    assert drift_wh(summary(), energy_wh, BEGIN + after) == off_wh


def test_one_drift_is_one_event_until_it_has_doubled() -> None:
    """A car that never draws is planned anew a handful of times, not every quarter."""
    names = {drift_id(summary(), off_wh) for off_wh in range(501, 30_000, 100)}
    assert len(names) == 6
    assert drift_id(summary(), -600) == drift_id(summary(), 900)


def readings(*rises_wh: int, first_starts: bool = True) -> list[Reading]:
    """One each quarter from 01:00 on, the newest first."""
    found, register_wh = [], 1_000
    for number, rise_wh in enumerate((0, *rises_wh)):
        register_wh += rise_wh
        starts_flow = number == 0 and first_starts
        at = BEGIN + number * QUARTER
        found.append(Reading(epoch=1, seq=number, at=at, register_wh=register_wh, plug_seq=4, starts_flow=starts_flow))
    return found[::-1]


@pytest.mark.parametrize(
    ("rises_wh", "known_a", "found_a"),
    [
        ((920,), None, 16),
        ((920, 1840), 16, None),
        ((1840,), None, None),
        ((1760,), None, None),
        ((0,), 16, 16),
        ((), 16, 16),
        ((345,), None, 6),
    ],
    ids=[
        "takes 16 of 32",
        "takes all again",
        "takes all",
        "nearly all",
        "draws nothing",
        "one reading",
        "no less than 6",
    ],
)
def test_what_a_car_takes_is_seen_in_its_last_quarter(
    rises_wh: tuple[int, ...], known_a: int | None, found_a: int | None
) -> None:
    """230 V on one phase: 920 Wh in a quarter are 16 A."""
    offers = plan_session(case(), PlanId("p1"), PLUG_IN).offers
    assert seen_a(readings(*rises_wh), offers, case(), known_a) == found_a


def test_nothing_is_learned_where_energy_began_to_flow_in_between_or_nothing_was_offered() -> None:
    """A mean over a pause is no current, and neither is what flows outside the plan."""
    offers = plan_session(case(), PlanId("p1"), PLUG_IN).offers
    begun = readings(920)
    begun[0] = Reading(epoch=1, seq=1, at=begun[0].at, register_wh=1_920, plug_seq=4, starts_flow=True)
    assert seen_a(begun, offers, case(), None) is None
    assert seen_a(readings(920), offers[1:], case(), 12) == 12
