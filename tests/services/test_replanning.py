"""Why plans are made anew, and that each reason makes at most one: prices, new days, neighbours, drift, repeats."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import boto3
import msgspec
import pytest

from chalicelib.adapters import charging_shadow
from chalicelib.adapters.dynamo import charger_states, plans, sessions
from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.ids import ChargerId, SiteId, Zone
from chalicelib.domain.plan_rounds import RoundMessage, SiteRound, ZoneRound, shard_of
from chalicelib.domain.planning_cases import taken_a
from chalicelib.domain.plans import ChargingPlan
from chalicelib.domain.prices import PriceDay
from chalicelib.domain.sessions import SessionGoal
from chalicelib.services import charging_plans, day_ahead_prices, plan_rounds, session_goals, site_cases, zone_prices
from chalicelib.services.zone_prices import Market
from chalicelib.settings import settings
from chalicelib.workers import site_planning
from simulator.car import Car
from tests import infra
from tests.api_client import LambdaContext
from tests.energy_cloud import Night, RecordedPrices, a_night, active_chargers, event, messages, sites_to_plan
from tests.identity import People
from tests.made_chargers import MadeCharger

START = datetime(2026, 2, 10, 14, 5, tzinfo=UTC)
"""15:05 in Bergen; tomorrow's prices are late."""
PUBLISHED = START + timedelta(hours=1)
NO5 = Zone("NO5")
FUSE_A = 24
"""What a main fuse of 25 A leaves."""


@pytest.fixture
def owner(people: People) -> Account:
    """Who lives there."""
    return people.account("+4790000001")


@pytest.fixture
def night(owner: Account, monkeypatch: pytest.MonkeyPatch) -> Night:
    """A charger in Bergen, while only today's prices are known."""
    made = a_night(owner, START, monkeypatch, with_prices=False)
    day_ahead_prices.fetch(START, zones=(NO5,), source=OnlyToday())
    messages(settings().site_planning_queue_url)
    return made


class OnlyToday(RecordedPrices):
    """As it is before the exchange has published."""

    def fetch(self, zone: Zone, day: date, now: datetime) -> PriceDay | None:
        """The recorded day if it is today."""
        return super().fetch(zone, day, now) if day == START.date() else None


def beside(night: Night, serial: str) -> Night:
    """A second charger at the same site."""
    claimed = MadeCharger(serial).claim(night.owner, site_id=night.claimed.site_id)
    other = Night(night.owner, claimed, night.now, night.patch)
    other.exchange()
    return other


def wants(night: Night, energy_wh: int) -> None:
    """A car comes, and its owner says what it needs."""
    night.plug_in(energy_wh)
    session_goals.set_goal(night.owner, night.charger_id, SessionGoal(energy_wh=energy_wh), night.now)
    night.exchange()


def plan_of(night: Night) -> ChargingPlan:
    """The plan that was made last."""
    found = plans.find_latest(night.charger_id)
    assert found is not None
    return found


def plans_made(night: Night) -> int:
    """How many plans the charger has had."""
    table = boto3.client("dynamodb", region_name=infra.REGION).query(
        TableName="PlansTable",
        KeyConditionExpression="charger_id = :id",
        ExpressionAttributeValues={":id": {"S": night.charger_id}},
    )
    return int(table["Count"])


def told(night: Night) -> str:
    """The plan that the charger's shadow wants."""
    return str(night._desired("charging")["plan"]["plan_id"])


def work_off(*bodies: str) -> None:
    """Hand messages to the function that plans rounds."""
    for body in bodies:
        assert site_planning.handle(event(body), LambdaContext()) == {"batchItemFailures": []}


def publish(now: datetime) -> list[str]:
    """Tomorrow's prices come; the messages for batches of sites that follow."""
    day_ahead_prices.fetch(now, zones=(NO5,), source=RecordedPrices())
    work_off(*messages(settings().site_planning_queue_url))
    return messages(settings().site_planning_queue_url)


def test_new_prices_give_each_site_with_a_car_one_new_plan_and_a_repeat_none(night: Night, owner: Account) -> None:
    """Two sites have a car, a third has none; the same messages once more write nothing."""
    others = [a_night(owner, START, night.patch, serial=f"ZC-0000000{n}", with_prices=False) for n in (2, 3)]
    homes = [night, *others]
    for home in homes[:2]:
        wants(home, 20_000)
    before = [plans_made(home) for home in homes]
    batches = publish(PUBLISHED)
    sites = [site for body in batches for site in msgspec.json.decode(body, type=SiteRound).site_ids]
    assert sorted(sites) == sorted(home.claimed.site_id for home in homes[:2])
    for _ in range(2):
        work_off(*batches)
    assert [plans_made(home) - count for home, count in zip(homes, before, strict=True)] == [1, 1, 0]
    assert [told(home) for home in homes[:2]] == [plan_of(home).plan_id for home in homes[:2]]


def test_a_car_that_is_full_is_passed_by_until_it_wants_more(night: Night) -> None:
    """Its session goes on, and is in no round."""
    wants(night, 3_000)
    assert active_chargers(NO5) == [night.charger_id]
    night.run(START + timedelta(hours=20))
    stored = sessions.find(night.charger_id, night.box.plug_seq)
    assert stored is not None
    assert (stored.ended_at, active_chargers(NO5)) == (None, [])
    state = charger_states.read(night.charger_id).state
    assert state is not None
    sessions.open_session(night.charger_id, state.plug_seq, stored.started_at, NO5, night.claimed.site_id)
    assert active_chargers(NO5) == [night.charger_id]


def test_whoever_stops_between_keeping_a_plan_and_telling_it_is_made_good_by_the_repeat(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event is answered by one plan, which reaches the charger."""
    wants(night, 20_000)
    sessions.set_goal(night.charger_id, night.box.plug_seq, SessionGoal(energy_wh=9_000))
    count, was_told = plans_made(night), told(night)
    with monkeypatch.context() as broken:
        broken.setattr(charging_shadow, "write_plan", fail)
        with pytest.raises(DependencyDown):
            charging_plans.plan(night.charger_id, night.now, "goal", "goal:1")
    assert told(night) == was_told
    for _ in range(2):
        charging_plans.plan(night.charger_id, night.now, "goal", "goal:1")
    assert (plans_made(night) - count, told(night)) == (1, plan_of(night).plan_id)


def fail(*_: Any, **__: Any) -> None:
    """It is away."""
    raise DependencyDown("away")


def test_an_event_that_was_answered_is_not_planned_for_again_whatever_has_changed(night: Night) -> None:
    """What has changed since is an event of its own."""
    wants(night, 20_000)
    charging_plans.plan(night.charger_id, night.now, "goal", "goal:1")
    sessions.set_goal(night.charger_id, night.box.plug_seq, SessionGoal(energy_wh=9_000))
    count = plans_made(night)
    charging_plans.plan(night.charger_id, night.now, "goal", "goal:1")
    assert plans_made(night) == count
    charging_plans.plan(night.charger_id, night.now, "goal", "goal:2")
    assert plans_made(night) == count + 1


def test_of_two_plannings_at_once_the_later_sees_what_the_earlier_has_written(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one charger is planned, the site's other one gets a goal and is planned: neither is lost."""
    other = beside(night, "ZC-00000002")
    wants(night, 20_000)
    wants(other, 20_000)
    keep, tried = plans.write, []

    def write_late(*args: Any) -> bool:
        tried.append(args)
        if len(tried) == 1:
            sessions.set_goal(other.charger_id, other.box.plug_seq, SessionGoal(energy_wh=30_000))
            charging_plans.plan(other.charger_id, night.now, "goal", "goal:other")
        return keep(*args)

    sessions.set_goal(night.charger_id, night.box.plug_seq, SessionGoal(energy_wh=15_000))
    monkeypatch.setattr(plans, "write", write_late)
    charging_plans.plan(night.charger_id, night.now, "goal", "goal:one")
    _, planning = plans.read_site(night.claimed.site_id)
    assert (planning.has_answered("goal:one"), planning.has_answered("goal:other"), len(tried)) == (True, True, 3)
    assert (plan_of(night).need_wh, plan_of(other).need_wh) == (15_000, 30_000)
    assert (told(night), told(other)) == (plan_of(night).plan_id, plan_of(other).plan_id)


def highest_a(*nights: Night) -> float:
    """The highest sum of planned currents, a second away from where one ends and another begins."""
    steps = [step for one in nights for step in plan_of(one).steps]
    second = timedelta(seconds=1)
    return max(taken_a(steps, step.start + second, step.end - second) for step in steps)


def test_a_second_car_has_the_first_planned_anew_when_they_do_not_fit(night: Night) -> None:
    """Both want the cheap hours; together they stay below the main fuse and get what they need."""
    other = beside(night, "ZC-00000002")
    wants(night, 40_000)
    alone, count = plan_of(night), plans_made(night)
    wants(other, 30_000)
    assert (plans_made(night) > count, plan_of(night).steps != alone.steps) == (True, True)
    assert highest_a(night, other) <= FUSE_A
    assert (plan_of(night).unmet_wh, plan_of(other).unmet_wh) == (0, 0)
    assert (told(night), told(other)) == (plan_of(night).plan_id, plan_of(other).plan_id)


def test_a_car_that_leaves_gives_its_neighbour_room(night: Night) -> None:
    """The one that stays gets its cheap hours back."""
    other = beside(night, "ZC-00000002")
    wants(night, 40_000)
    alone = plan_of(night)
    wants(other, 30_000)
    other.unplug()
    assert [(step.start, step.end) for step in plan_of(night).steps] == [(step.start, step.end) for step in alone.steps]


def test_a_second_car_that_fits_disturbs_nobody(night: Night) -> None:
    """One that is charged in the afternoon leaves the night as it is, whatever it wants."""
    other = beside(night, "ZC-00000002")
    wants(night, 20_000)
    other.plug_in(4_000)
    counts = []
    for energy_wh in (3_000, 4_000):
        goal = SessionGoal(energy_wh=energy_wh, ready_by=START + timedelta(hours=3))
        session_goals.set_goal(night.owner, other.charger_id, goal, night.now)
        other.exchange()
        counts.append((plans_made(night), plans_made(other)))
    (quiet, busy), (still, busier) = counts
    assert (still - quiet, busier - busy, plan_of(other).unmet_wh) == (0, 1, 0)


def test_a_new_day_that_changes_nothing_writes_no_plan(night: Night) -> None:
    """Everybody is looked at, and as a rule nothing is told."""
    wants(night, 20_000)
    work_off(*publish(PUBLISHED))
    count = plans_made(night)
    plan_rounds.begin([NO5], "new_day", "2026-02-11")
    work_off(*messages(settings().site_planning_queue_url))
    batches = messages(settings().site_planning_queue_url)
    assert [msgspec.json.decode(body, type=SiteRound).cause for body in batches] == ["new_day"]
    night.now = PUBLISHED + timedelta(minutes=5)
    night._set_clock()
    work_off(*batches)
    assert plans_made(night) == count


def test_a_page_ends_between_sites_and_goes_on_behind_them(cloud: dict[str, str]) -> None:
    """Five sites of one part, two with two chargers, in pages of two: each comes once."""
    names = [name for name in (f"site_{number:03d}" for number in range(200)) if shard_of(SiteId(name)) == 3][:5]
    for name in names:
        for number in range(2 if name in names[1:3] else 1):
            sessions.open_session(ChargerId(f"{name}_{number}"), 1, START, NO5, SiteId(name))
    found, after, has_more = [], None, True
    while has_more:
        page = sessions.page_of_sites(NO5, 3, after, 2)
        found.append(list(page.site_ids))
        after, has_more = page.site_ids[-1], page.has_more
    assert found == [names[:2], names[2:4], names[4:]]


def test_a_site_that_cannot_be_planned_costs_the_others_nothing(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are planned; the message comes again for the one."""
    wants(night, 20_000)
    read, bad = site_cases.read, SiteId("site_bad")

    def read_or_fail(site_id: SiteId, now: datetime) -> Any:
        if site_id == bad:
            raise DependencyDown("away")
        return read(site_id, now)

    monkeypatch.setattr(site_cases, "read", read_or_fail)
    asked = SiteRound(site_ids=(bad, night.claimed.site_id), cause="new_day", cause_id="new_day:1")
    with pytest.raises(DependencyDown):
        charging_plans.plan_sites(asked, night.now)
    assert plans.read_site(night.claimed.site_id)[1].has_answered("new_day:1")


def test_a_batch_reads_the_prices_of_its_zone_once(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand homes a second must not ask for one item of the store."""
    read, asked = zone_prices.planning_slots, []

    def count(*args: Any) -> Any:
        asked.append(args)
        return read(*args)

    monkeypatch.setattr(zone_prices, "planning_slots", count)
    market = Market()
    one, two = (market.planning_slots(NO5, START - timedelta(hours=hours), START) for hours in (1, 2))
    assert len(asked) == 1
    assert (one, two) == (read(NO5, START - timedelta(hours=1), START), read(NO5, START - timedelta(hours=2), START))


def test_earlier_sessions_are_read_only_where_they_tell_something(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a goal nothing is to be learned."""
    wants(night, 20_000)
    monkeypatch.setattr(sessions, "list_latest", fail)
    assert charging_plans.plan(night.charger_id, night.now, "goal") is not None
    sessions.set_goal(night.charger_id, night.box.plug_seq, SessionGoal())
    with pytest.raises(DependencyDown):
        charging_plans.plan(night.charger_id, night.now, "goal")


def test_a_car_that_takes_half_of_what_it_is_offered_is_ready_all_the_same(night: Night) -> None:
    """Planned for 24 A it takes 10: it is seen after a quarter or two, gets a longer plan, and is full at seven."""
    night.box.plug_in(Car(need_wh=7_000, max_current_a=10), night.now)
    night.exchange()
    ready_by = datetime(2026, 2, 11, 6, 0, tzinfo=UTC)
    session_goals.set_goal(night.owner, night.charger_id, SessionGoal(energy_wh=7_000), night.now)
    night.exchange()
    first = plan_of(night)
    work_off(*publish(PUBLISHED))
    night.run(ready_by)
    assert (first.car_a, plan_of(night).car_a) == (None, 10)
    assert night.box.register_wh == 7_000


def test_a_plan_made_between_two_readings_costs_what_the_one_before_it_did(night: Night) -> None:
    """What has flowed since the last reading is in its energy and in its cost, but for some seconds of it."""
    wants(night, 20_000)
    night.exchange()
    first = plan_of(night)
    night.run(first.steps[0].start + timedelta(minutes=25))
    earlier = SessionGoal(energy_wh=20_000, ready_by=first.ready_by - timedelta(hours=1))
    session_goals.set_goal(night.owner, night.charger_id, earlier, night.now)
    night.exchange()
    again = plan_of(night)
    assert again.total_cost is not None
    assert first.total_cost is not None
    assert again.delivered_wh == pytest.approx(night.box.register_wh, abs=30)
    assert again.total_cost.amount == pytest.approx(first.total_cost.amount, abs=Decimal("0.05"))


def test_a_round_takes_page_after_page_through_all_parts_of_its_zone(cloud: dict[str, str]) -> None:
    """Forty sites in pages of seven: each is asked for once, in as many messages as there are pages."""
    names = [f"site_{number:03d}" for number in range(40)]
    for name in names:
        sessions.open_session(ChargerId(f"of_{name}"), 1, START, NO5, SiteId(name))
    asked: ZoneRound | None = ZoneRound(zone=NO5, cause="prices", cause_id="e")
    counts, found = [], list[str]()
    while asked is not None:
        counts.append(plan_rounds.go_on(asked, most=7))
        sent = [msgspec.json.decode(body, type=RoundMessage) for body in messages(settings().site_planning_queue_url)]
        found += [site for one in sent if isinstance(one, SiteRound) for site in one.site_ids]
        asked = next((one for one in sent if isinstance(one, ZoneRound)), None)
    assert (sorted(found), counts[:5], sum(counts)) == (names, [7] * 5, 40)


def test_a_round_where_nobody_is_plugged_in_is_one_message(cloud: dict[str, str]) -> None:
    """And plans nobody."""
    plan_rounds.begin([NO5], "prices", "now")
    assert sites_to_plan() == []
