"""The export: everything about a person, nothing about anybody else, no secrets, in pages."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.adapters import clock
from chalicelib.adapters.dynamo import commands, personal_data
from chalicelib.adapters.dynamo.grants import GrantRow
from chalicelib.adapters.dynamo.personal_data import HOLDINGS, By
from chalicelib.domain.accounts import Account
from chalicelib.domain.commands import SentCommand
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ids import GrantId, Serial
from chalicelib.domain.notifications import stranger_tried
from chalicelib.services import guests, meters, notifications, own_data, phones, repeats, sign_in
from chalicelib.services.guests import GuestWish
from chalicelib.services.quarantine import put_aside
from device_shadows.quarantine import QuarantineReason
from tests import infra, notified
from tests.api_client import ApiClient
from tests.energy_cloud import Night, a_night
from tests.identity import Mint, People
from tests.made_chargers import MadeCharger

KARI, OLA = "+4790000001", "+4790000002"
PLUG_IN = datetime(2026, 2, 10, 16, 0, tzinfo=UTC)
NOW = clock.real_now()


def everything(account: Account, now: datetime = NOW) -> dict[str, list[Any]]:
    """All pages together."""
    found: dict[str, list[Any]] = {}
    token = None
    for _ in range(10_000):
        page = own_data.export(account, token, now)
        for table, items in page.tables.items():
            found.setdefault(table, []).extend(items)
        token = page.next
        if token is None:
            return found
    raise AssertionError("the export has no end")


@pytest.fixture
def kari(people: People) -> Account:
    return people.account(KARI)


@pytest.fixture
def lived(kari: Account, monkeypatch: pytest.MonkeyPatch) -> Night:
    """A few hours of a charger of Kari's, who has just asked for a code too."""
    night = a_night(kari, PLUG_IN, monkeypatch)
    night.plug_in(4000)
    night.run(PLUG_IN + timedelta(hours=3))
    sign_in.request_code(KARI, "no", "192.0.2.1", NOW)
    serial = Serial("ZC-00000001")
    commands.put(SentCommand(serial=serial, command_id="1-a", op="restart", issued_at=NOW, ttl_s=60))
    put_aside(serial, "reading", QuarantineReason.NOT_JSON, "no JSON", b"?", NOW)
    guests.invite(kari, night.charger_id, GrantId("grant_1"), GuestWish(name="Ola", phone=OLA), PLUG_IN, NOW)
    elsewhere: dict[str, Any] = {
        "since": PLUG_IN,
        "time_zone": "Europe/Oslo",
        "currency": "NOK",
        "invited_at": NOW,
        "version": 2,
    }
    GrantRow("charger_of_others", "grant_2", guest=kari.account_id, name="Kari", phone=KARI, **elsewhere).save()
    repeats.once(kari.account_id, "key", "request", NOW, lambda: repeats.Outcome(201, "{}"))
    phones.register(kari, "t" * 64, "apns", NOW)
    meters.register(kari, night.claimed.site_id, NOW)
    notifications.tell(kari.account_id, stranger_tried(night.charger_id, "Garasje", "1"), PLUG_IN)
    notified.work_off()
    return night


def test_every_table_is_in_the_registry_once() -> None:
    """A new table must say how a person's items are found in it, or that there are none."""
    variables = {
        name
        for template in infra.templates()
        for name in template.get("Globals", {}).get("Function", {}).get("Environment", {}).get("Variables", {})
    }
    tables = {name.removesuffix("_TABLE").lower() for name in variables if name.endswith("_TABLE")}
    made = [name for name, resource in infra.resources().items() if resource.get("Type") == "AWS::DynamoDB::Table"]
    registered = {one.model.logical_name for one in HOLDINGS}
    assert sorted(registered) == sorted(tables)
    assert len({one.name for one in HOLDINGS}) == len(HOLDINGS)
    assert len(made) == len(registered)


def test_the_eraser_may_delete_from_every_table_that_holds_something() -> None:
    """A new table is of no use to the erasure unless the function's role reaches it."""
    role = {"Ref": "EraseDataRole"}
    policies = [one for one in infra.resources().values() if role in one.get("Properties", {}).get("Roles", ())]
    policy = json.dumps(policies)
    names = [one.model.logical_name for one in HOLDINGS if one.by is not By.NOBODY]
    tables = [re.sub(r"(?:^|_)(\w)", lambda one: one[1].upper(), name) + "Table" for name in names]
    assert [table for table in tables if f'"{table}"' not in policy and f"${{{table}." not in policy] == []


def test_the_api_may_read_every_table_that_holds_something() -> None:
    """An export without the right to one table answers nothing at all on the deployed system."""
    role, allowed = {"Ref": "ApiHandlerRole"}, ""
    for one in infra.resources().values():
        if role in one.get("Properties", {}).get("Roles", ()):
            told = one["Properties"]["PolicyDocument"]["Statement"]
            allowed += json.dumps([line["Resource"] for line in told if "dynamodb:Query" in line["Action"]])
    for holding in HOLDINGS:
        table = re.sub(r"(?:^|_)(\w)", lambda one: one[1].upper(), holding.model.logical_name) + "Table"
        index = f"${{{table}.Arn}}/index/{holding.index}"
        assert holding.by is By.NOBODY or (index if holding.index else f'["{table}", "Arn"]') in allowed, table


def test_the_export_has_something_of_every_table_that_holds_something(
    kari: Account, lived: Night, dynamodb: Any
) -> None:
    """Every item of every table: there is only one person here, so nothing may be left out."""
    lived.run(PLUG_IN + timedelta(hours=14))
    found = everything(kari)
    for table in {holding.model.logical_name for holding in HOLDINGS}:
        parts = [holding for holding in HOLDINGS if holding.model.logical_name == table and holding.by is not By.NOBODY]
        stored = dynamodb.scan(TableName=re.sub(r"(?:^|_)(\w)", lambda one: one[1].upper(), table) + "Table")["Items"]
        assert sum(len(found.get(part.name, [])) for part in parts) == (len(stored) if parts else 0), table
        assert all(found.get(part.name) for part in parts), table


@pytest.mark.usefixtures("lived")
def test_nothing_of_somebody_else_is_in_it(kari: Account, people: People) -> None:
    """Somebody who came later has their own account in theirs, and nothing of the first person."""
    ola = people.account(OLA)
    before = everything(kari)
    MadeCharger("ZC-00000002").claim(ola)
    found = everything(ola)
    assert [one["account_id"] for one in found["accounts"]] == [ola.account_id]
    text = json.dumps(found)
    known = {kari.account_id, KARI, *(one["charger_id"] for one in before["chargers"]), "ZC-00000001"}
    assert [word for word in known if word in text] == []
    assert everything(kari) == before


@pytest.mark.usefixtures("lived")
def test_codes_are_not_exported(kari: Account) -> None:
    """What would help to guess a live code is nobody's to see; when codes were sent is."""
    [challenge] = everything(kari)["challenges"]
    assert {"nonce", "code_mac"} & set(challenge) == set()
    assert len(challenge["sent_at_s"]) == 1


@pytest.mark.usefixtures("lived")
def test_pages_together_are_the_whole(kari: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small they are, inside a partition and between them."""
    whole = everything(kari)
    monkeypatch.setattr(own_data, "ITEMS_A_READ", 3)
    monkeypatch.setattr(own_data, "BYTES_A_PAGE", 1)
    assert everything(kari) == whole


@pytest.mark.usefixtures("lived")
def test_a_page_belongs_to_one_person_for_an_hour(
    kari: Account, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody reads on where somebody else was reading, nor with a token that was changed."""
    monkeypatch.setattr(own_data, "BYTES_A_PAGE", 1)
    token = own_data.export(kari, None, NOW).next
    assert token is not None
    assert own_data.export(kari, token, NOW + timedelta(seconds=3600)).tables
    wrong = [
        (people.account(OLA), token, NOW),
        (kari, token[:-2] + "AA", NOW),
        (kari, "x", NOW),
        (kari, "é", NOW),
        (kari, token, NOW + timedelta(seconds=3601)),
    ]
    for account, changed, now in wrong:
        with pytest.raises(InvalidInput):
            own_data.export(account, changed, now)


def test_a_charger_that_went_away_between_pages_does_not_stop_the_export(
    kari: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next page goes on behind it."""
    charger = MadeCharger().claim(kari)
    place = personal_data.Place("sessions", "charger_0000", {"charger_id": {"S": "charger_0000"}})
    rest = own_data._from(list(personal_data.places(kari.account_id, "x")), place)
    assert [(one.table, one.partition) for one in rest[:2]] == [
        ("sessions", charger.charger_id),
        ("hours", charger.charger_id),
    ]


def test_the_route_answers_before_the_terms_are_accepted(api: ApiClient, people: People, mint: Mint) -> None:
    """One's own data is one's own, whatever one agrees to."""
    person = people.sign_in(KARI, terms=None)
    reply = api.get("/v1/account/export", token=person.token)
    assert (reply.status, reply.body["next"], list(reply.body["tables"])) == (200, None, ["accounts"])
    assert reply.body["tables"]["accounts"][0]["phone"] == KARI
    assert api.get("/v1/account/export?next=x", token=person.token).body["field"] == "next"
