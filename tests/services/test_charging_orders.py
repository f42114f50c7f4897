"""Smart or full, start or stop, with a simulated charger that follows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.adapters.dynamo import chargers, sessions
from chalicelib.domain.accounts import Account
from chalicelib.domain.chargers import ChargerAccess, ChargingMode, FullUntil, RunState
from chalicelib.domain.errors import NotFound
from chalicelib.domain.sessions import NoSession
from chalicelib.services import charger_views, charging_plans, home
from chalicelib.services.charger_views import ChargerView
from chalicelib.services.chargers import SettingsWish, change
from chalicelib.services.charging_orders import set_mode, set_run
from chalicelib.workers import status_reports
from tests.energy_cloud import Night, a_night
from tests.guests_cloud import let_in
from tests.identity import People

PLUG_IN = datetime(2026, 2, 10, 16, 0, tzinfo=UTC)
FULL, SMART = ChargingMode.FULL, ChargingMode.SMART
STOPPED, AUTO = RunState.STOPPED, RunState.AUTO


@pytest.fixture
def kari(people: People) -> Account:
    return people.account("+4790000001")


@pytest.fixture
def night(kari: Account, monkeypatch: pytest.MonkeyPatch) -> Night:
    """A charger whose car waits for the cheap hours of the night."""
    night = a_night(kari, PLUG_IN, monkeypatch)
    night.plug_in(8000)
    assert offered(night) == (0, "plan_pause")
    return night


def offered(night: Night) -> tuple[int, str]:
    return night.box.offer.current_a, str(night.box.offer.reason)


def view(night: Night) -> ChargerView:
    return charger_views.read(chargers.get(night.charger_id))


def shown(night: Night) -> tuple[Any, ...]:
    """What the home screen says."""
    [card] = home.read(night.owner, night.now).cards
    return card.orders.mode, card.orders.run, card.orders.pending, card.status.reason


def test_full_charges_at_once_and_ends_at_unplug(night: Night) -> None:
    """Pending until the charger says so; the next car is smart again, which the charger knows by itself."""
    given = set_mode(night.owner, night.charger_id, FULL, night.now)
    assert (given.orders.mode, given.orders.pending) == (FULL, ("mode",))
    assert shown(night) == (FULL, AUTO, ("mode",), "price")
    night.exchange()
    assert shown(night) == (FULL, AUTO, (), "full_mode")
    assert view(night).orders.version > given.expected_version
    night.unplug()
    assert shown(night)[:3] == (SMART, AUTO, ())
    night.is_online = False
    night.plug_in(8000)
    assert offered(night) == (0, "awaiting_plan")


def test_full_that_stays_acts_on_every_car_until_it_is_changed(night: Night) -> None:
    """The owner's setting; back to smart ends it, and so does the setting."""
    change(night.owner, night.charger_id, SettingsWish(full_until=FullUntil.CHANGED), 1, night.now)
    set_mode(night.owner, night.charger_id, FULL, night.now)
    night.exchange()
    night.unplug()
    night.plug_in(8000)
    assert (offered(night)[1], shown(night)[0]) == ("full_mode", FULL)
    change(night.owner, night.charger_id, SettingsWish(full_until=FullUntil.UNPLUG), 2, night.now)
    night.exchange()
    assert offered(night)[1] == "full_mode"
    night.unplug()
    night.plug_in(8000)
    assert (offered(night)[1], shown(night)[0]) == ("plan_pause", SMART)


def test_full_of_an_earlier_car_does_not_come_back_with_the_setting(night: Night) -> None:
    """Full was over at unplug; that full stays from now on is no order to charge at once."""
    set_mode(night.owner, night.charger_id, FULL, night.now)
    night.exchange()
    night.unplug()
    night.plug_in(8000)
    change(night.owner, night.charger_id, SettingsWish(full_until=FullUntil.CHANGED), 1, night.now)
    night.exchange()
    assert (offered(night)[1], shown(night)[0]) == ("plan_pause", SMART)


def test_full_without_a_car_is_for_the_next_one(night: Night) -> None:
    """It is pressed before the cable is in; it holds for that car alone."""
    night.unplug()
    set_mode(night.owner, night.charger_id, FULL, night.now)
    night.exchange()
    assert shown(night)[:3] == (FULL, AUTO, ())
    night.plug_in(8000)
    assert offered(night)[1] == "full_mode"
    night.unplug()
    night.plug_in(8000)
    assert offered(night)[1] == "plan_pause"


def test_stop_holds_until_start(night: Night) -> None:
    """Nothing is offered, so the car lets go of the plug, for as long as nobody starts it."""
    set_mode(night.owner, night.charger_id, FULL, night.now)
    night.exchange()
    set_run(night.owner, night.charger_id, STOPPED, night.now)
    night.exchange()
    assert (offered(night), shown(night)) == ((0, "stopped"), (FULL, STOPPED, (), "stopped"))
    night.run(PLUG_IN + timedelta(hours=12))
    assert night.box.register_wh == 0
    for _ in range(2):
        set_run(night.owner, night.charger_id, AUTO, night.now)
    night.exchange()
    assert offered(night)[1] == "full_mode"


def test_a_stop_never_acts_on_the_next_car(night: Night) -> None:
    """The charger was offline when the stop came; by the time it hears of it another car is there."""
    night.is_online = False
    set_run(night.owner, night.charger_id, STOPPED, night.now)
    night.unplug()
    night.plug_in(8000)
    night.is_online = True
    night.exchange()
    assert offered(night)[1] == "plan_pause"
    assert shown(night)[:3] == (SMART, AUTO, ())


def test_a_full_that_comes_late_never_acts_on_the_next_car(night: Night) -> None:
    """As the stop."""
    night.is_online = False
    set_mode(night.owner, night.charger_id, FULL, night.now)
    night.unplug()
    night.plug_in(8000)
    night.is_online = True
    night.exchange()
    assert offered(night)[1] == "plan_pause"


def test_there_is_nothing_to_stop_without_a_car(night: Night) -> None:
    """`no_session`; to start is no error."""
    night.unplug()
    with pytest.raises(NoSession):
        set_run(night.owner, night.charger_id, STOPPED, night.now)
    assert set_run(night.owner, night.charger_id, AUTO, night.now).orders.run is AUTO


def test_a_repeated_order_changes_nothing(night: Night) -> None:
    """The same answer, the same version of the shadow."""
    first, second = (set_mode(night.owner, night.charger_id, FULL, night.now) for _ in range(2))
    assert (first, second.expected_version) == (second, first.expected_version)


def test_orders_do_not_age_the_settings(night: Night) -> None:
    """A guest's start does not make the owner read again before a change."""
    set_mode(night.owner, night.charger_id, FULL, night.now)
    assert change(night.owner, night.charger_id, SettingsWish(name="Garasje"), 1, night.now).charger.mode is FULL


def test_the_plan_of_full_is_at_once_and_history_knows_it(night: Night) -> None:
    """It is done hours before the cheap night; the session is remembered as full."""
    cheap = charging_plans.read_latest(night.owner, night.charger_id, night.now).plan
    set_mode(night.owner, night.charger_id, FULL, night.now)
    night.exchange()
    at_once = charging_plans.read_latest(night.owner, night.charger_id, night.now).plan
    assert cheap is not None
    assert at_once is not None
    assert at_once.steps[0].start - night.now < timedelta(seconds=2)
    assert at_once.ready_at < cheap.ready_at if at_once.ready_at and cheap.ready_at else False
    session = sessions.find(night.charger_id, 1)
    assert session is not None
    assert session.is_full


def test_a_new_guest_is_no_setting_that_waits_for_the_charger(night: Night, people: People) -> None:
    """Nor is the end of the guest's window: the charger hears of rights and epochs with what it is told next."""
    change(night.owner, night.charger_id, SettingsWish(access=ChargerAccess.VIA_PHONE), 1, night.now)
    night.hear()
    before = view(night).pending_settings
    let_in(people.account("+4790000009"), night.charger_id, night.now, night.now + timedelta(hours=1))
    assert (before, view(night).pending_settings) == ((), ())


def test_disabled_stops_the_running_session_and_is_pending_until_applied(night: Night) -> None:
    """The charger itself says when it has; enabling it lets the plan go on."""
    set_mode(night.owner, night.charger_id, FULL, night.now)
    night.exchange()
    night.hear()
    assert view(night).pending_settings == ()
    change(night.owner, night.charger_id, SettingsWish(disabled=True), 1, night.now)
    assert (view(night).pending_settings, offered(night)[1]) == (("disabled",), "full_mode")
    night.hear()
    assert (view(night).pending_settings, shown(night)[3], night.box.drawn_w) == ((), "disabled", 0)
    change(night.owner, night.charger_id, SettingsWish(disabled=False), 2, night.now)
    night.hear()
    assert (offered(night)[1], view(night).pending_settings) == ("full_mode", ())


def test_an_older_report_does_not_undo_a_newer_one(night: Night) -> None:
    """What the charger said it acts on may arrive in any order."""
    smart = night._report(night.box.charging_report, "charging")
    set_mode(night.owner, night.charger_id, FULL, night.now)
    night.exchange()
    night.deliver(status_reports.handle, smart)
    assert shown(night)[:3] == (FULL, AUTO, ())


def test_a_stranger_gives_no_orders(people: People, night: Night) -> None:
    """The charger looks unknown to them, and stays as it is."""
    ola = people.account("+4790000002")
    with pytest.raises(NotFound):
        set_mode(ola, night.charger_id, FULL, night.now)
    with pytest.raises(NotFound):
        set_run(ola, night.charger_id, STOPPED, night.now)
    assert shown(night)[:3] == (SMART, AUTO, ())
