"""Files of a month, read back by other people's readers: the figures of the report, in the form of the language."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import openpyxl
import pypdf
import pytest

from chalicelib.adapters.documents import page, pen, values, workbook
from chalicelib.adapters.documents.chart import scale
from chalicelib.adapters.documents.wording import WORDINGS
from chalicelib.domain.accounts import Language
from chalicelib.domain.money import Money
from chalicelib.domain.month_reports import MonthReport
from tests.a_month import GUEST, OSLO, Month

MARCH = Month(2026, 3).report()
OCTOBER = Month(2026, 10).report()
PENDING = Month(2026, 3, unpriced=[date(2026, 3, 19)]).report()
SEPARATORS: dict[Language, str] = {"no": ";", "en": ","}


def named(name: str) -> MonthReport:
    """March, with another name for the guest."""
    return Month(2026, 3).report(guest=msgspec.structs.replace(GUEST, name=name))


def rows_of(report: MonthReport, language: Language) -> list[list[str]]:
    """The values as any reader splits them."""
    text = values.write(report, language).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=SEPARATORS[language]))


def sheets_of(report: MonthReport, language: Language = "no") -> dict[str, list[Sequence[Any]]]:
    """The rows of each sheet without heading and sums."""
    book = openpyxl.load_workbook(io.BytesIO(workbook.write(report, language)), data_only=True)
    return {
        sheet.title: list(sheet.iter_rows(min_row=2, max_row=sheet.max_row - 1, values_only=True)) for sheet in book
    }


def text_of(report: MonthReport, language: Language = "no") -> str:
    """What a screen reader finds on the page, with plain spaces."""
    reader = pypdf.PdfReader(io.BytesIO(page.write(report, language)), strict=True)
    assert len(reader.pages) == 1
    return str(reader.pages[0].extract_text()).replace("\u00a0", " ")


def cents(amount: Money | None) -> Decimal:
    """As it is shown."""
    assert amount is not None
    return Decimal(amount.shown().amount)


@pytest.mark.parametrize(("language", "decimal"), [("no", ","), ("en", ".")])
def test_values_sum_to_the_month(language: Language, decimal: str) -> None:
    """Energy to the Wh, money to the øre, in the decimals of the language."""
    rows = rows_of(MARCH, language)[1:]
    energy, cost, total = (sum(Decimal((row[at] or "0").replace(decimal, ".")) for row in rows) for at in (4, 5, 6))
    assert MARCH.whole.total_cost is not None
    assert energy * 1000 == MARCH.whole.energy_wh
    assert (round(cost, 2), round(total, 2)) == (
        cents(MARCH.whole.cost.settled),
        cents(MARCH.whole.total_cost.settled),
    )


def test_values_are_written_as_each_language_does() -> None:
    """Dates, decimals and headings; a byte order mark, without which Excel misreads æøå."""
    norwegian, english = rows_of(MARCH, "no"), rows_of(MARCH, "en")
    at = next(index for index, row in enumerate(norwegian) if row[4] not in {"kWh", "0,000"})
    assert (norwegian[at][0], english[at][0]) == ("02.03.2026", "2026-03-02")
    assert norwegian[at][4].replace(",", ".") == english[at][4]
    assert (norwegian[0][8], english[0][8]) == ("Hvem", "Who")
    assert values.write(MARCH, "no").startswith("\ufeffDato;".encode())


def test_the_hour_that_comes_twice_is_there_twice() -> None:
    """Told apart by the offset; in spring the hour that is skipped is missing."""
    october = [row[3] for row in rows_of(OCTOBER, "no") if row[0] == "25.10.2026" and row[1] == "02:00"]
    spring = [row[1] for row in rows_of(MARCH, "no") if row[0] == "29.03.2026"]
    assert october == ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"]
    assert (len(spring), "02:00" in spring) == (23, False)


@pytest.mark.parametrize("name", ["=1+1", "+47", "-1", "@SUM(A1)", "\t=1", "＝1+1"])  # noqa: RUF001 - meant
def test_a_name_is_never_a_formula(name: str) -> None:
    """Neither in values, where a quotation mark stands before it, nor in a workbook, where it is a text."""
    report = named(name)
    told = {row[8] for row in rows_of(report, "no")[1:]} - {""}
    assert told == {"Eier", f"'{name}"}
    book = openpyxl.load_workbook(io.BytesIO(workbook.write(report, "no")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == name]
    assert {cell.data_type for cell in cells} == {"s"}


def test_energy_without_a_price_has_no_amount_in_any_file() -> None:
    """Empty cells and a word, never 0; the page tells what it has a price for."""
    rows = [row for row in rows_of(PENDING, "no") if row[0] == "19.03.2026" and row[8]]
    sheet = [row for row in sheets_of(PENDING)["Timer"] if row[0].date() == date(2026, 3, 19) and row[6]]
    assert {(row[5], row[6], row[7]) for row in rows} == {("", "", "ja")}
    assert {row[3:6] for row in sheet} == {(None, None, "ja")}
    assert f"Hittil, for {PENDING.priced_wh / 1000:.1f} kWh".replace(".", ",") in text_of(PENDING)


def test_hours_that_are_a_guess_are_marked_in_every_file() -> None:
    """The hours of a long silence and no others; a month without any says nothing of it."""
    guessed = date(2026, 3, 3)
    hours = tuple(
        msgspec.structs.replace(use, is_estimated=use.person is not None and use.start.date() == guessed)
        for use in MARCH.hours
    )
    report, starts = msgspec.structs.replace(MARCH, hours=hours), {one.start for one in hours if one.is_estimated}
    assert starts
    rows = {datetime.fromisoformat(row[3]) for row in rows_of(report, "no")[1:] if row[9] == "ja"}
    sheet = [row for row in sheets_of(report)["Timer"] if row[7] == "ja"]
    assert (rows, len(sheet)) == (starts, len(starts))
    assert ("anslag" in text_of(report), "anslag" in text_of(MARCH)) == (True, False)


def test_every_sheet_sums_to_the_month() -> None:
    """Real numbers, and a sum under them that is there before anybody calculates."""
    book = openpyxl.load_workbook(io.BytesIO(workbook.write(MARCH, "no")), data_only=True)
    for sheet in book:
        heads = [cell.value for cell in sheet[1]]
        sums = dict(zip(heads, (cell.value for cell in sheet[sheet.max_row]), strict=True))
        assert sums["kWh"] == pytest.approx(MARCH.whole.energy_wh / 1000, abs=1e-6)  # floats of a few hundred
        assert round(Decimal(sums["Strøm (NOK)"]), 2) == cents(MARCH.whole.cost.settled)
    assert sum(row[2] for row in sheets_of(MARCH)["Personer"]) == pytest.approx(MARCH.whole.energy_wh / 1000)


def test_a_workbook_has_the_wall_clock_and_its_offset() -> None:
    """Every hour is the instant that it was, also on the day with 25 hours."""
    rows = sheets_of(OCTOBER)["Timer"]
    starts = [row[0].replace(tzinfo=None) - timedelta(hours=int(row[1][:3])) for row in rows]
    assert starts == [use.start.replace(tzinfo=None) for use in OCTOBER.hours]
    assert [row[1] for row in sheets_of(OCTOBER)["Dager"] if row[0].date() == date(2026, 10, 25)] == [25]
    began = [row[0] for row in sheets_of(OCTOBER)["Ladinger"]]
    assert {moment.hour for moment in began} == {17}


def test_a_workbook_speaks_the_account_s_language() -> None:
    """The same rows under other words."""
    assert list(sheets_of(MARCH, "en")) == ["Hours", "Days", "Sessions", "People"]


@pytest.mark.parametrize("language", ["no", "en"])
def test_the_page_tells_the_month_as_text(language: Language) -> None:
    """Energy, cost, each part, what was saved, and who: in the words and figures of the language."""
    word, text = WORDINGS[language], text_of(MARCH, language)
    assert MARCH.whole.total_cost is not None
    told = [word.money(one) for one in (MARCH.whole.cost.settled, MARCH.whole.total_cost.settled, MARCH.saved)]
    told += [word.money(cost) for cost in MARCH.parts.values()] + [word[name] for name in MARCH.parts]
    told += [word.kwh(MARCH.whole.energy_wh), "Bestemor Åse", word.month(2026, 3)]
    assert [one for one in told if one.replace("\u00a0", " ") not in text] == []


def test_the_page_is_one_a4_with_its_own_font_and_language() -> None:
    """Whoever opens it sees the same letters, and a screen reader knows how to speak them."""
    reader = pypdf.PdfReader(io.BytesIO(page.write(MARCH, "no")))
    [sheet] = reader.pages
    fonts = [font.get_object() for font in sheet["/Resources"]["/Font"].values()]  # type: ignore[index]
    ours = [font for font in fonts if "SourceSansPro" in font["/BaseFont"]]
    assert [round(float(side)) for side in sheet.mediabox[2:]] == [595, 842]
    assert ours
    assert all("/FontFile2" in font["/FontDescriptor"].get_object() for font in ours)
    assert str(reader.root_object["/Lang"]) == "nb-NO"
    assert reader.metadata is not None
    assert reader.metadata.title == "Lading i mars 2026 \N{EN DASH} Garasjen"


@pytest.mark.parametrize("name", ["Łukasz Żółć", "Sárá Máŋga", "Наталья", "Åse Bjørg " * 9, "\U0001f600", "Ødegård"])
def test_any_name_has_its_place_on_the_page(name: str) -> None:
    """Letters of Latin, Greek and Cyrillic script as they are, a picture as a question mark, a long name cut."""
    shown = pen.drawable(name)[:12]
    assert shown in text_of(named(name))
    assert shown != "?" or name == "\U0001f600"


def test_a_charger_with_many_guests_has_a_page_too() -> None:
    """The least ones are told together, and the whole stays the whole."""
    [guest] = [one for one in MARCH.people if one.person.kind == "guest"]
    many = [
        msgspec.structs.replace(guest, person=msgspec.structs.replace(guest.person, grant_id=str(number)))
        for number in range(30)
    ]
    text = text_of(msgspec.structs.replace(MARCH, people=(MARCH.people[0], *many), sessions=(), days=MARCH.days[:1]))
    assert "25 andre" in text
    assert "Bestemor Åse (5)" in text


def test_a_month_without_charging_has_a_page_that_says_so() -> None:
    """No table of nothing."""
    empty = Month(2026, 3, until=datetime(2026, 3, 1, 3, tzinfo=OSLO)).report()
    text = text_of(empty)
    assert "Ingen har ladet denne måneden." in text
    assert "Hva det kostet" not in text


def test_both_languages_have_every_word() -> None:
    """No report ends in a KeyError because nobody translated it."""
    assert WORDINGS["no"].words.keys() == WORDINGS["en"].words.keys()


@pytest.mark.parametrize(
    ("amount", "norwegian", "english"),
    [
        ("1234567.891", "1 234 567,89 kr", "NOK 1,234,567.89"),
        ("-0.5", "−0,50 kr", "NOK −0.50"),  # noqa: RUF001 - a real minus sign
        ("-0.001", "0,00 kr", "NOK 0.00"),
    ],
)
def test_money_is_written_as_each_language_does(amount: str, norwegian: str, english: str) -> None:
    """With spaces that do not break, a real minus sign, and no negative nothing."""
    told = [WORDINGS[one].money(Money(Decimal(amount), "NOK")).replace("\u00a0", " ") for one in ("no", "en")]
    assert told == [norwegian, english]


@pytest.mark.parametrize(
    ("most", "axis"), [(0, (1, 1)), (4.2, (5, 1)), (7, (8, 2)), (23, (25, 5)), (40.1, (50, 10)), (480, (500, 100))]
)
def test_an_axis_has_few_round_lines(most: float, axis: tuple[float, float]) -> None:
    """(top, step): 1, 2 or 5 times a power of ten."""
    assert scale(most) == axis
