"""A month as a workbook: sheets of hours, days, sessions and people, with real numbers, dates and sums.

A workbook knows no time zones: times are the site's wall clock, and hours say their offset from UTC too.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec
import xlsxwriter

from chalicelib.adapters.documents.wording import WORDINGS
from chalicelib.domain.accounts import Language
from chalicelib.domain.costs import Cost
from chalicelib.domain.money import Money
from chalicelib.domain.month_reports import Amounts, MonthReport, Person

Cell = str | int | float | date | datetime | Money | None
_ENERGY, _MONEY, _COUNT, _TEXT, _DAY, _TIME = "energy", "money", "count", "text", "day", "time"
_DATES: Final[dict[Language, str]] = {"no": "dd.mm.yyyy", "en": "yyyy-mm-dd"}
_WIDTHS: Final = {_ENERGY: 12, _MONEY: 18, _COUNT: 16, _TEXT: 18, _DAY: 13, _TIME: 18}


class Column(msgspec.Struct, frozen=True):
    """One column: its heading, what is in it, and whether it has a sum."""

    title: str
    kind: str
    is_summed: bool = False


class _Book:
    """A workbook in the making."""

    def __init__(self, report: MonthReport, language: Language) -> None:
        self.report, self.wording = report, WORDINGS[language]
        self.names = self.wording.people(one.person for one in report.people)
        self.file = io.BytesIO()
        self.book: Any = xlsxwriter.Workbook(self.file, {"in_memory": True, "strings_to_formulas": False})
        day = _DATES[language]
        shown = {_ENERGY: "#,##0.000", _MONEY: "#,##0.00", _COUNT: "0", _TEXT: "@", _DAY: day, _TIME: f"{day} hh:mm"}
        self.formats = {kind: self.book.add_format({"num_format": shape}) for kind, shape in shown.items()}
        self.sums = {
            kind: self.book.add_format({"num_format": shape, "bold": True, "top": 1}) for kind, shape in shown.items()
        }
        self.head = self.book.add_format({"bold": True, "bg_color": "#E6F2EE", "bottom": 1, "text_wrap": True})

    def money_columns(self, *names: str) -> list[Column]:
        """Columns of amounts in the report's currency."""
        return [
            Column(self.wording[name].format(currency=self.report.currency), _MONEY, is_summed=True) for name in names
        ]

    def sheet(self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
        """One sheet: a heading that stays, a filter, the rows and their sums."""
        sheet, found = self.book.add_worksheet(self.wording[name]), list(rows)
        for number, column in enumerate(columns):
            sheet.set_column(number, number, _WIDTHS[column.kind])
            sheet.write_string(0, number, column.title, self.head)
        for line, row in enumerate(found, start=1):
            for number, (column, cell) in enumerate(zip(columns, row, strict=True)):
                self._write(sheet, line, number, column.kind, cell)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(found), 1), len(columns) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        self._write_sums(sheet, columns, found)

    def _write(self, sheet: Any, line: int, number: int, kind: str, cell: Cell) -> None:
        """A cell as what it is: a text is never a formula."""
        if cell is None or cell == "":
            return
        if isinstance(cell, str):
            sheet.write_string(line, number, cell, self.formats[kind])
        elif isinstance(cell, date):
            sheet.write_datetime(line, number, cell, self.formats[kind])
        else:
            sheet.write_number(line, number, _plain(cell), self.formats[kind])

    def _write_sums(self, sheet: Any, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
        line = len(rows) + 1
        sheet.write_string(line, 0, self.wording["sum"], self.sums[_TEXT])
        for number, column in enumerate(columns[1:], start=1):
            letter = chr(ord("A") + number)
            if column.is_summed and rows:
                value = sum(_plain(row[number]) for row in rows)
                formula = f"=SUM({letter}2:{letter}{line})"
                sheet.write_formula(line, number, formula, self.sums[column.kind], value)
            else:
                sheet.write_blank(line, number, None, self.sums[_TEXT])


def write(report: MonthReport, language: Language) -> bytes:
    """The workbook's bytes."""
    made = _Book(report, language)
    with made.book:
        title = f"{made.wording['title']} {made.wording.month(report.year, report.month)}"
        made.book.set_properties({"title": title, "author": made.wording["author"], "created": _naive(report.made_at)})
        _hours(made)
        _days(made)
        _sessions(made)
        _people(made)
    return made.file.getvalue()


def _hours(made: _Book) -> None:
    word, tz = made.wording, made.report.tz
    columns = [
        *(Column(word["from"], _TIME), Column(word["offset"], _TEXT), Column("kWh", _ENERGY, is_summed=True)),
        *made.money_columns("cost_column", "total_column"),
        *(Column(word[name], _TEXT) for name in ("price_pending", "who", "estimated")),
    ]
    rows = []
    for use in made.report.hours:
        local = use.start.astimezone(tz)
        offset = f"{local:%z}"
        facts = _facts(made, use.amounts) if use.person else [0.0, None, None, ""]
        estimated = word["yes" if use.is_estimated else "no"]
        rows.append([_naive(local), f"{offset[:3]}:{offset[3:]}", *facts, _name(made, use.person), estimated])
    made.sheet("sheet_hours", columns, rows)


def _days(made: _Book) -> None:
    word = made.wording
    columns = [
        *(Column(word["date"], _DAY), Column(word["hours_of_day"], _COUNT), Column("kWh", _ENERGY, is_summed=True)),
        *made.money_columns("cost_column", "total_column"),
        Column(word["price_pending"], _TEXT),
    ]
    made.sheet("sheet_days", columns, ([day.day, day.hours, *_facts(made, day.amounts)] for day in made.report.days))


def _sessions(made: _Book) -> None:
    word, tz = made.wording, made.report.tz
    columns = [
        *(Column(word["began"], _TIME), Column(word["ended"], _TIME), Column(word["who"], _TEXT)),
        *(Column(word["mode"], _TEXT), Column("kWh", _ENERGY, is_summed=True)),
        *made.money_columns("cost_column", "total_column"),
        Column(word["price_pending"], _TEXT),
        *made.money_columns("saved_column"),
    ]
    rows = [
        [
            _naive(one.started_at.astimezone(tz)) if one.started_at else None,
            _naive(one.ended_at.astimezone(tz)) if one.ended_at else None,
            _name(made, one.person),
            word["full" if one.is_full else "smart"],
            *_facts(made, one.amounts),
            one.saved,
        ]
        for one in made.report.sessions
    ]
    made.sheet("sheet_sessions", columns, rows)


def _people(made: _Book) -> None:
    word = made.wording
    columns = [
        *(Column(word["who"], _TEXT), Column(word["count"], _COUNT, is_summed=True)),
        Column("kWh", _ENERGY, is_summed=True),
        *made.money_columns("cost_column", "total_column"),
        Column(word["price_pending"], _TEXT),
    ]
    rows = [[_name(made, one.person), one.sessions, *_facts(made, one.amounts)] for one in made.report.people]
    made.sheet("sheet_people", columns, rows)


def _facts(made: _Book, amounts: Amounts) -> list[Cell]:
    """kWh, cost, total, pending."""
    pending = made.wording["yes"] if amounts.cost.is_pending else ""
    return [amounts.energy_wh / 1000, _settled(amounts.cost), _settled(amounts.total_cost), pending]


def _settled(cost: Cost | None) -> Money | None:
    return None if cost is None else cost.settled


def _name(made: _Book, person: Person | None) -> str:
    return made.names[person] if person else ""


def _naive(local: datetime) -> datetime:
    return local.replace(tzinfo=None)


def _plain(cell: Cell) -> float:
    """A number as workbooks keep it; nothing counts as nothing."""
    if isinstance(cell, Money):
        return float(cell.amount)
    return float(cell) if isinstance(cell, int | float) else 0.0
