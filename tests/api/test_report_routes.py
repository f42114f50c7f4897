"""Files of a month as a phone gets them: what history tells, to whom it tells it."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pypdf
import pytest
from moto.awslambda.responses import LambdaResponse
from moto.dynamodb.responses import DynamoHandler

from chalicelib.adapters.dynamo import accounts, hours, sessions
from chalicelib.domain.calendar import HOUR, Stretch
from chalicelib.domain.costs import PricedHour, hour_prices, price_part
from chalicelib.domain.energy import EnergyHour, HourPart
from chalicelib.domain.ids import AccountId, ChargerId
from chalicelib.domain.prices import PriceSlot
from chalicelib.domain.tariffs import paid_slots
from tests.a_month import TARIFF
from tests.api_client import ApiClient
from tests.energy_cloud import Night, a_night
from tests.guests_cloud import let_in
from tests.identity import People, Person

START = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)
FILES = ("history.csv", "history.xlsx", "report.pdf")


@pytest.fixture
def kari(people: People) -> Person:
    return people.sign_in("+4790000001")


@pytest.fixture
def night(kari: Person, monkeypatch: pytest.MonkeyPatch) -> Night:
    """Kari's charger after two sessions, with hours as they are stored: the first was hers, the second a guest's."""
    account = accounts.find(AccountId(kari.account_id))
    assert account is not None
    night = a_night(account, START, monkeypatch)
    for plug_seq, user, energy_wh in ((1, "owner", 3_000), (2, "grant_1", 2_000)):
        began = START + plug_seq * HOUR
        sessions.open_session(night.charger_id, plug_seq, began, None)
        sessions.note_user(night.charger_id, plug_seq, user)
        quarter_wh = energy_wh // 4
        part = HourPart(plug_seq=plug_seq, quarters_wh=(quarter_wh,) * 4, user=user)
        slots = paid_slots(TARIFF, [PriceSlot(began, began + HOUR, Decimal("1.23457"))], Stretch(began, began + HOUR))
        cost = price_part(began, part, hour_prices(slots, has_grid=True), "NOK")
        hours.put(night.charger_id, PricedHour(hour=EnergyHour(start=began, parts=(part,)), part_costs=(cost,)))
    night.now += 12 * HOUR
    night._set_clock()
    return night


@pytest.fixture
def ola(people: People, night: Night) -> Person:
    """The guest, whose window is over."""
    ola = people.sign_in("+4790000002")
    account = accounts.find(AccountId(ola.account_id))
    assert account is not None
    let_in(account, night.charger_id, START - timedelta(days=1), START + timedelta(days=1))
    return ola


def values_of(api: ApiClient, night: Night, who: Person) -> list[list[str]]:
    """The rows in which somebody charged."""
    raw = api.get(f"/v1/chargers/{night.charger_id}/history.csv?month=2026-02", token=who.token).body
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";"))[1:]
    return [row for row in rows if row[8]]


def text_of(content: bytes) -> str:
    """What is on a page, with plain spaces."""
    return str(pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text()).replace("\u00a0", " ")


def test_the_files_tell_what_history_tells(api: ApiClient, kari: Person, night: Night, ola: Person) -> None:
    """The same energy and the same money, to the Wh and the øre."""
    path = f"/v1/chargers/{night.charger_id}"
    told = api.get(f"{path}/history?month=2026-02", token=kari.token).body
    book = openpyxl.load_workbook(
        io.BytesIO(api.get(f"{path}/history.xlsx?month=2026-02", token=kari.token).body), data_only=True
    )
    sums = [cell.value for cell in book["Dager"][book["Dager"].max_row]]
    rows = values_of(api, night, kari)
    assert told["energy_wh"] == 5_000
    assert sum(Decimal(row[4].replace(",", ".")) for row in rows) * 1000 == told["energy_wh"]
    assert round(sum(Decimal(row[5].replace(",", ".")) for row in rows), 2) == Decimal(told["cost"]["amount"])
    assert (sums[2], round(Decimal(sums[3]), 2)) == (5, Decimal(told["cost"]["amount"]))


def test_the_page_is_in_the_account_s_language(api: ApiClient, kari: Person, night: Night) -> None:
    """Norwegian, until the account says English."""
    path = f"/v1/chargers/{night.charger_id}/report.pdf?month=2026-02"
    texts = []
    for language in ("no", "en"):
        api.patch("/v1/account", {"language": language}, token=kari.token)
        reply = api.get(path, token=kari.token)
        texts.append(text_of(reply.body))
    assert "Lading i februar 2026" in texts[0]
    assert "Charging in February 2026" in texts[1]


def test_a_guest_whose_window_is_over_gets_their_own_use(
    api: ApiClient, kari: Person, night: Night, ola: Person
) -> None:
    """Theirs, and nobody else's; the owner's file names both."""
    own, whole = values_of(api, night, ola), values_of(api, night, kari)
    assert {row[8] for row in own} == {"Ola"}
    assert {row[8] for row in whole} == {"Eier", "Ola"}
    assert own == [row for row in whole if row[8] == "Ola"]
    assert sum(Decimal(row[4].replace(",", ".")) for row in own) == 2


def test_a_guest_s_page_says_nothing_of_the_owner(api: ApiClient, night: Night, ola: Person) -> None:
    """Neither the site's name, nor other people, nor what they used."""
    reply = api.get(f"/v1/chargers/{night.charger_id}/report.pdf?month=2026-02", token=ola.token)
    text = text_of(reply.body)
    assert "2,0 kWh" in text
    assert [word for word in ("Eier", "Hjemme", "3,0 kWh", "5,0 kWh") if word in text] == []


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("query", ["", "?month=2026-13", "?month=0001-01", "?day=2026-02-10"])
def test_a_month_that_is_none_is_refused(api: ApiClient, kari: Person, name: str, query: str) -> None:
    """Before anything is read, and as a problem, not as a file."""
    reply = api.get(f"/v1/chargers/charger_none/{name}{query}", token=kari.token)
    assert (reply.status, reply.body["code"]) == (400, "invalid_input")


def test_a_file_that_cannot_be_made_now_is_told_as_that(
    api: ApiClient, kari: Person, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function failed: the app may ask again."""
    failed = (200, {"x-amz-function-error": "Unhandled"}, b'{"errorMessage": "out of memory"}')
    monkeypatch.setattr(LambdaResponse, "invoke", lambda _: failed)
    reply = api.get(f"/v1/chargers/{night.charger_id}/report.pdf?month=2026-02", token=kari.token)
    assert (reply.status, reply.body["code"]) == (503, "dependency_down")


@pytest.mark.parametrize("name", FILES)
def test_the_api_reads_three_times_and_the_function_five(
    api: ApiClient, kari: Person, night: Night, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Account, charger and grants decide; charger, site, hours, sessions and grants are told."""
    seen: list[str] = []
    call_action, invoke = DynamoHandler.call_action, LambdaResponse.invoke

    def counted(handler: DynamoHandler) -> Any:
        seen.append("read")
        return call_action(handler)

    def called(request: Any) -> Any:
        seen.append("called")
        return invoke(request)

    monkeypatch.setattr(DynamoHandler, "call_action", counted)
    monkeypatch.setattr(LambdaResponse, "invoke", called)
    api.get(f"/v1/chargers/{night.charger_id}/{name}?month=2026-02", token=kari.token)
    assert (seen.index("called"), len(seen) - seen.index("called") - 1) == (3, 5)


def test_a_charger_that_has_gone_meanwhile_is_no_fault_of_ours(
    api: ApiClient, kari: Person, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown charger is 404 before the function is called."""
    monkeypatch.setattr(LambdaResponse, "invoke", lambda _: pytest.fail("it was called"))
    reply = api.get(f"/v1/chargers/{ChargerId('charger_none')}/report.pdf?month=2026-02", token=kari.token)
    assert reply.status == 404
