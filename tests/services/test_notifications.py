"""From telling to inbox and phone: once for each event, to the right person, and nothing more than is needed."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError
from moto.core.botocore_stubber import BotocoreStubber

from chalicelib.adapters import clock
from chalicelib.adapters.dynamo import accounts
from chalicelib.adapters.dynamo import notifications as rows
from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.notifications import KEPT, Event, Kind, Notification, notification_of, stranger_tried
from chalicelib.domain.push_tokens import MAX_PHONES
from chalicelib.services import notifications, phones
from chalicelib.services.notifications import tell
from chalicelib.settings import settings
from tests import notified
from tests.identity import People
from tests.notified import Platforms, deliver, waiting, work_off

NOW = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)
CHARGER = ChargerId("charger_1")
APPLE, GOOGLE = "a" * 64, "g" * 160
EVENT = stranger_tried(CHARGER, "Garasje", "7")


@pytest.fixture
def kari(people: People) -> Account:
    return people.account("+4790000001")


@pytest.fixture
def ola(people: People) -> Account:
    return people.account("+4790000002", language="en")


@pytest.fixture
def platforms(cloud: dict[str, str], people: People, monkeypatch: pytest.MonkeyPatch) -> Platforms:
    return Platforms(monkeypatch)


def inbox(account: Account) -> list[Notification]:
    return notifications.read_inbox(account, 100, None, NOW).notifications


def test_everybody_is_told_of_an_event_once_however_often_it_is_told(kari: Account, ola: Account) -> None:
    """At other times too: the first telling counts, and another person's is another's."""
    for minutes in range(3):
        tell(kari.account_id, EVENT, NOW + timedelta(minutes=minutes))
    tell(ola.account_id, EVENT, NOW)
    bodies = waiting()
    assert deliver(*sorted(bodies)) == deliver(*bodies) == []
    assert [one.event for one in inbox(kari)] == [one.event for one in inbox(ola)] == [EVENT]
    assert [one.told_at for one in inbox(kari)] == [NOW]


def test_the_inbox_has_the_newest_first_in_pages(kari: Account, ola: Account) -> None:
    """Whatever the order in which the queue delivered; a page token is good for one person."""
    told = [stranger_tried(CHARGER, "Garasje", str(number)) for number in range(5)]
    for number, event in enumerate(told):
        tell(kari.account_id, event, NOW + timedelta(minutes=number))
    assert deliver(*reversed(waiting())) == []
    found: list[Event] = []
    page = notifications.read_inbox(kari, 2, None, NOW)
    while True:
        found += [one.event for one in page.notifications]
        if page.next is None:
            break
        page = notifications.read_inbox(kari, 2, page.next, NOW)
    assert found == list(reversed(told))


def test_a_phone_shows_the_name_and_the_sentence_and_gets_nothing_else(kari: Account, platforms: Platforms) -> None:
    """Apple and Google carry it: no id of ours but an opaque tag, no phone number, no account."""
    phones.register(kari, APPLE, "apns", NOW)
    phones.register(kari, GOOGLE, "fcm", NOW)
    tell(kari.account_id, EVENT, NOW)
    work_off()
    alert = {"title": "Garasje", "body": "Noen uten tilgang har prøvd å lade."}
    [apple], [google] = platforms.sent_to(APPLE), platforms.sent_to(GOOGLE)
    assert json.loads(apple["APNS"]) == {"aps": {"alert": alert, "sound": "default"}}
    [told] = inbox(kari)
    android = {"ttl": "21600s", "priority": "high", "notification": {"tag": told.notification_id}}
    assert json.loads(google["GCM"]) == {"fcmV1Message": {"message": {"notification": alert, "android": android}}}
    assert not [one for one in (kari.account_id, kari.phone, CHARGER) if one in json.dumps([apple, google])]


def test_each_reads_their_own_language(ola: Account, platforms: Platforms) -> None:
    """That of the account at the time."""
    phones.register(ola, APPLE, "apns", NOW)
    tell(ola.account_id, EVENT, NOW)
    work_off()
    assert [one["default"] for one in platforms.sent_to(APPLE)] == ["Somebody without access tried to charge."]


def test_a_kind_that_is_not_wanted_reaches_the_inbox_only(kari: Account, platforms: Platforms) -> None:
    """And the others still reach the phone."""
    phones.register(kari, APPLE, "apns", NOW)
    notifications.choose_push(kari, [Kind.STRANGER_TRIED])
    tell(kari.account_id, EVENT, NOW)
    work_off()
    assert platforms.sent_to(APPLE) == []
    assert len(inbox(kari)) == 1


def test_what_waited_too_long_reaches_the_inbox_only(kari: Account, platforms: Platforms) -> None:
    """Six hours (product time), as after an outage or when support empties the dead letters."""
    phones.register(kari, APPLE, "apns", NOW)
    present = clock.now()
    tell(kari.account_id, EVENT, present - timedelta(hours=6, seconds=1))
    tell(kari.account_id, stranger_tried(CHARGER, "Garasje", "8"), present - timedelta(hours=6))
    work_off()
    assert len(platforms.sent_to(APPLE)) == 1
    assert len(inbox(kari)) == 2


def test_a_token_moves_with_the_phone(kari: Account, ola: Account, platforms: Platforms) -> None:
    """Whoever signs in on it last is told there, and the first person no more; only its owner can take it away."""
    phones.register(kari, APPLE, "apns", NOW)
    tell(kari.account_id, EVENT, NOW)
    work_off()
    phones.register(ola, APPLE, "apns", NOW)
    phones.unregister(kari, APPLE)
    for person in (kari, ola):
        tell(person.account_id, stranger_tried(CHARGER, "Garasje", "8"), NOW)
    work_off()
    assert [one["default"] for one in platforms.sent_to(APPLE)] == [
        "Noen uten tilgang har prøvd å lade.",
        "Somebody without access tried to charge.",
    ]
    phones.unregister(ola, APPLE)
    assert platforms.known() == set()


def test_an_app_that_is_gone_is_forgotten_and_keeps_no_other_from_its_message(
    kari: Account, platforms: Platforms, dynamodb: Any
) -> None:
    """The push service says that the endpoint is disabled: row and endpoint go."""
    phones.register(kari, APPLE, "apns", NOW)
    phones.register(kari, GOOGLE, "fcm", NOW)
    tell(kari.account_id, EVENT, NOW)
    work_off()
    platforms.disable(GOOGLE)
    tell(kari.account_id, stranger_tried(CHARGER, "Garasje", "8"), NOW)
    work_off()
    assert len(platforms.sent_to(APPLE)) == 2
    assert platforms.known() == {APPLE}
    assert [row["token"]["S"] for row in dynamodb.scan(TableName="PushTokensTable")["Items"]] == [APPLE]


def test_a_phone_that_comes_back_is_enabled_again(kari: Account, platforms: Platforms) -> None:
    """The push service still had its token, switched off."""
    endpoint = platforms.sns.create_platform_endpoint(
        PlatformApplicationArn=settings().apns_application_arn, Token=APPLE
    )
    assert endpoint["EndpointArn"]
    platforms.disable(APPLE)
    phones.register(kari, APPLE, "apns", NOW)
    tell(kari.account_id, EVENT, NOW)
    work_off()
    assert len(platforms.sent_to(APPLE)) == 1


def test_signing_out_everywhere_silences_the_phones(kari: Account, platforms: Platforms) -> None:
    """A lost phone is told nothing more; one that is registered afterwards is."""
    phones.register(kari, APPLE, "apns", NOW)
    accounts.sign_out(kari.account_id, NOW + timedelta(seconds=1))
    phones.register(kari, GOOGLE, "fcm", NOW + timedelta(seconds=2))
    tell(kari.account_id, EVENT, NOW)
    work_off()
    assert (len(platforms.sent_to(APPLE)), len(platforms.sent_to(GOOGLE))) == (0, 1)


def test_only_so_many_phones_are_kept(kari: Account, dynamodb: Any) -> None:
    """Of more, those that were registered last."""
    tokens = [f"{number:064d}" for number in range(MAX_PHONES + 2)]
    for number, token in enumerate(tokens):
        phones.register(kari, token, "apns", NOW + timedelta(seconds=number))
    kept = {row["token"]["S"] for row in dynamodb.scan(TableName="PushTokensTable")["Items"]}
    assert kept == set(tokens[2:])


def test_forgetting_a_person_leaves_no_phone_here_nor_at_the_push_service(
    kari: Account, platforms: Platforms, dynamodb: Any
) -> None:
    """What the erasure of an account calls; again it does nothing."""
    phones.register(kari, APPLE, "apns", NOW)
    phones.register(kari, GOOGLE, "fcm", NOW)
    tell(kari.account_id, EVENT, NOW)
    work_off()
    for _ in range(2):
        phones.forget_all(kari.account_id)
    assert platforms.known() == set()
    assert dynamodb.scan(TableName="PushTokensTable")["Items"] == []


def test_without_a_platform_the_log_says_that_something_would_be_sent(
    kari: Account, caplog: pytest.LogCaptureFixture
) -> None:
    """As on the laptop: neither token nor words are in it, and the inbox has the event."""
    phones.register(kari, APPLE, "apns", NOW)
    tell(kari.account_id, EVENT, NOW)
    work_off()
    logged = json.dumps([vars(record) for record in caplog.records], default=str)
    assert "push_logged" in logged
    assert [one for one in (APPLE, "Garasje", kari.phone, "prøvd") if one in logged] == []
    assert len(inbox(kari)) == 1


def test_nothing_is_kept_for_an_account_that_is_gone(kari: Account, dynamodb: Any) -> None:
    """An event that was on its way while the account was erased brings nothing back."""
    tell(kari.account_id, EVENT, NOW)
    dynamodb.delete_item(TableName="AccountsTable", Key={"account_id": {"S": kari.account_id}})
    work_off()
    assert dynamodb.scan(TableName="NotificationsTable")["Items"] == []


def test_the_inbox_forgets_after_ninety_days(kari: Account, dynamodb: Any) -> None:
    """Real time, by the table's time to live."""
    began_s = clock.real_now().timestamp()
    tell(kari.account_id, EVENT, NOW)
    work_off()
    [row] = dynamodb.scan(TableName="NotificationsTable")["Items"]
    assert 0 <= int(row["expires_at"]["N"]) - int(began_s + KEPT.total_seconds()) <= 60  # a slow machine


def test_what_was_seen_stays_seen(kari: Account) -> None:
    """An older mark takes nothing back, and nobody marks what is still to come."""
    for number in range(2):
        tell(kari.account_id, stranger_tried(CHARGER, "Garasje", str(number)), NOW + timedelta(minutes=number))
    work_off()
    newest, oldest = inbox(kari)
    for seen in (newest, oldest):
        notifications.mark_read(kari, seen.notification_id, NOW + timedelta(minutes=1))
    assert _account(kari).read_until == newest.notification_id
    notifications.mark_read(kari, f"n_{'f' * 28}", NOW + timedelta(minutes=2))
    tell(kari.account_id, EVENT, NOW + timedelta(minutes=3))
    work_off()
    assert inbox(kari)[0].notification_id > _account(kari).read_until >= newest.notification_id


def _account(account: Account) -> Account:
    found = accounts.find(account.account_id)
    assert found is not None
    return found


class Losses:
    """Loses the answer of one request to AWS, counted from when it is armed: it was done, and nobody hears of it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        self.lost: int | None = None
        answer = BotocoreStubber.__call__

        def lossy(stubber: BotocoreStubber, event_name: str, request: Any, **more: Any) -> Any:
            found = answer(stubber, event_name, request, **more)
            name = event_name.rsplit(".", 1)[-1]
            if name in {"ReceiveMessage", "DeleteMessage"}:  # SQS and Lambda do this between themselves
                return found
            self.names.append(name)
            if len(self.names) - 1 == self.lost:
                raise ConnectionClosedError(endpoint_url=request.url)
            return found

        patch.setattr(BotocoreStubber, "__call__", lossy)

    def arm(self, number: int | None) -> None:
        """From now on; None loses nothing."""
        self.names, self.lost = [], number


def test_a_lost_answer_of_any_call_loses_no_event_and_tells_none_twice(
    kari: Account, platforms: Platforms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call from telling to the phone in turn. Publish itself may be sent again, with the tag that makes it one."""
    phones.register(kari, APPLE, "apns", NOW)
    losses = Losses(monkeypatch)
    number = 0
    while True:
        event = stranger_tried(CHARGER, "Garasje", f"lost {number}")
        before = len(platforms.sent_to(APPLE))
        losses.arm(number)
        tell(kari.account_id, event, NOW)
        assert deliver(*notified.waiting()) == [], number
        lost = losses.names[number] if number < len(losses.names) else None
        losses.arm(None)
        sent = platforms.sent_to(APPLE)[before:]
        assert len(sent) == (2 if lost == "Publish" else 1), lost
        assert all(one == sent[0] for one in sent)
        number += 1
        if lost is None:
            break
    assert number > 8
    assert len({one.event.key for one in inbox(kari)}) == len(inbox(kari)) == number


STEPS = ("put", "take_push", "note_pushed", "finish_push", "release_push")


@pytest.mark.parametrize("is_done", [False, True], ids=["not done", "done, answer lost"])
@pytest.mark.parametrize("step", STEPS)
def test_a_worker_that_dies_at_any_step_leaves_an_event_that_reaches_the_phone_once(
    kari: Account, platforms: Platforms, monkeypatch: pytest.MonkeyPatch, step: str, *, is_done: bool
) -> None:
    """The queue delivers again when the lease is over.

    Only between sending and noting can it be sent twice; then the phone shows it once, because both have one tag.
    """
    phones.register(kari, APPLE, "apns", NOW)
    tell(kari.account_id, EVENT, NOW)
    [body] = waiting()
    work = getattr(rows, step)

    def die(*args: Any) -> Any:
        if is_done:
            work(*args)
        raise DependencyDown("the function died")

    with monkeypatch.context() as patch:
        patch.setattr(rows, step, die)
        if step != "release_push":
            patch.setattr(rows, "release_push", lambda *_: None)  # nobody tidies up after the dead
        assert deliver(body) == [0]
    later = clock.real_now() + rows.LEASE
    monkeypatch.setattr(clock, "real_now", lambda: later)
    assert deliver(body) == []
    sent = platforms.sent_to(APPLE)
    assert len(sent) == (2 if step == "note_pushed" and not is_done else 1)
    assert all(one == sent[0] for one in sent)
    assert len(inbox(kari)) == 1


def test_while_one_delivery_is_at_it_another_waits(kari: Account, platforms: Platforms) -> None:
    """Two at once would both send."""
    phones.register(kari, APPLE, "apns", NOW)
    tell(kari.account_id, EVENT, NOW)
    [body] = waiting()
    rows.put(_notification(kari), clock.real_now())
    assert rows.take_push(kari.account_id, EVENT.key, "another", clock.real_now()) is not None
    assert deliver(body) == [0]
    rows.release_push(kari.account_id, EVENT.key, "another")
    assert deliver(body) == []
    assert len(platforms.sent_to(APPLE)) == 1


def _notification(account: Account) -> Notification:
    return notification_of(account.account_id, EVENT, NOW)
