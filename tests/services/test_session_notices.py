"""What happens at a charger reaches its owner's inbox once: a simulated charger joined to the workers in process."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.adapters.dynamo import charger_states, sessions
from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.notifications import KEPT, Kind, Notification, words_of
from chalicelib.domain.sessions import SessionGoal
from chalicelib.services import charging_plans, notifications, session_goals, session_notices
from chalicelib.workers import readings, status_reports
from simulator.car import Car
from tests.api_client import LambdaContext
from tests.energy_cloud import Night, a_night, event
from tests.guests_cloud import let_in
from tests.identity import People
from tests.notified import work_off

START = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)
READY_BY = datetime(2026, 2, 11, 6, 0, tzinfo=UTC)


@pytest.fixture
def kari(people: People) -> Account:
    return people.account("+4790000001")


@pytest.fixture
def night(kari: Account, monkeypatch: pytest.MonkeyPatch) -> Night:
    return a_night(kari, START, monkeypatch)


def told(night: Night, kind: Kind) -> list[Notification]:
    """What the owner has in the inbox of this kind, the newest first."""
    work_off()
    found = notifications.read_inbox(night.owner, 100, None, night.now).notifications
    return [one for one in found if one.event.kind is kind]


def test_a_fault_is_told_once_while_it_lasts_and_however_often_it_is_reported(night: Night) -> None:
    """A second fault is told beside it; the reports come twice."""
    night.plug_in(20_000)
    night.box.break_down("contactor_fault", night.now)
    bodies = night.status_messages()
    night.box.break_down("overheated", night.now)
    bodies += night.status_messages()
    night.deliver(status_reports.handle, *bodies, *bodies)
    assert {one.event.facts.fault for one in told(night, Kind.FAULT)} == {"contactor_fault", "overheated"}
    assert len(told(night, Kind.FAULT)) == 2


def test_a_fault_that_cannot_be_told_now_is_told_later(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report comes again, and the fault is still new."""
    night.box.break_down("contactor_fault", night.now)
    bodies = night.status_messages()

    def fail(*_: object) -> None:
        raise DependencyDown("the queue does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(session_notices, "tell", fail)
        answer = status_reports.handle(event(*bodies), LambdaContext())
        assert len(answer["batchItemFailures"]) == len(bodies)
    night.deliver(status_reports.handle, *bodies)
    assert len(told(night, Kind.FAULT)) == 1


def test_a_full_car_is_told_of_once_with_all_its_energy_and_the_cost(night: Night) -> None:
    """The figures are those of the history; unplugging later says nothing more."""
    night.plug_in(7_000)
    night.run(START + timedelta(hours=17))
    night.unplug()
    [one] = told(night, Kind.FINISHED)
    session = sessions.find(night.charger_id, 1)
    assert session is not None
    assert session.energy is not None
    cost = session.energy.cost.settled
    assert cost is not None
    facts = one.event.facts
    assert (facts.is_full, facts.energy_wh, facts.cost) == (True, 7_000, cost.shown())
    assert words_of(one.event, "no").text.startswith("Ladingen er ferdig: 7,0 kWh, ")


def test_a_car_that_leaves_before_it_is_full_is_told_of_with_what_it_has(night: Night) -> None:
    """All of it, though the report of the unplugging may come before the last readings."""
    night.plug_in(85_000)
    session_goals.set_goal(night.owner, night.charger_id, SessionGoal(energy_wh=85_000), night.now)
    night.exchange()
    night.run(START + timedelta(hours=2, minutes=7))
    night.is_online = False
    night.unplug()
    night.is_online = True
    reports, registers = night.status_messages(), night.reading_messages()
    night.deliver(status_reports.handle, *reports)
    assert told(night, Kind.FINISHED) == []
    night.deliver(readings.handle, *registers)
    [one] = told(night, Kind.FINISHED)
    assert (one.event.facts.is_full, one.event.facts.energy_wh) == (False, night.box.register_wh)


def test_a_car_that_took_nothing_is_not_told_of(night: Night) -> None:
    """Somebody tried the cable."""
    night.plug_in(20_000)
    night.unplug()
    assert told(night, Kind.FINISHED) == []


def test_a_session_older_than_the_inbox_is_not_told_of(night: Night) -> None:
    """Its first telling may be forgotten, so a second one would not be noticed as such."""
    night.plug_in(7_000)
    night.run(START + timedelta(hours=17))
    charger, overview = night.claimed, charger_states.read(night.charger_id)
    before = len(told(night, Kind.FINISHED))
    changed = charger.__class__(
        **{name: getattr(charger, name) for name in charger.__struct_fields__} | {"owner": "nobody"}
    )
    session_notices.tell_if_finished(changed, 1, overview, START + KEPT)
    assert (before, len(told(night, Kind.FINISHED))) == (1, 1)


def test_a_goal_that_will_be_missed_is_told_in_good_time_and_once(night: Night) -> None:
    """120 kWh do not fit: how much is missing at seven, and when it will be done; every new plan says the same."""
    night.plug_in(120_000)
    session_goals.set_goal(night.owner, night.charger_id, SessionGoal(energy_wh=120_000), night.now)
    night.exchange()
    night.run(START + timedelta(hours=6))
    for cause in ("first", "second"):
        charging_plans.plan(night.charger_id, night.now, cause)
    [one] = told(night, Kind.GOAL_MISSED)
    facts = one.event.facts
    assert one.told_at < START + timedelta(minutes=1)
    assert facts.ready_by == READY_BY
    assert facts.done_at is not None
    assert facts.missing_wh is not None
    power_w = 24 * 230
    assert facts.missing_wh == pytest.approx(120_000 - 16 * power_w, abs=power_w / 60)  # plans begin within the minute
    assert facts.done_at - READY_BY == pytest.approx(
        timedelta(hours=facts.missing_wh / power_w), abs=timedelta(minutes=1)
    )


def test_a_goal_that_was_possible_again_is_told_of_again(night: Night) -> None:
    """Somebody asked for less, and then for more."""
    night.plug_in(120_000)
    for energy_wh in (120_000, 110_000, 20_000, 120_000):
        session_goals.set_goal(night.owner, night.charger_id, SessionGoal(energy_wh=energy_wh), night.now)
        night.exchange()
        night.now += timedelta(minutes=1)
    assert len(told(night, Kind.GOAL_MISSED)) == 2


def test_a_car_that_goes_on_beyond_its_goal_misses_nothing(night: Night) -> None:
    """It has what was asked for; that it takes more is no failure."""
    night.plug_in(12_000)
    session_goals.set_goal(night.owner, night.charger_id, SessionGoal(energy_wh=6_000), night.now)
    night.exchange()
    night.run(READY_BY + timedelta(hours=2))
    assert night.box.register_wh == 12_000
    assert told(night, Kind.GOAL_MISSED) == []


def inbox(person: Account, now: datetime) -> list[Notification]:
    """Everything somebody was told, the newest first."""
    work_off()
    return notifications.read_inbox(person, 100, None, now).notifications


def charged_by_a_guest(night: Night, ola: Account, *, is_his: bool) -> None:
    """Ola is a guest; a car of his, or of somebody else, takes 7 kWh and then a fault comes."""
    let_in(ola, night.charger_id, START - timedelta(hours=1), START + timedelta(hours=2))
    night.box.plug_in(Car(need_wh=7_000), night.now)
    state = "grant_1" if is_his else "owner"
    bodies = [unlocked(body, state) for body in night.status_messages()]
    night.deliver(status_reports.handle, *bodies)
    night.plan()
    night.is_online = False
    night.run(START + timedelta(hours=17))
    night.box.break_down("contactor_fault", night.now)
    night.is_online = True
    bodies = [unlocked(body, state) for body in night.status_messages()]
    night.deliver(status_reports.handle, *bodies)
    night.deliver(readings.handle, *night.reading_messages())


def unlocked(body: str, user: str) -> str:
    """The report of a charger that was unlocked by `user`."""
    told = json.loads(body)
    told["reported"]["unlocked_by"] = user
    return json.dumps(told)


def test_a_guest_is_told_of_their_own_session_with_what_it_cost(night: Night, people: People) -> None:
    """The end, and a fault while their car is there, also when their window is over by then; the owner too."""
    ola = people.account("+4790000002")
    charged_by_a_guest(night, ola, is_his=True)
    kinds = [one.event.kind for one in inbox(ola, night.now)]
    assert sorted(kinds) == [Kind.FAULT, Kind.FINISHED]
    assert sorted(one.event.kind for one in inbox(night.owner, night.now)) == sorted(kinds)
    [finished] = [one.event for one in inbox(ola, night.now) if one.event.kind is Kind.FINISHED]
    assert finished.facts.energy_wh == 7_000


def test_a_guest_is_told_nothing_of_others_sessions(night: Night, people: People) -> None:
    """Neither that one has ended nor that something broke."""
    ola = people.account("+4790000002")
    charged_by_a_guest(night, ola, is_his=False)
    assert inbox(ola, night.now) == []
    assert {one.event.kind for one in inbox(night.owner, night.now)} == {Kind.FAULT, Kind.FINISHED}


def test_the_business_counts_a_session_once_that_two_are_told_of(
    night: Night, people: People, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the charger's owner, whoever's message comes first."""
    charged_by_a_guest(night, people.account("+4790000002"), is_his=True)
    capsys.readouterr()
    work_off()
    assert capsys.readouterr().out.count('"SessionFinished":[') == 1
