"""Guests: invited, accepted, changed, revoked; what the charger learns of it, and what is left of them."""

import itertools
import threading
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from chalicelib.adapters import clock, code_seal, config_shadow, queues
from chalicelib.adapters.dynamo import accounts, chargers, grants, sessions
from chalicelib.adapters.dynamo.grants import GrantRow
from chalicelib.domain.accounts import Account
from chalicelib.domain.chargers import Charger
from chalicelib.domain.errors import DependencyDown, DomainError, NotAllowed, NotFound, PreconditionFailed
from chalicelib.domain.grants import Grant, GrantState
from chalicelib.domain.ids import AccountId, GrantId
from chalicelib.domain.invitations import PER_NUMBER_A_DAY, PER_OWNER_A_DAY
from chalicelib.domain.sessions import SessionGoal
from chalicelib.services import guests, invitations, sign_in, status_reports
from chalicelib.services.guests import GrantChange, GuestWish
from chalicelib.services.session_goals import set_goal
from chalicelib.workers import sms
from tests import infra
from tests.api_client import LambdaContext
from tests.domain.test_grants import a_state
from tests.energy_cloud import event
from tests.guests_cloud import desired, let_in
from tests.identity import People
from tests.made_chargers import MadeCharger

NOW = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OLA = "+4790000002"
ONE = GrantId("grant_1")


@pytest.fixture
def kari(people: People) -> Account:
    return people.account("+4790000001")


@pytest.fixture
def made(cloud: dict[str, str]) -> MadeCharger:
    return MadeCharger()


@pytest.fixture
def charger(kari: Account, made: MadeCharger) -> Charger:
    return made.claim(kari)


@pytest.fixture
def ola(people: People) -> Account:
    return people.account(OLA)


def invite(
    kari: Account, charger: Charger, grant_id: GrantId = ONE, real_now: datetime | None = None, phone: str = OLA
) -> Grant:
    told = GuestWish(name="Ola", phone=phone)
    return guests.invite(kari, charger.charger_id, grant_id, told, NOW, real_now or clock.real_now()).grant


def queued() -> list[str]:
    queue = sqs_backends[DEFAULT_ACCOUNT_ID][infra.REGION].queues["SmsQueue"]
    bodies = [str(message.body) for message in queue._messages]
    queue._messages.clear()
    return bodies


def deliver() -> list[tuple[str, str]]:
    """Work off the queue of messages; what phones have got."""
    waiting = queued()
    assert not waiting or sms.handle(event(*waiting), LambdaContext()) == {"batchItemFailures": []}
    return [(phone, text) for phone, text, *_ in sns_backends[DEFAULT_ACCOUNT_ID][infra.REGION].sms_messages.values()]


def epoch(charger: Charger) -> int:
    return chargers.get(charger.charger_id).access_epoch


def plugged_in(charger: Charger, unlocked_by: str | None, version: int = 1) -> None:
    """The charger reports a car."""
    state = msgspec.structs.replace(a_state(unlocked_by), version=version, reported_at=NOW, plugged_at=NOW)
    status_reports.note(charger.serial, state, NOW)


def run_order(made: MadeCharger) -> Any:
    return (desired(made.serial, "charging") or {}).get("run")


def test_an_invited_number_gets_one_message_and_its_account_the_grant(kari: Account, charger: Charger) -> None:
    """The first sign-in with the number accepts; until then nobody has a right."""
    made = invite(kari, charger)
    assert [phone for phone, _ in deliver()] == [OLA]
    assert grants.list_at(charger.charger_id)[0].guest is None
    ola = AccountId("ola")
    accounts.create(Account(account_id=ola, phone=OLA, created_at=NOW))
    assert [one.grant_id for one in invitations.accept(ola, OLA, clock.real_now())] == [made.grant_id]
    [bound] = grants.list_at(charger.charger_id)
    assert (bound.guest, bound.state(NOW, clock.real_now())) == (ola, GrantState.ACTIVE)
    found = accounts.find(ola)
    assert found is not None
    assert [place.grant_id for place in found.guest_of] == [made.grant_id]


@pytest.mark.usefixtures("cognito")
def test_signing_in_accepts(kari: Account, charger: Charger) -> None:
    """With the code from the message, as everybody does."""
    invite(kari, charger)
    deliver()
    sent = sign_in.request_code(OLA, "no", "192.0.2.1", clock.real_now())
    code = msgspec.json.decode(queued()[0])["code"]
    sign_in.exchange_code(sent.challenge_id, code, "no", clock.real_now())
    assert grants.list_at(charger.charger_id)[0].guest is not None


def test_an_account_that_exists_is_bound_behind_the_queue(kari: Account, charger: Charger, ola: Account) -> None:
    """The owner's answer says the same for every number; the guest need not sign in anew."""
    shown = guests.invite(kari, charger.charger_id, ONE, GuestWish(name="Ola", phone=OLA), NOW, clock.real_now())
    assert shown.state is GrantState.INVITED
    deliver()
    assert grants.list_at(charger.charger_id)[0].guest == ola.account_id


def test_an_invitation_lapses_after_thirty_days(kari: Account, charger: Charger) -> None:
    """Whoever signs in later gets nothing."""
    then = clock.real_now() - timedelta(days=30)
    invite(kari, charger, real_now=then)
    assert invitations.accept(kari.account_id, OLA, then + timedelta(days=30)) == []
    assert len(invitations.accept(kari.account_id, OLA, then + timedelta(days=30) - timedelta(seconds=1))) == 1


def test_a_number_that_got_a_new_owner_gives_them_nothing(kari: Account, charger: Charger, ola: Account) -> None:
    """A grant belongs to the account that accepted it first."""
    let_in(ola, charger.charger_id, NOW, None)
    assert invitations.accept(kari.account_id, OLA, clock.real_now()) == []
    assert grants.list_at(charger.charger_id)[0].guest == ola.account_id


def test_an_invitation_whose_answer_was_lost_can_be_repeated(kari: Account, charger: Charger) -> None:
    """One grant, one message, one answer."""
    first, again = invite(kari, charger), invite(kari, charger)
    assert (first.grant_id, first.since) == (again.grant_id, again.since)
    assert len(grants.list_at(charger.charger_id)) == len(queued()) == 1


def test_an_invitation_that_broke_off_before_its_message_is_ended_by_its_repeat(
    kari: Account, charger: Charger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The grant stands; the message comes with the repeat."""
    with monkeypatch.context() as patch:
        patch.setattr(queues, "send", _break)
        with pytest.raises(DependencyDown):
            invite(kari, charger)
    invite(kari, charger)
    assert len(grants.list_at(charger.charger_id)) == len(queued()) == 1


def _break(*_: Any) -> None:
    raise DependencyDown("broken")


def test_of_many_invitations_of_one_number_at_once_one_stands(kari: Account, charger: Charger) -> None:
    """The others are told that there is one, or to come again."""
    outcomes: list[str] = []

    def try_it(number: int) -> None:
        try:
            invite(kari, charger, GrantId(f"grant_{number}"))
            outcomes.append("made")
        except DomainError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=try_it, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("made") == 1
    assert set(outcomes) <= {"made", "already_guest", "dependency_down"}
    assert len(grants.list_at(charger.charger_id)) == epoch(charger) == 1


def test_too_many_invitations_in_a_day_are_refused(kari: Account, charger: Charger) -> None:
    """And none of them leaves anything."""
    for number in range(PER_OWNER_A_DAY):
        invite(kari, charger, GrantId(f"grant_{number}"), phone=f"+479100{number:04d}")
    with pytest.raises(DomainError) as refused:
        invite(kari, charger, GrantId("grant_x"))
    assert refused.value.code == "too_many_requests"
    assert len(grants.list_at(charger.charger_id)) == PER_OWNER_A_DAY


def test_a_number_is_not_pestered(kari: Account, charger: Charger) -> None:
    """Invited and revoked again and again it gets three messages a day; the owner cannot tell."""
    for number in range(PER_NUMBER_A_DAY + 2):
        grant = invite(kari, charger, GrantId(f"grant_{number}"))
        deliver()
        guests.end(kari, charger.charger_id, grant.grant_id, NOW)
    assert len(deliver()) == PER_NUMBER_A_DAY


def test_a_revoked_guest_is_refused_at_once_and_the_charger_told(
    kari: Account, made: MadeCharger, charger: Charger, ola: Account
) -> None:
    """The epoch has grown, the charger's settings have it, and the session that the guest opened is stopped."""
    grant = let_in(ola, charger.charger_id, NOW, None)
    plugged_in(charger, grant.grant_id)
    before = epoch(charger)
    guests.end(kari, charger.charger_id, grant.grant_id, NOW)
    assert made.config()["access_epoch"] == epoch(charger) == before + 1
    assert run_order(made) == {"state": "stopped", "plug_seq": 7}
    found = accounts.find(ola.account_id)
    assert found is not None
    assert found.guest_of == ()


@pytest.mark.parametrize("unlocked_by", ["owner", "grant_2", None])
def test_nobody_else_s_session_is_stopped(
    kari: Account, made: MadeCharger, charger: Charger, ola: Account, people: People, unlocked_by: str | None
) -> None:
    """Neither the owner's, nor another guest's, nor one that nobody had to unlock."""
    grant = let_in(ola, charger.charger_id, NOW, None)
    let_in(people.account("+4790000003"), charger.charger_id, NOW, None, "grant_2")
    plugged_in(charger, unlocked_by)
    guests.end(kari, charger.charger_id, grant.grant_id, NOW)
    assert run_order(made) is None


@pytest.mark.parametrize("who", ["owner", "guest"])
def test_a_revocation_whose_answer_was_lost_can_be_repeated(
    kari: Account, made: MadeCharger, charger: Charger, ola: Account, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    """The right ends with the first try, even if the charger could not be told; the repeat tells it."""
    grant = let_in(ola, charger.charger_id, NOW, None)
    actor = kari if who == "owner" else ola
    with monkeypatch.context() as patch:
        patch.setattr(config_shadow, "write", _break)
        with pytest.raises(DependencyDown):
            guests.end(actor, charger.charger_id, grant.grant_id, NOW)
    assert not grants.list_at(charger.charger_id)[0].covers(NOW)
    after = epoch(charger)
    guests.end(actor, charger.charger_id, grant.grant_id, NOW + HOUR)
    assert made.config()["access_epoch"] == epoch(charger) == after


def test_guests_end_their_own_grant_only(kari: Account, charger: Charger, ola: Account, people: People) -> None:
    """Another's, and one that never was, are refused alike; a stranger sees no charger."""
    let_in(ola, charger.charger_id, NOW + HOUR, None)
    let_in(people.account("+4790000003"), charger.charger_id, NOW, None, "grant_2")
    for grant_id in ("grant_2", "grant_9"):
        with pytest.raises(NotAllowed):
            guests.end(ola, charger.charger_id, GrantId(grant_id), NOW)
        with pytest.raises(NotFound):
            guests.end(people.account("+4790000004"), charger.charger_id, GrantId(grant_id), NOW)
    with pytest.raises(NotFound):
        guests.end(kari, charger.charger_id, GrantId("grant_9"), NOW)
    guests.end(ola, charger.charger_id, ONE, NOW)
    assert [one.revoked_at is None for one in grants.list_at(charger.charger_id)] == [False, True]


def test_a_change_that_ends_a_window_early_stops_the_guest(
    kari: Account, made: MadeCharger, charger: Charger, ola: Account
) -> None:
    """As a revocation does; and its repeat changes nothing more."""
    grant = let_in(ola, charger.charger_id, NOW, None)
    plugged_in(charger, grant.grant_id)
    wish = GrantChange(start="2026-02-11T10:00", end="2026-02-12T10:00", ends=True)
    for _ in range(2):
        shown = guests.change(kari, charger.charger_id, ONE, wish, grant.version, NOW, clock.real_now())
        assert (shown.state, shown.grant.version) == (GrantState.UPCOMING, grant.version + 1)
    assert made.config()["access_epoch"] == epoch(charger) == 2
    assert run_order(made) == {"state": "stopped", "plug_seq": 7}
    with pytest.raises(PreconditionFailed):
        guests.change(kari, charger.charger_id, ONE, GrantChange(name="X"), grant.version, NOW, clock.real_now())


@pytest.mark.parametrize(
    ("after", "expected"), [(HOUR - timedelta(milliseconds=1), None), (HOUR, {"state": "stopped", "plug_seq": 7})]
)
def test_the_end_of_a_window_stops_the_guest_s_session(
    made: MadeCharger, charger: Charger, ola: Account, after: timedelta, expected: Any
) -> None:
    """The minute's look does it, once; not a millisecond before the end."""
    grant = let_in(ola, charger.charger_id, NOW, NOW + HOUR)
    plugged_in(charger, grant.grant_id)
    for _ in range(2):
        guests.end_due(NOW + after)
    assert run_order(made) == expected
    assert len(grants.list_due(NOW + 9 * HOUR)) == (0 if expected else 1)


def test_a_window_that_was_made_longer_in_the_meantime_is_not_ended(
    kari: Account, made: MadeCharger, charger: Charger, ola: Account
) -> None:
    """What counts is the grant at that moment, not the index it was found by."""
    grant = let_in(ola, charger.charger_id, NOW, NOW + HOUR)
    plugged_in(charger, grant.grant_id)
    place = grants.list_due(NOW + HOUR)
    wish = GrantChange(end="2026-02-10T20:00", ends=True)
    guests.change(kari, charger.charger_id, ONE, wish, grant.version, NOW, clock.real_now())
    grants.note_end(place[0], NOW + HOUR)
    guests.end_due(NOW + HOUR)
    assert run_order(made) is None
    assert guests.end_due(NOW + 9 * HOUR) == 1


def test_a_report_that_comes_after_the_right_has_ended_stops_the_session(
    kari: Account, made: MadeCharger, charger: Charger, ola: Account
) -> None:
    """The ticket was used just before the revocation, or the charger was away."""
    grant = let_in(ola, charger.charger_id, NOW, None)
    guests.end(kari, charger.charger_id, grant.grant_id, NOW)
    plugged_in(charger, grant.grant_id)
    assert run_order(made) == {"state": "stopped", "plug_seq": 7}


def test_a_guest_sets_the_goal_of_their_own_session_only(charger: Charger, ola: Account) -> None:
    """Not of the owner's car."""
    grant = let_in(ola, charger.charger_id, NOW, None)
    goal = SessionGoal(energy_wh=5000)
    plugged_in(charger, "owner")
    with pytest.raises(NotAllowed):
        set_goal(ola, charger.charger_id, goal, NOW)
    plugged_in(charger, grant.grant_id, version=2)
    assert set_goal(ola, charger.charger_id, goal, NOW) == goal


def test_of_a_guest_who_deletes_their_account_nothing_is_left(
    kari: Account, made: MadeCharger, charger: Charger, ola: Account
) -> None:
    """The owner sees that there was one; the session stops; an invitation of the number goes too. It may run twice."""
    other = MadeCharger("ZC-00000002").claim(kari)
    grant = let_in(ola, charger.charger_id, NOW, None)
    invite(kari, other, GrantId("grant_2"))
    plugged_in(charger, grant.grant_id)
    before = clock.real_now()
    key = code_seal.number_key(OLA)
    assert [guests.forget_guest(ola.account_id, key, before, NOW) for _ in range(2)] == [2, 0]
    rows = [*GrantRow.query(charger.charger_id), *GrantRow.query(other.charger_id)]
    text = " ".join(str(row.to_simple_dict(force=True)) for row in rows)
    assert [word for word in (ola.account_id, OLA, "Ola", key) if word in text] == []
    assert [row.is_guest_deleted for row in rows] == [True, False]
    assert run_order(made) == {"state": "stopped", "plug_seq": 7}


def test_guests_forget_a_charger_that_is_gone(charger: Charger, ola: Account) -> None:
    """Its id is not left in their accounts."""
    let_in(ola, charger.charger_id, NOW, None)
    guests.forget_charger(charger.charger_id)
    found = accounts.find(ola.account_id)
    assert found is not None
    assert found.guest_of == ()


def test_a_session_is_the_guest_s_who_unlocked_it(charger: Charger, ola: Account) -> None:
    """The first who did; a later report does not change it."""
    grant = let_in(ola, charger.charger_id, NOW, None)
    plugged_in(charger, None)
    plugged_in(charger, grant.grant_id, version=2)
    plugged_in(charger, "owner", version=3)
    found = sessions.find(charger.charger_id, 7)
    assert found is not None
    assert found.user == grant.grant_id


DAYS = itertools.count()
STEPS = st.lists(st.tuples(st.sampled_from(["invite", "revoke", "change"]), st.integers(0, 1)), max_size=7)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_epoch_grows_with_every_change_and_never_shrinks(kari: Account, charger: Charger, steps: Any) -> None:
    """Whatever is done in whatever order: by one for what changes a grant, by nothing for a refusal or a repeat."""
    live: dict[int, GrantId] = {}
    real_now = clock.real_now() + timedelta(days=next(DAYS))  # only so many invitations a day
    for grant in grants.list_at(charger.charger_id):  # of the example before
        guests.end(kari, charger.charger_id, grant.grant_id, NOW)
    for step, who in steps:
        before, is_live = epoch(charger), who in live
        grant_id = live.get(who) or GrantId(f"grant_{uuid.uuid4().hex[:8]}")
        for _ in range(2):
            did = _act(kari, charger, step, who, grant_id, real_now)
        live = {name: known for name, known in live.items() if name != who or step != "revoke"}
        live |= {who: grant_id} if step == "invite" and not is_live else {}
        changes = 1 if is_live != (step == "invite") else 0
        assert (did, epoch(charger)) == (is_live or step == "invite", before + changes)


def _act(kari: Account, charger: Charger, step: str, who: int, grant_id: GrantId, real_now: datetime) -> bool:
    """Whether it was done, or had been; every request is sent twice."""
    try:
        if step == "invite":
            invite(kari, charger, grant_id, phone=f"+479100000{who}", real_now=real_now)
        elif step == "revoke":
            guests.end(kari, charger.charger_id, grant_id, NOW)
        else:
            wish, version = GrantChange(name=f"Ola {grant_id}"), _version(charger, grant_id)
            guests.change(kari, charger.charger_id, grant_id, wish, version, NOW, real_now)
    except NotFound:
        return False
    return True


def _version(charger: Charger, grant_id: GrantId) -> int:
    """The version before the change, also when it has been made already."""
    found = [one for one in grants.list_at(charger.charger_id) if one.grant_id == grant_id]
    return found[0].version - (found[0].name == f"Ola {grant_id}") if found else 1
