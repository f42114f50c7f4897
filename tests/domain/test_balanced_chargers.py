"""A charger's last report as load balancing is told it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.domain.balanced_chargers import find_balanced
from chalicelib.domain.balancing import BalancedCharger
from chalicelib.domain.charger_states import ChargerOverview, ChargerState, EvseState
from chalicelib.domain.chargers import Charger
from chalicelib.domain.ids import AccountId, ChargerId, Serial, SiteId
from chalicelib.domain.sites import Country, Site

NOW = datetime(2026, 2, 10, 18, 0, tzinfo=UTC)
CHARGER = Charger(
    charger_id=ChargerId("c"),
    serial=Serial("ZC-00000001"),
    owner=AccountId("a"),
    site_id=SiteId("s"),
    name="",
    claim_epoch=1,
    created_at=NOW,
)
SITE = Site(
    site_id=SiteId("s"), owner=AccountId("a"), name="", country=Country.NO, zone=None, grid_type="IT", created_at=NOW
)
CHARGING = ChargerState(
    version=1,
    reported_at=NOW - timedelta(seconds=20),
    evse_state=EvseState.CHARGING,
    plug_seq=1,
    plugged_at=NOW - timedelta(hours=1),
    offered_a=10,
    drawn_a=(10.0, 10.0, 0.0),
    reason="limit",
    car_full=False,
    faults=(),
    network="wifi",
    signal_dbm=-60,
    firmware="1",
    protocol=1,
    register_wh=0,
)


def told(charger: Charger = CHARGER, **changes: Any) -> BalancedCharger | None:
    """Of a charger whose last report is `CHARGING` but for these changes."""
    state = msgspec.structs.replace(CHARGING, **changes)
    return find_balanced(charger, ChargerOverview(charger_id=charger.charger_id, state=state), SITE, NOW)


def test_what_it_draws_is_known_from_its_report_on() -> None:
    """So that a step may be seen on the meter's lines before the waits for a quiet moment are over."""
    found = told()
    assert found is not None
    assert (found.drawn_a, found.drawn_since) == ((10.0, 10.0, 0.0), NOW - timedelta(seconds=20))


def test_without_a_car_it_is_none_of_load_balancing_s_business() -> None:
    """It is left out."""
    assert told(evse_state=EvseState.NO_CAR, plugged_at=None) is None


@pytest.mark.parametrize(
    ("changes", "wanted_a"),
    [
        ({"reason": "limit"}, 24),
        ({"reason": "fallback"}, 24),
        ({"reason": "full_mode"}, 24),
        ({"reason": "plan_pause"}, 0),
        ({"reason": "full_mode", "car_full": True, "drawn_a": (0.0, 0.0, 0.0)}, 0),
        ({"reason": "full_mode", "car_full": True}, 24),
        ({"reason": "full_mode", "faults": ("earth_fault",)}, 0),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_what_it_wants_is_what_it_says(changes: dict[str, Any], wanted_a: int) -> None:
    """All that the fuses bear; nothing in a pause, with a fault, or for a full car that draws nothing."""
    found = told(**changes)
    assert found is not None
    assert found.wanted_a == wanted_a


@pytest.mark.parametrize(
    ("changes", "wanted_a"),
    [
        ({"reason": "full_mode", "offered_a": 16, "drawn_a": (16.0, 16.0, 0.0)}, 16),
        ({"reason": "limit", "offered_a": 16, "drawn_a": (9.8, 9.8, 0.0)}, 11),
        ({"reason": "limit", "offered_a": 16, "drawn_a": (15.8, 15.8, 0.0)}, 24),
        ({"reason": "limit", "offered_a": 16, "drawn_a": (16.0, 16.0, 0.0)}, 24),
        ({"reason": "limit", "offered_a": 16, "drawn_a": (2.0, 2.0, 0.0)}, 6),
        ({"reason": "car_paused", "offered_a": 16, "drawn_a": (0.0, 0.0, 0.0)}, 16),
        ({"reason": "limit", "offered_a": 16, "drawn_a": (9.8, 9.8, 0.0), "reported_at": NOW}, 24),
    ],
    ids=["the installer's most", "the car's most", "nearly all", "held down", "tapering", "paused", "just told"],
)
def test_its_share_is_what_cable_installer_and_car_let_flow(changes: dict[str, Any], wanted_a: int) -> None:
    """As its report of a minute ago shows; what others leave it may be offered all the same."""
    found = told(**{"reported_at": NOW - timedelta(seconds=70)} | changes)
    assert found is not None
    assert (found.wanted_a, found.max_a) == (wanted_a, 24)


def test_what_its_lease_lacks_is_known_by_the_time_of_the_report() -> None:
    """So that it is answered once for each time that it asks."""
    found, calm = told(lease_ends_soon=True), told()
    assert found is not None
    assert calm is not None
    assert (found.asked_at, calm.asked_at) == (CHARGING.reported_at, None)


def test_one_that_was_stopped_wants_nothing() -> None:
    """Whatever it says: the order is on its way to it."""
    found = told(msgspec.structs.replace(CHARGER, stopped_plug_seq=1))
    assert found is not None
    assert found.wanted_a == 0
