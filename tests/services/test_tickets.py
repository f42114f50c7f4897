"""Who gets a ticket, what it says, how many; and that the charger's own rules take what the cloud has made."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.adapters import clock
from chalicelib.adapters.dynamo import charger_states, sessions
from chalicelib.adapters.dynamo.chargers import ChargerRow
from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import InvalidInput, NotFound, TooManyRequests
from chalicelib.domain.ids import Serial
from chalicelib.domain.tickets import PER_WINDOW, ChargerDisabled, Right, TicketKind, make_terms
from chalicelib.services import tickets
from chalicelib.workers import status_reports
from device_shadows.claim import from_base64url, to_base64url
from device_shadows.codec import convert
from device_shadows.config import Access, ConfigDesired
from device_shadows.names import Serial as DeviceSerial
from device_shadows.ticket import parse
from simulator.car import Car
from simulator.charger import Charger
from simulator.unlocking import UnlockDesk
from tests.energy_cloud import Night, a_night
from tests.identity import People
from tests.made_chargers import NOW, MadeCharger
from tests.tickets import PHONE

NONCE = to_base64url(b"n" * 16)


@pytest.fixture
def kari(people: People) -> Account:
    return people.account("+4790000001")


@pytest.fixture
def made(cloud: dict[str, str]) -> MadeCharger:
    return MadeCharger()


def issue(account: Account, charger_id: Any, nonce: str | None = None, **more: Any) -> tickets.SignedTicket:
    facts: dict[str, Any] = {"phone_key": PHONE.text, "now": NOW, "real_now": clock.real_now()} | more
    return tickets.issue(account, charger_id, facts["phone_key"], nonce, facts["now"], facts["real_now"])


@pytest.mark.parametrize(("nonce", "kind", "life_s"), [(NONCE, "nonce", 120), (None, "cached", 900)])
def test_a_ticket_says_what_the_charger_compares(
    kari: Account, made: MadeCharger, nonce: str | None, kind: str, life_s: int
) -> None:
    """Serial, epoch, times, the phone's key, and the nonce if there was one; nothing of the person."""
    charger = made.claim(kari)
    issued = issue(kari, charger.charger_id, nonce)
    said = parse(from_base64url(issued.ticket)).ticket
    assert (issued.kind, issued.expires_at) == (kind, NOW + timedelta(seconds=life_s))
    assert (said.serial, said.subject, said.access_epoch) == (made.serial, "owner", 0)
    assert (said.issued_at, said.expires_at - said.issued_at, said.until) == (int(NOW.timestamp()), life_s, None)
    assert (said.phone_key, said.nonce) == (PHONE.point, b"n" * 16 if nonce else None)
    assert kari.account_id.encode() not in from_base64url(issued.ticket)


def the_box(made: MadeCharger) -> tuple[Charger, UnlockDesk]:
    """The unit with what the cloud has written to it, but `via_phone`."""
    box = Charger(DeviceSerial(made.serial), at=NOW)
    config = convert(made.config(), ConfigDesired)
    box.apply_config(msgspec.structs.replace(config, access=Access.VIA_PHONE), NOW)
    box.plug_in(Car(need_wh=9_000), NOW)
    return box, UnlockDesk(box)


@pytest.mark.parametrize("is_cached", [False, True])
def test_the_charger_opens_by_the_ticket_of_its_owner(kari: Account, made: MadeCharger, *, is_cached: bool) -> None:
    """With the keys that came in its configuration when it was claimed."""
    charger = made.claim(kari)
    box, desk = the_box(made)
    challenge = desk.challenge()
    issued = issue(kari, charger.charger_id, None if is_cached else to_base64url(challenge))
    ticket = from_base64url(issued.ticket)
    desk.unlock(ticket, PHONE.prove(box.serial, challenge, ticket))
    assert box.present_status().unlocked_by == "owner"


def test_a_stranger_gets_none(kari: Account, people: People, made: MadeCharger) -> None:
    """To them the charger does not exist."""
    charger = made.claim(kari)
    with pytest.raises(NotFound):
        issue(people.account("+4790000002"), charger.charger_id)


def test_a_disabled_charger_gives_none(kari: Account, made: MadeCharger) -> None:
    """Not to its owner either."""
    charger = made.claim(kari)
    ChargerRow(charger.charger_id).update(actions=[ChargerRow.disabled.set(True)])
    with pytest.raises(ChargerDisabled):
        issue(kari, charger.charger_id, NONCE)


@pytest.mark.parametrize(
    ("field", "nonce", "phone_key"),
    [
        ("phone_key", None, to_base64url(b"\x05" * 33)),
        ("phone_key", None, to_base64url(b"\x02" + b"\xff" * 32)),
        ("nonce", "n" * 21 + "h", PHONE.text),
    ],
)
def test_what_is_no_key_or_nonce_is_refused(
    kari: Account, made: MadeCharger, field: str, nonce: str | None, phone_key: str
) -> None:
    """A point that is not on the curve; text with bits that mean nothing."""
    charger = made.claim(kari)
    with pytest.raises(InvalidInput) as refused:
        issue(kari, charger.charger_id, nonce, phone_key=phone_key)
    assert refused.value.field == field


def test_the_epoch_is_read_at_this_moment(kari: Account, made: MadeCharger) -> None:
    """A ticket that is made after a change of rights carries the epoch of after."""
    charger = made.claim(kari)
    ChargerRow(charger.charger_id).update(actions=[ChargerRow.access_epoch.set(7)])
    assert parse(from_base64url(issue(kari, charger.charger_id).ticket)).ticket.access_epoch == 7


def test_tickets_are_limited_for_each_person_and_charger(kari: Account, people: People, made: MadeCharger) -> None:
    """Thirty in ten minutes; the next ten minutes begin anew, and another charger or person has its own."""
    charger, other = made.claim(kari), MadeCharger("ZC-00000002").claim(kari)
    start = datetime.fromtimestamp(1_770_764_400, UTC)
    for second in range(PER_WINDOW):
        issue(kari, charger.charger_id, real_now=start + timedelta(seconds=second))
    with pytest.raises(TooManyRequests) as refused:
        issue(kari, charger.charger_id, real_now=start + timedelta(seconds=599))
    assert refused.value.retry_after_s == 1
    issue(kari, charger.charger_id, real_now=start + timedelta(seconds=600))
    issue(kari, other.charger_id, real_now=start)


@pytest.mark.parametrize(
    ("left_s", "kind", "expires_s"), [(1000, "cached", 900), (100, "cached", 100), (100, "nonce", 100)]
)
def test_a_guests_ticket_ends_with_the_right(left_s: int, kind: str, expires_s: int) -> None:
    """The right's own end goes along, so that the session ends too."""
    right = Right(subject="grant_1", until=NOW + timedelta(seconds=left_s, microseconds=5))
    terms = make_terms(Serial("ZC-00000001"), right, 2, TicketKind(kind), NOW)
    assert (terms.expires_at, terms.until) == (NOW + timedelta(seconds=expires_s), NOW + timedelta(seconds=left_s))


def test_neither_ticket_nor_key_is_logged_or_stored(
    kari: Account, made: MadeCharger, dynamodb: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of it is left anywhere."""
    charger = made.claim(kari)
    issued = issue(kari, charger.charger_id, NONCE)
    tables = dynamodb.list_tables()["TableNames"]
    kept = json.dumps([dynamodb.scan(TableName=name)["Items"] for name in tables], default=str)
    told = kept + "".join(capsys.readouterr())
    assert [secret for secret in (issued.ticket, PHONE.text, NONCE) if secret in told] == []


@pytest.fixture
def night(kari: Account, monkeypatch: pytest.MonkeyPatch) -> Night:
    """A charger of Kari's that is locked, in the evening."""
    made = a_night(kari, datetime(2026, 2, 10, 16, tzinfo=UTC), monkeypatch, with_prices=False)
    config = convert(json.loads(json.dumps(made._desired("config"))), ConfigDesired)
    made.box.apply_config(msgspec.structs.replace(config, access=Access.VIA_PHONE), made.now)
    return made


def unlock(night: Night) -> None:
    """Kari stands beside it with her phone."""
    desk = UnlockDesk(night.box)
    challenge = desk.challenge()
    issued = issue(night.owner, night.charger_id, to_base64url(challenge), now=night.now)
    ticket = from_base64url(issued.ticket)
    desk.unlock(ticket, PHONE.prove(night.box.serial, challenge, ticket))
    night.exchange()


def test_a_session_belongs_to_whoever_unlocked_it(night: Night) -> None:
    """Not to whoever comes after; a session that nobody unlocked has no user."""
    night.plug_in(9_000)
    before = sessions.find(night.charger_id, 1)
    unlock(night)
    after = sessions.find(night.charger_id, 1)
    assert before is not None
    assert after is not None
    assert (before.user, after.user) == (None, "owner")
    sessions.note_user(night.charger_id, 1, "grant_1")
    kept = sessions.find(night.charger_id, 1)
    assert kept is not None
    assert kept.user == "owner"


def test_a_report_that_comes_twice_or_late_names_the_same_user(night: Night) -> None:
    """In any order."""
    night.plug_in(9_000)
    unlock(night)
    state = charger_states.read(night.charger_id).state
    assert state is not None
    night.box.unplug(night.now + timedelta(seconds=5))
    late = night.status_messages()
    for _ in range(2):
        for body in reversed(late):
            night.deliver(status_reports.handle, body)
    found = sessions.find(night.charger_id, 1)
    assert found is not None
    assert (found.user, found.ended_at is not None) == ("owner", True)
