"""A real night, 10 February 2026 in NO5, from plug-in to the money: a simulated charger and the whole energy part."""

import base64
import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations, pairwise

import pytest

from chalicelib.adapters.dynamo import charger_states, hours, plans, quarantine, sessions
from chalicelib.domain.accounts import Account
from chalicelib.domain.calendar import HOUR, Stretch
from chalicelib.domain.sessions import SessionGoal
from chalicelib.services import charger_status, energy_history, session_goals
from chalicelib.services.home import read as read_home
from chalicelib.workers import readings
from simulator.records import Happening
from tests.energy_cloud import RECORDED, Night, a_night, forwarded
from tests.identity import People
from tests.lists import list_sessions

START = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)
READY_BY = datetime(2026, 2, 11, 6, 0, tzinfo=UTC)
WHOLE = Stretch(START, START + 24 * HOUR)
POWER_W = 24 * 230
"""24 A of a 25 A main fuse, one phase."""


@pytest.fixture
def kari(people: People) -> Account:
    return people.account("+4790000001")


@pytest.fixture
def night(kari: Account, monkeypatch: pytest.MonkeyPatch) -> Night:
    return a_night(kari, START, monkeypatch)


def paid(hour: datetime) -> Decimal:
    """What a kWh in this hour costs a household in Bergen."""
    rows = [
        row
        for day in ("2026-02-10", "2026-02-11")
        for row in json.loads((RECORDED / f"hvakosterstrommen_NO5_{day}.json").read_text())
    ]
    per_kwh = {datetime.fromisoformat(row["time_start"]): Decimal(str(row["NOK_per_kWh"])) for row in rows}
    return per_kwh[hour] * Decimal("1.25")


def least_cost(need_wh: int, starts: int) -> Decimal:
    """The cheapest way to charge `need_wh` at full power in at most so many runs, by trying them all.

    All runs but one consist of whole hours; the remaining energy goes into a part of an hour next to one of them.
    """
    all_hours = [START + HOUR * number for number in range(16)]
    whole, rest_wh = divmod(need_wh, POWER_W)
    best = Decimal(10**9)
    for picked in combinations(all_hours, whole + 1):
        runs = 1 + sum(later - earlier > HOUR for earlier, later in pairwise(picked))
        if runs > starts:
            continue
        price = {hour: paid(hour) for hour in picked}
        edges = [hour for hour in picked if hour - HOUR not in picked or hour + HOUR not in picked]
        cost = min(sum(price.values()) * POWER_W - price[part] * (POWER_W - rest_wh) for part in edges)
        best = min(best, cost)
    return best / 1000


def test_the_car_is_full_in_time_at_the_least_cost_and_every_watt_hour_is_accounted_for(night: Night) -> None:
    """Register, battery and hours agree to the Wh; no choice of hours would have cost less; at most two starts."""
    need_wh = 36_000
    car = night.plug_in(need_wh)
    session_goals.set_goal(night.owner, night.charger_id, SessionGoal(energy_wh=need_wh), night.now)
    night.exchange()
    night.run(START + 17 * HOUR)
    found = hours.list_in(night.charger_id, WHOLE)
    session = sessions.find(night.charger_id, 1)
    assert session is not None
    assert session.energy is not None
    assert car.is_full
    assert {night.box.register_wh, car.battery_wh, sum(hour.hour.energy_wh for hour in found)} == {need_wh}
    assert session.energy.energy_wh == need_wh
    full_at = max(entry.at_s for entry in night.box.log if entry.happening is Happening.CAR_FULL)
    assert full_at <= READY_BY.timestamp()
    assert session.energy.starts <= 2
    cost = session.energy.cost.settled
    assert cost is not None
    assert cost.amount <= least_cost(need_wh, 2) + Decimal("0.005")


def test_messages_that_come_again_in_any_order_change_nothing(night: Night) -> None:
    """A queue delivers at least once: the whole evening again, shuffled, leaves the same history and totals."""
    night.plug_in(7_000)
    night.run(START + 16 * HOUR)
    before = hours.list_in(night.charger_id, WHOLE), charger_states.read(night.charger_id)
    again = night.messages + night.messages[::3]
    random.Random(7).shuffle(again)  # noqa: S311 - chance that can be repeated
    night.deliver(readings.handle, *again)
    assert (hours.list_in(night.charger_id, WHOLE), charger_states.read(night.charger_id)) == before


def test_readings_that_come_late_and_in_any_order_build_the_same_hours(night: Night) -> None:
    """A charger that was offline all night sends everything at once in the morning, the newest first."""
    night.plug_in(7_000)
    night.is_online = False
    night.run(START + 16 * HOUR)
    for body in reversed(night.reading_messages()):
        night.deliver(readings.handle, body)
    found = hours.list_in(night.charger_id, WHOLE)
    overview = charger_states.read(night.charger_id)
    assert sum(hour.hour.energy_wh for hour in found) == night.box.register_wh == 7_000
    assert overview.session is not None
    assert overview.month is not None
    assert (overview.session.energy_wh, overview.month.energy_wh) == (7_000, 7_000)


def test_workers_that_run_at_once_lose_nothing(night: Night) -> None:
    """Four workers with the evening's readings, each in an order of its own: hours and totals are complete."""
    night.plug_in(7_000)
    night.is_online = False
    night.run(START + 16 * HOUR)
    bodies = night.reading_messages()
    orders = [random.Random(seed).sample(bodies, len(bodies)) for seed in range(4)]  # noqa: S311 - repeatable
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda order: night.deliver(readings.handle, *order), orders))
    overview = charger_states.read(night.charger_id)
    found = hours.list_in(night.charger_id, WHOLE)
    assert sum(hour.hour.energy_wh for hour in found) == 7_000
    assert overview.session is not None
    assert overview.month is not None
    assert (overview.session.energy_wh, overview.month.energy_wh) == (7_000, 7_000)


def test_a_car_that_takes_more_than_was_thought_is_not_left_half_full(night: Night) -> None:
    """3 kWh were wished for, the car wants 11: the need is extended while it draws, and it is full by ready_by."""
    car = night.plug_in(11_000)
    session_goals.set_goal(night.owner, night.charger_id, SessionGoal(energy_wh=3_000), night.now)
    night.exchange()
    night.run(READY_BY)
    assert car.is_full
    assert sum(hour.hour.energy_wh for hour in hours.list_in(night.charger_id, WHOLE)) == 11_000


def test_nothing_is_written_when_a_plan_would_say_the_same(night: Night) -> None:
    """Asking for a plan again, hours later, leaves the plan in force."""
    night.plug_in(20_000)
    before = plans.find_latest(night.charger_id)
    night.run(START + 3 * HOUR)
    night.fetch_prices()
    night.exchange()
    assert plans.find_latest(night.charger_id) == before


def test_without_prices_the_car_is_charged_at_once_and_planned_when_they_come(
    kari: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No feed: energy flows, costs are pending. When prices come, costs are told and what is left waits."""
    monkeypatch.setenv("PRICE_FEED_BASE", "http://127.0.0.1:1")
    night = a_night(kari, START, monkeypatch, with_prices=False)
    night.plug_in(20_000)
    at_once = plans.find_latest(night.charger_id)
    night.run(START + timedelta(minutes=40))
    pending = charger_states.read(night.charger_id).month
    night.fetch_prices()
    night.exchange()
    planned = plans.find_latest(night.charger_id)
    assert at_once is not None
    assert [step.reason for step in at_once.steps] == ["no_prices"]
    assert pending is not None
    assert (pending.energy_wh > 0, pending.cost.is_pending) == (True, True)
    assert planned is not None
    assert [step.reason for step in planned.steps] == ["cheap_hours"]
    assert planned.steps[0].start > night.now + 5 * HOUR
    priced = charger_states.read(night.charger_id)
    assert priced.month is not None
    assert (priced.month.energy_wh, priced.month.cost.is_pending) == (POWER_W * 40 // 60, False)
    assert priced.session is not None
    assert priced.session.cost == priced.month.cost


def test_the_status_tells_when_it_goes_on(night: Night) -> None:
    """Waiting for a cheap hour, with the time; later charging."""
    night.plug_in(36_000)
    waiting = charger_status.read(night.claimed, night.now)
    assert (waiting.code, waiting.reason) == ("waiting", "price")
    assert waiting.until is not None
    night.run(waiting.until + timedelta(minutes=1))
    assert charger_status.read(night.claimed, night.now).code == "charging"


def test_a_reading_of_somebody_elses_time_is_dropped(night: Night) -> None:
    """What a charger read before its owner claimed it is not the owner's."""
    night.plug_in(5_000)
    told = json.loads(base64.b64decode(json.loads(night.messages[0])["payload"]))
    early = told | {"seq": 99, "ts": int(START.timestamp()) - 3600}
    night.deliver(readings.handle, forwarded(night.claimed.serial, json.dumps(early).encode()))
    assert hours.list_in(night.charger_id, Stretch(START - 24 * HOUR, START)) == []


def test_a_message_that_is_none_is_put_aside_and_its_neighbour_is_stored(night: Night) -> None:
    """Coming again would not make it better."""
    night.plug_in(5_000)
    night.deliver(readings.handle, forwarded(night.claimed.serial, b"{}"), night.messages[0])
    [kept] = quarantine.list_of(night.claimed.serial)
    assert (kept.source, kept.reason, kept.payload) == ("reading", "wrong_type", b"{}")


def test_home_and_history_tell_the_same(night: Night) -> None:
    """Session, month, day and hours are sums of the same watt-hours."""
    night.plug_in(7_000)
    night.run(START + 16 * HOUR)
    card = read_home(night.owner, night.now).cards[0]
    month = energy_history.month(night.owner, night.charger_id, 2026, 2, night.now)
    session = list_sessions(night.owner, night.charger_id, night.now)[0]
    assert card.overview.session == session.energy
    assert card.month.energy_wh == month.whole.energy_wh == sum(day.energy_wh for _, day in month.days) == 7_000
    assert card.month.cost == month.whole.cost
    assert session.cost_at_once is not None
    assert session.cost_at_once.settled is not None
    assert session.energy is not None
    assert session.energy.cost.settled is not None
    assert session.cost_at_once.settled.amount > session.energy.cost.settled.amount
