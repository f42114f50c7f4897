"""Guests over HTTP: what they see and do, what owners get told, and how often the store is read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.responses import DynamoHandler
from moto.sqs.models import sqs_backends

from chalicelib.adapters import clock
from chalicelib.adapters.dynamo import chargers
from chalicelib.domain.accounts import Account
from chalicelib.domain.chargers import Charger
from chalicelib.domain.ids import ChargerId
from chalicelib.services import status_reports
from tests import infra
from tests.api_client import ApiClient, Reply
from tests.domain.test_grants import a_state
from tests.guests_cloud import let_in
from tests.identity import Mint, People
from tests.made_chargers import MadeCharger

NOW = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
READS = {"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"}
GERMAN, FRENCH = "+4915123456789", "+33612345678"


class Phones:
    """Kari, who owns a charger, and Ola; each call is one of theirs."""

    def __init__(self, api: ApiClient, people: People, mint: Mint) -> None:
        self.api, self.mint = api, mint
        self.kari, self.ola = people.account("+4790000001"), people.account("+4790000002")
        self.charger = MadeCharger().claim(self.kari)
        self.path = f"/v1/chargers/{self.charger.charger_id}"

    def call(self, who: Account, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """One call of `who`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.api.call(method, path, body=body, token=self.mint.token(who.account_id), headers=sent)

    def home(self, who: Account) -> list[Any]:
        """The chargers on the home screen of `who`."""
        cards: list[Any] = self.call(who, "GET", "/v1/home").body["chargers"]
        return cards


@pytest.fixture
def phones(api: ApiClient, people: People, mint: Mint) -> Phones:
    return Phones(api, people, mint)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every read of the store from now on."""
    seen: list[str] = []
    call_action = DynamoHandler.call_action

    def counted(handler: DynamoHandler) -> Any:
        operation = handler.headers["X-Amz-Target"].split(".")[-1]
        if operation in READS:
            seen.append(operation)
        return call_action(handler)

    monkeypatch.setattr(DynamoHandler, "call_action", counted)
    return iter([seen])


def plugged_in(charger: Charger, unlocked_by: str, plug_seq: int, version: int) -> None:
    state = msgspec.structs.replace(a_state(unlocked_by), plug_seq=plug_seq, version=version)
    status_reports.note(charger.serial, msgspec.structs.replace(state, reported_at=NOW, plugged_at=NOW), NOW)


def test_a_grant_is_made_listed_changed_and_revoked(phones: Phones) -> None:
    """Times go in as the site's clock shows them and come out with their offset."""
    grants = f"{phones.path}/grants"
    body = {"name": "Per", "phone": "900 00 003", "start": "2026-03-28T12:00", "end": "2026-03-29T12:00"}
    made = phones.call(phones.kari, "POST", grants, body, idempotency_key="one")
    assert (made.status, made.body["phone"], made.body["state"]) == (201, "+4790000003", "invited")
    assert (made.body["start"], made.body["end"]) == ("2026-03-28T12:00:00+01:00", "2026-03-29T12:00:00+02:00")
    assert phones.call(phones.kari, "POST", grants, body, idempotency_key="one").body == made.body
    twice = phones.call(phones.kari, "POST", grants, body)
    assert (twice.status, twice.body["code"]) == (409, "already_guest")
    own = phones.call(phones.kari, "POST", grants, body | {"phone": phones.kari.phone})
    assert (own.status, own.body["code"]) == (409, "own_number")
    one = f"{grants}/{made.body['grant_id']}"
    changed = phones.call(phones.kari, "PATCH", one, {"end": None, "name": "P"}, if_match="1")
    assert (changed.status, changed.body["end"], changed.body["name"], changed.body["version"]) == (200, None, "P", 2)
    assert phones.call(phones.kari, "GET", grants).body["grants"] == [changed.body]
    assert [phones.call(phones.kari, "DELETE", one).status for _ in range(2)] == [204, 204]
    assert phones.call(phones.kari, "GET", grants).body["grants"] == []
    assert phones.call(phones.kari, "PATCH", one, {"name": "X"}, if_match="3").status == 404


def test_a_skipped_time_names_its_neighbours(phones: Phones) -> None:
    """The app can offer them."""
    body = {"name": "Per", "phone": "+4790000003", "start": "2026-03-29T02:30"}
    refused = phones.call(phones.kari, "POST", f"{phones.path}/grants", body)
    assert (refused.status, refused.body["code"], refused.body["field"]) == (400, "local_time_skipped", "start")
    assert refused.body["neighbours"] == ["2026-03-29T01:59", "2026-03-29T03:00"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"phone": "22334455"}, "phone"),
        ({"phone": "+12025550123"}, "phone"),
        ({"start": "2026-03-29T02:30:00+01:00"}, "start"),
        ({"end": "2026-02-09T12:00"}, "end"),
    ],
)
def test_what_makes_no_grant_is_refused_by_field(phones: Phones, change: Any, field: str) -> None:
    """Nothing is stored, nobody gets a message."""
    refused = phones.call(phones.kari, "POST", f"{phones.path}/grants", {"name": "P", "phone": "+4790000003"} | change)
    assert (refused.status, refused.body["field"]) == (400, field)
    assert phones.call(phones.kari, "GET", f"{phones.path}/grants").body["grants"] == []
    assert chargers.get(phones.charger.charger_id).access_epoch == 0


@pytest.mark.parametrize(
    ("since", "until", "status"),
    [
        pytest.param(NOW, None, 200, id="from this instant on"),
        pytest.param(NOW + timedelta(milliseconds=1), None, 403, id="1 ms before the start"),
        pytest.param(NOW - DAY, NOW + timedelta(milliseconds=1), 200, id="1 ms before the end"),
        pytest.param(NOW - DAY, NOW, 403, id="at the end"),
    ],
)
def test_a_guest_sees_the_charger_in_the_window_only(
    phones: Phones, since: datetime, until: datetime | None, status: int
) -> None:
    """And nothing of its settings; home lists it always, marked, with nothing of it outside."""
    let_in(phones.ola, phones.charger.charger_id, since, until)
    seen = phones.call(phones.ola, "GET", phones.path)
    assert seen.status == status
    [card] = phones.home(phones.ola)
    assert card["grant"]["time_zone"] == "Europe/Oslo"  # a guest cannot ask the site for the clock of the window
    assert (card["role"], card["active"], card["status"] is None) == ("guest", status == 200, status != 200)
    if status == 200:
        assert set(seen.body) == {"role", "charger_id", "name", "must_unlock", "mode", "status", "grant"}
        assert phones.charger.serial not in str(seen.body)
        assert seen.body["role"] == "guest"


def test_a_guest_who_leaves_has_an_empty_home(phones: Phones) -> None:
    """The owner sees them go."""
    let_in(phones.ola, phones.charger.charger_id, NOW, None)
    [card] = phones.home(phones.ola)
    path = f"{phones.path}/grants/{card['grant']['grant_id']}"
    assert phones.call(phones.ola, "DELETE", path).status == 204
    assert (phones.home(phones.ola), phones.call(phones.ola, "GET", phones.path).status) == ([], 403)
    assert phones.call(phones.kari, "GET", f"{phones.path}/grants").body["grants"] == []


def test_a_guest_may_own_chargers_too(phones: Phones) -> None:
    """Both stand on the home screen, with what one is there."""
    MadeCharger("ZC-00000002").claim(phones.ola)
    let_in(phones.ola, phones.charger.charger_id, NOW, None)
    assert [card["role"] for card in phones.home(phones.ola)] == ["owner", "guest"]


@pytest.mark.parametrize("guests_of", [1, 4])
def test_home_is_three_calls_whatever_the_number_of_chargers(
    phones: Phones, reads: Iterator[list[str]], guests_of: int
) -> None:
    """Own and granted ones together; the account is one of them."""
    [seen] = reads
    MadeCharger("ZC-00000009").claim(phones.ola)
    for number in range(guests_of):
        lent = MadeCharger(f"ZC-0000001{number}").claim(phones.kari)
        let_in(phones.ola, lent.charger_id, NOW, None)
    seen.clear()
    assert len(phones.home(phones.ola)) == guests_of + 1
    assert len(seen) == 3


def test_no_route_of_guests_reads_the_store_more_than_four_times(phones: Phones, reads: Iterator[list[str]]) -> None:
    """The account is always one of them, the gate's look at the grants another."""
    [seen] = reads
    counts = {}

    def step(who: Account, method: str, path: str, body: Any = None, **headers: str) -> Any:
        seen.clear()
        reply = phones.call(who, method, path, body, **headers)
        counts[f"{method} {path} {who.phone}"] = len(seen)
        assert reply.status < 300, reply
        return reply.body

    let_in(phones.ola, phones.charger.charger_id, NOW, None)
    for path in ("", "/plan", "/history?month=2026-02", "/sessions"):
        step(phones.ola, "GET", phones.path + path)
        step(phones.kari, "GET", phones.path + path)
    body = {"name": "P", "phone": "+4790000003", "start": "2026-02-11T10:00"}
    made = step(phones.kari, "POST", f"{phones.path}/grants", body)
    step(phones.kari, "GET", f"{phones.path}/grants")
    one = f"{phones.path}/grants/{made['grant_id']}"
    step(phones.kari, "PATCH", one, {"end": "2026-02-12T10:00"}, if_match="1")
    step(phones.kari, "DELETE", one)
    step(phones.ola, "DELETE", f"{phones.path}/grants/grant_1")
    assert {name: count for name, count in counts.items() if not 1 <= count <= 4} == {}


def test_a_guest_s_sessions_are_their_own_and_the_owner_s_have_names(phones: Phones) -> None:
    """Also after the window; the hours of the history do not tell yet who used them, so a guest sees none."""
    grant = let_in(phones.ola, phones.charger.charger_id, NOW, NOW + HOUR)
    for plug_seq, who in ((1, "owner"), (2, grant.grant_id)):
        plugged_in(phones.charger, who, plug_seq, plug_seq)
    own = phones.call(phones.ola, "GET", f"{phones.path}/sessions").body["sessions"]
    assert [one["session_id"] for one in own] == ["2"]
    told = phones.call(phones.kari, "GET", f"{phones.path}/sessions").body["sessions"]
    assert [(one["user"]["kind"], one["user"]["name"]) for one in told] == [("guest", "Ola"), ("owner", "")]
    history = phones.call(phones.ola, "GET", f"{phones.path}/history?month=2026-02")
    assert (history.status, history.body["energy_wh"], history.body["days"]) == (200, 0, [])


def test_home_shows_a_guest_the_session_only_when_it_is_theirs(phones: Phones) -> None:
    """What the owner's car has taken is nobody else's."""
    grant = let_in(phones.ola, phones.charger.charger_id, NOW, None)
    shown = []
    for version, who in enumerate(("owner", grant.grant_id), 1):
        plugged_in(phones.charger, who, version, version)
        shown.append(phones.home(phones.ola)[0]["session"] is not None)
    assert shown == [False, True]


def test_guests_are_refused_the_site_that_strangers_do_not_know(phones: Phones, people: People) -> None:
    """A guest of a charger there knows that it is; nobody else does."""
    let_in(phones.ola, phones.charger.charger_id, NOW, None)
    path = f"/v1/sites/{phones.charger.site_id}"
    per = people.account("+4790000003")
    assert [phones.call(who, "GET", path).status for who in (phones.kari, phones.ola, per)] == [200, 403, 404]


def withheld() -> list[bool]:
    queue = sqs_backends[DEFAULT_ACCOUNT_ID][infra.REGION].queues["SmsQueue"]
    bodies = [msgspec.json.decode(message.body) for message in queue._messages]
    return [body["withheld"] for body in bodies if body["kind"] == "code"]


def test_a_number_of_another_country_gets_a_code_only_when_it_is_invited(phones: Phones) -> None:
    """The answers are the same in shape; whether a message goes out, the phone alone learns."""
    phones.call(phones.kari, "POST", f"{phones.path}/grants", {"name": "Jan", "phone": GERMAN})
    replies = [phones.api.post("/v1/auth/code", {"phone": phone}) for phone in (GERMAN, FRENCH)]
    assert [reply.status for reply in replies] == [202, 202]
    assert sorted(replies[0].body) == sorted(replies[1].body)
    assert replies[0].body["resend_after_s"] == replies[1].body["resend_after_s"]
    assert withheld() == [False, True]


def test_a_number_outside_europe_is_refused_before_anything_else(phones: Phones) -> None:
    """As every number that is no mobile one of the European Economic Area."""
    reply = phones.api.post("/v1/auth/code", {"phone": "+12025550123"})
    assert (reply.status, reply.body["code"]) == (400, "phone_not_accepted")


def test_a_grant_at_a_charger_that_was_removed_leads_nowhere(phones: Phones) -> None:
    """Home leaves it out, its routes do not know it."""
    let_in(phones.ola, phones.charger.charger_id, NOW, None)
    chargers.ChargerRow(ChargerId(phones.charger.charger_id)).delete()
    assert (phones.home(phones.ola), phones.call(phones.ola, "GET", phones.path).status) == ([], 404)
    assert clock.now() == NOW
