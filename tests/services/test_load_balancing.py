"""From what a meter says to the limit that a charger obeys."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pynamodb.connection import Connection

from chalicelib.adapters.dynamo import meters as store
from chalicelib.adapters.dynamo.meters import Place
from chalicelib.domain.accounts import Account
from chalicelib.domain.balancing import BalancingState
from chalicelib.domain.ids import SiteId
from chalicelib.domain.meter_readers import SiteLoad
from chalicelib.services import load_balancing, meter_watch, meters
from chalicelib.services.load_balancing import Heard
from chalicelib.workers import meter_post
from device_shadows.meter import post_body
from tests import notified
from tests.identity import People
from tests.metered import MeteredNight, a_metered_night, post_event, published

EVENING = datetime(2026, 2, 10, 17, 0, tzinfo=UTC)


@pytest.fixture
def kari(people: People) -> Account:
    return people.account("+4790000001")


@pytest.fixture
def home(kari: Account, monkeypatch: pytest.MonkeyPatch) -> MeteredNight:
    """A house in Bergen, main fuse 25 A, IT; its charger in mode full with a car that wants all it can get."""
    return a_metered_night(kari, EVENING, monkeypatch)


def with_a_car(home: MeteredNight) -> MeteredNight:
    """The meter is known, the charger has its settings, and a car charges at once."""
    from chalicelib.domain.chargers import ChargingMode
    from chalicelib.services import charging_orders

    home.live(20, house_a=5.0)
    home.night.plan()
    home.night.hear()
    charging_orders.set_mode(home.owner, home.night.charger_id, ChargingMode.FULL, home.night.now)
    home.night.plug_in(40_000)
    return home


def place(home: MeteredNight) -> Place:
    return Place(home.owner.account_id, SiteId(home.site_id))


def test_a_charger_follows_limits_from_the_meter_s_first_sample_on(home: MeteredNight) -> None:
    """Registering alone changes nothing: a reader that was never put up must not stop anybody from charging."""
    assert home.night.made.config()["load_balancing"] is False
    home.post(5.0, 0.0, 4.0)
    home.night.plan()
    config = home.night.made.config()
    assert (config["load_balancing"], config["fallback_current_a"]) == (True, 0)


def test_the_car_gets_what_the_house_leaves(home: MeteredNight) -> None:
    """Main fuse 25 A less 1 A, house 9 A on the fuller line: 15 A once there has been room for long enough."""
    with_a_car(home).live(260, house_a=8.3)
    assert home.limit_a() == 15
    assert home.night.box.status.drawn_a[0] == 15.0


def test_less_is_told_at_once(home: MeteredNight) -> None:
    """The oven goes on: the very next sample lowers the limit."""
    with_a_car(home).live(40, house_a=8.3)
    before_a = home.limit_a()
    home.live(10, house_a=19.3)
    assert (before_a, home.limit_a()) == (6, 0)


def test_without_samples_the_charger_goes_to_its_fallback(home: MeteredNight) -> None:
    """Nobody takes the limit away; its lease ends, and nothing is offered while the house's worst is not known."""
    with_a_car(home).live(40, house_a=8.3)
    home.night.run(home.night.now + timedelta(seconds=61))
    assert home.limit_a() is None
    assert home.night.box.status.offered_a == 0
    assert home.night.box.status.reason == "fallback"


def test_samples_at_the_same_moment_raise_nothing_twice(home: MeteredNight, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decision from what is remembered no more is made again: each stored state has one successor."""
    with_a_car(home).live(40, house_a=8.3)
    before = store.read(place(home)).load
    assert before is not None
    now, put = home.night.now + timedelta(seconds=10), store.put_load
    rival = Heard(currents_a=(24.5, None, 20.0), power_w=9000, received_at=now - timedelta(seconds=1))
    rounds: list[int] = []

    def put_after_a_rival(where: Place, load: Any) -> bool:
        rounds.append(load.version)
        if len(rounds) == 1:
            monkeypatch.setattr(store, "put_load", put)
            load_balancing.take(where, home_key(home), rival, now)
            monkeypatch.setattr(store, "put_load", put_after_a_rival)
        return put(where, load)

    monkeypatch.setattr(store, "put_load", put_after_a_rival)
    mine = Heard(currents_a=(18.0, None, 6.0), power_w=6000, received_at=now)
    taken = load_balancing.take(place(home), home_key(home), mine, now)
    assert taken is not None
    assert rounds == [before.version + 1, before.version + 2]
    lowered, held = taken.load.balancing.held[0].limit_a, before.balancing.held[0].limit_a
    assert lowered < held


def home_key(home: MeteredNight) -> str:
    from chalicelib.domain.meter_readers import token_key

    return token_key(home.token)


def test_limits_are_messages_that_expire(home: MeteredNight) -> None:
    """Each names its place in the sequence, when it was issued and for how long it holds; no shadow knows of it."""
    with_a_car(home).live(20, house_a=5.0)
    limits = [json.loads(payload) for topic, payload in published() if topic == "cmd/ZC-00000001/limit"]
    assert limits, "no limit was sent"
    assert [limit["seq"] for limit in limits] == sorted({limit["seq"] for limit in limits})
    assert {limit["ttl_s"] for limit in limits} == {60}
    assert limits[-1]["issued_at"] <= home.night.now.timestamp()
    assert "limit_a" not in json.dumps(home.night.made.config())


def test_a_charger_that_comes_later_begins_a_new_sequence(home: MeteredNight, kari: Account) -> None:
    """It may know a higher place of another site's sequence: the new one is above all of this owner."""
    home.post(5.0, 0.0, 4.0)
    first = store.read(place(home)).load
    from tests.made_chargers import MadeCharger

    second = MadeCharger("ZC-00000002").claim(kari, site_id=SiteId(home.site_id))
    home.post(5.1, 0.0, 4.0)
    after = store.read(place(home)).load
    assert first is not None
    assert after is not None
    assert after.balancing.boot_epoch > first.balancing.boot_epoch
    assert second.charger_id in after.served


def test_without_its_reader_a_site_charges_as_before(home: MeteredNight) -> None:
    """It is removed: the lease that runs ends, and the installer's settings hold again instead of limits."""
    with_a_car(home).live(40, house_a=8.3)
    meters.remove(home.owner, SiteId(home.site_id), home.night.now)
    home.night.plan()
    home.night.hear()
    assert home.night.made.config()["load_balancing"] is False
    home.night.run(home.night.now + timedelta(seconds=61))
    assert (home.limit_a(), home.night.box.status.reason) == (None, "full_mode")
    assert home.post(5.0, 0.0, 4.0)["statusCode"] == 403


def test_a_silence_is_recorded_once_and_told_when_it_lasts(home: MeteredNight) -> None:
    """While no car may charge it is noted within half an hour and some minutes; then the owner hears of it, once."""
    home.post(5.0, 0.0, 4.0)
    start = home.night.now
    looks = [meter_watch.look(start + timedelta(seconds=s)) for s in (30, 310, 1740, 1860, 1920, 4000)]
    assert looks == [0, 0, 0, 1, 0, 0]
    told = [json.loads(body)["event"]["kind"] for body in notified.waiting()]
    assert told == ["meter_lost"]
    assert meters.get(home.owner, SiteId(home.site_id), start + timedelta(seconds=360)).state == "silent"


def test_a_silence_while_a_car_charges_is_recorded_within_minutes(home: MeteredNight) -> None:
    """90 s and a step of five minutes."""
    with_a_car(home).live(200, house_a=5.0)
    looks = [meter_watch.look(home.night.now + timedelta(seconds=s)) for s in (60, 390, 450)]
    assert looks == [0, 1, 0]


def test_the_watchdog_finds_every_silent_site(home: MeteredNight) -> None:
    """Wherever in its index a site lies: one place of it would be too small for all."""
    sites = [Place(home.owner.account_id, SiteId(f"site_{number}")) for number in range(40)]
    for one in sites:
        load = SiteLoad(version=1, balancing=BalancingState(boot_epoch=1), heard_at=EVENING)
        assert store.put_load(one, load)
    assert store.list_due(EVENING + timedelta(seconds=80), 500) == []
    found = store.list_due(EVENING + timedelta(minutes=36), 500)
    assert sorted(one.site_id for one in found) == sorted(one.site_id for one in sites)


def test_a_meter_that_is_back_is_live_again(home: MeteredNight) -> None:
    """And its next silence is another one."""
    home.post(5.0, 0.0, 4.0)
    start = home.night.now
    meter_watch.look(start + timedelta(seconds=2160))
    home.night.run(start + timedelta(seconds=2170))
    home.post(5.2, 0.0, 4.0)
    view = meters.get(home.owner, SiteId(home.site_id), home.night.now)
    assert (view.state, view.load and view.load.silent_since) == ("live", None)
    assert meter_watch.look(home.night.now + timedelta(seconds=2160)) == 1


def test_the_quarters_of_an_hour_are_kept_once(home: MeteredNight) -> None:
    """One write for each hour; the values are the means of the house's worst line, tenths of an ampere."""
    home.live(46 * 60, house_a=9.0, every_s=120)
    assert store.usual_loads(place(home)) == {}
    home.live(16 * 60, house_a=9.0, every_s=120)
    history = store.usual_loads(place(home))
    six = 96 + 18 * 4  # Tuesday, 18:00 in Bergen
    assert sorted(history) == [six, six + 1, six + 2, six + 3]
    assert all(len(values) == 1 and 90 <= values[0] <= 97 for values in history.values())
    store.add_quarters(place(home), {six: (EVENING, 400)})
    assert store.usual_loads(place(home)) == history


def test_the_fallback_waits_for_a_day_of_the_house(home: MeteredNight) -> None:
    """Then 6 A are offered without a meter if the fuse holds beside the most that the house has taken."""
    home.post(5.0, 0.0, 4.0)
    home.night.run(EVENING + timedelta(hours=25))
    for second in (0, 30, 900, 930):
        home.night.run(EVENING + timedelta(hours=25, seconds=second + 1))
        home.post(9.0 + second / 1000, 0.0, 7.0)
    home.night.plan()
    assert home.night.made.config()["fallback_current_a"] == 6
    for second in (1900, 1930, 2900, 2930):
        home.night.run(EVENING + timedelta(hours=25, seconds=second + 1))
        home.post(18.0 + second / 1000, 0.0, 9.0)
    home.night.plan()
    assert home.night.made.config()["fallback_current_a"] == 0


def test_a_charger_that_wants_nothing_is_told_so_once(home: MeteredNight) -> None:
    """Its lease may end: a pause needs no limit, and the fuse bears its fallback."""
    home.live(20, house_a=5.0)
    home.night.plan()
    home.night.hear()
    home.night.plug_in(8000)
    before = len(published())
    for _ in range(4):
        home.live(120, house_a=5.0, every_s=120)
    limits = [payload for topic, payload in published()[before:] if topic.endswith("/limit")]
    assert [json.loads(payload)["limit_a"] for payload in limits] == [0]


def test_what_changes_nothing_is_read_at_once_and_not_stored(home: MeteredNight, store_calls: list[str]) -> None:
    """A sample of a calm house is one call to the store; every second one renews the lease and is stored."""
    with_a_car(home).live(300, house_a=7.1)
    made = []
    for _ in range(4):
        home.night.run(home.night.now + timedelta(seconds=10))
        tick, drawn_a = home.night.now.second % 7 / 10, max(home.night.box.status.drawn_a)
        post = post_body(home.token, (7.1 + drawn_a + tick, 3.0 + drawn_a + tick, 6.0 + tick), 5000)
        store_calls.clear()
        meter_post.handle(post_event(post))
        made.append(tuple(store_calls))
        home.hear_limits()
    assert sorted(made) == [("BatchGetItem",)] * 2 + [("BatchGetItem", "PutItem")] * 2


@pytest.fixture
def store_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The name of every call to the store."""
    made: list[str] = []
    dispatch = Connection.dispatch

    def noting(self: Connection, operation_name: str, operation_kwargs: dict[str, Any]) -> Any:
        made.append(operation_name)
        return dispatch(self, operation_name, operation_kwargs)

    monkeypatch.setattr(Connection, "dispatch", noting)
    return made
