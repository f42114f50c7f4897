"""A charger moves to another site of its owner: what was paid stays paid, what runs goes along."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.adapters.dynamo import chargers, sessions
from chalicelib.domain.accounts import Account
from chalicelib.domain.chargers import ChargingMode
from chalicelib.domain.ids import SiteId, Zone
from chalicelib.domain.sessions import Session
from chalicelib.services import sites
from chalicelib.services.chargers import SettingsWish, change
from chalicelib.services.charging_orders import set_mode
from chalicelib.services.sites import SiteChange, SiteWish
from chalicelib.workers import readings
from tests.energy_cloud import Night, a_night, active_chargers
from tests.identity import People

PLUG_IN = datetime(2026, 2, 10, 16, 0, tzinfo=UTC)


@pytest.fixture
def kari(people: People) -> Account:
    return people.account("+4790000001")


@pytest.fixture
def night(kari: Account, monkeypatch: pytest.MonkeyPatch) -> Night:
    """A car that charges at once in NO5, the only zone with prices."""
    night = a_night(kari, PLUG_IN, monkeypatch)
    night.plug_in(3000)
    set_mode(kari, night.charger_id, ChargingMode.FULL, night.now)
    night.exchange()
    night.run(PLUG_IN + timedelta(minutes=50))
    return night


def cabin(night: Night) -> SiteId:
    return sites.create(night.owner, SiteWish(name="Hytta", zone=Zone("NO1"), main_fuse_a=25), night.now).site_id


def move(night: Night, site_id: SiteId) -> None:
    version = chargers.get(night.charger_id).version
    change(night.owner, night.charger_id, SettingsWish(site_id=site_id), version, night.now)
    night.exchange()


def session(night: Night, plug_seq: int) -> Session:
    found = sessions.find(night.charger_id, plug_seq)
    assert found is not None
    assert found.energy is not None
    return found


def test_a_session_that_is_over_keeps_its_price_when_the_charger_moves(night: Night) -> None:
    """Late readings of it are priced in its own zone, and the first of the next car do not touch it."""
    night.unplug()
    before = session(night, 1)
    move(night, cabin(night))
    for body in night.messages:
        night.deliver(readings.handle, body)
    night.plug_in(3000)
    assert before.energy is not None
    assert not before.energy.cost.is_pending
    assert session(night, 1) == before
    assert before.site_id != chargers.get(night.charger_id).site_id


def test_the_running_session_goes_along(night: Night) -> None:
    """It was begun at a site that was wrong: it is paid where the charger stands now, from its beginning."""
    home, there = session(night, 1).site_id, cabin(night)
    move(night, there)
    moved = session(night, 1)
    assert moved.energy is not None
    assert (moved.site_id, moved.energy.cost.is_pending) == (there, True)
    assert (active_chargers(Zone("NO1")), active_chargers(Zone("NO5"))) == ([night.charger_id], [])
    assert home is not None
    move(night, home)
    again = session(night, 1)
    assert again.energy is not None
    assert not again.energy.cost.is_pending


def test_a_corrected_zone_holds_for_the_running_session(night: Night) -> None:
    """As if it had been right when the car came."""
    site_id = chargers.get(night.charger_id).site_id
    sites.change(night.owner, site_id, SiteChange(zone=Zone("NO2")), 1, night.now)
    night.exchange()
    found = session(night, 1)
    assert found.energy is not None
    assert (found.energy.cost.is_pending, active_chargers(Zone("NO2"))) == (True, [night.charger_id])
