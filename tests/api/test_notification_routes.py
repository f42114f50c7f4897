"""/v1/push-tokens and /v1/notifications, as the app calls them."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.ids import AccountId, ChargerId
from chalicelib.domain.notifications import Kind, guest_accepted, stranger_tried
from chalicelib.services.notifications import tell
from tests.access_table import PUSH_CHOICES
from tests.api_client import ApiClient
from tests.identity import People, Person
from tests.notified import Platforms, work_off

NOW = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)
CHARGER = ChargerId("charger_1")
TOKEN = "t" * 64


@pytest.fixture
def kari(people: People) -> Person:
    return people.sign_in("+4790000001")


def tell_something(person: Person, *numbers: int) -> None:
    for number in numbers:
        event = stranger_tried(CHARGER, "Garasje", str(number))
        tell(AccountId(person.account_id), event, NOW - timedelta(minutes=10 - number))
    work_off()


def test_the_inbox_tells_what_happened_where_in_the_language_of_now(api: ApiClient, kari: Person) -> None:
    """The words follow the account's language, also for what was told before it changed."""
    tell(AccountId(kari.account_id), guest_accepted(CHARGER, "Garasje", "grant_1"), NOW)
    work_off()
    [told] = api.get("/v1/notifications", token=kari.token).body["notifications"]
    assert told.pop("notification_id").startswith("n_")
    assert told == {
        "kind": "guest_accepted",
        "told_at": "2026-02-10T14:00:00+00:00",
        "charger_id": CHARGER,
        "site_id": None,
        "grant_id": "grant_1",
        "title": "Garasje",
        "text": "En gjest har tatt imot invitasjonen.",
        "is_read": False,
    }
    api.patch("/v1/account", {"language": "en"}, token=kari.token)
    [told] = api.get("/v1/notifications", token=kari.token).body["notifications"]
    assert told["text"] == "A guest has accepted the invitation."


def test_pages_go_on_where_the_one_before_ended_and_belong_to_one_person(
    api: ApiClient, kari: Person, people: People
) -> None:
    """Also when something new was told in between."""
    tell_something(kari, 1, 2, 3)
    first = api.get("/v1/notifications?limit=2", token=kari.token).body
    tell_something(kari, 4)
    path = f"/v1/notifications?limit=2&next={first['next']}"
    second = api.get(path, token=kari.token).body
    ids = [one["notification_id"] for one in first["notifications"] + second["notifications"]]
    assert (ids, len(ids), second["next"]) == (sorted(ids, reverse=True), 3, None)
    other = people.sign_in("+4790000002")
    assert api.get(path, token=other.token).body["field"] == "next"
    assert api.get("/v1/notifications", token=other.token).body == {"notifications": [], "next": None}


def test_what_was_seen_is_marked(api: ApiClient, kari: Person) -> None:
    """Up to the one that is named."""
    tell_something(kari, 1, 2, 3)
    found = api.get("/v1/notifications", token=kari.token).body["notifications"]
    mark = {"notification_id": found[1]["notification_id"]}
    assert api.put("/v1/notifications/read-until", mark, token=kari.token).status == 204
    found = api.get("/v1/notifications", token=kari.token).body["notifications"]
    assert [one["is_read"] for one in found] == [False, True, True]
    assert api.put("/v1/notifications/read-until", {"notification_id": "x"}, token=kari.token).status == 400


def test_choices_are_kept_and_everything_is_on_at_first(api: ApiClient, kari: Person) -> None:
    """All kinds are named each time, so that a new one is a choice of its own."""
    assert set(PUSH_CHOICES) == {kind.value for kind in Kind}
    assert api.get("/v1/notifications/push", token=kari.token).body == PUSH_CHOICES
    wanted = PUSH_CHOICES | {"finished": False}
    assert api.put("/v1/notifications/push", wanted, token=kari.token).body == wanted
    assert api.get("/v1/notifications/push", token=kari.token).body == wanted
    assert api.put("/v1/notifications/push", {"finished": True}, token=kari.token).status == 400


def test_a_phone_is_told_until_it_is_taken_away(api: ApiClient, kari: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Registering again renews; taking away twice is no error; a token has no spaces and a known platform."""
    platforms = Platforms(monkeypatch)
    for _ in range(2):
        assert api.post("/v1/push-tokens", {"token": TOKEN, "platform": "fcm"}, token=kari.token).status == 204
    tell(AccountId(kari.account_id), stranger_tried(CHARGER, "Garasje", "1"), datetime.now(UTC))
    work_off()
    assert len(platforms.sent_to(TOKEN)) == 1
    for _ in range(2):
        assert api.delete("/v1/push-tokens", body={"token": TOKEN}, token=kari.token).status == 204
    assert platforms.known() == set()
    for wrong in ({"token": TOKEN, "platform": "sms"}, {"token": "a b" * 8, "platform": "fcm"}, {"token": TOKEN}):
        assert api.post("/v1/push-tokens", wrong, token=kari.token).status == 400
