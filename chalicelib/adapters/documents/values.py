"""The hours of a month as comma-separated values (RFC 4180), as spreadsheets of each language open them.

Norwegian: semicolons, decimal commas, dd.mm.yyyy. English: commas, decimal points, ISO dates. UTF-8 with a byte order
mark, without which Excel reads another encoding. Each row also has its start with offset, as a wall clock shows an hour
twice in autumn.
"""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from chalicelib.adapters.documents.wording import WORDINGS, Wording
from chalicelib.domain.accounts import Language
from chalicelib.domain.calendar import HOUR
from chalicelib.domain.costs import Cost
from chalicelib.domain.month_reports import HourUse, MonthReport

_FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - the wide ones that Excel takes too
_SEPARATOR: Final[dict[Language, str]] = {"no": ";", "en": ","}
_PLACES: Final = Decimal("0.000001")
"""Fine enough for a month of hours to sum to the øre."""


def write(report: MonthReport, language: Language) -> bytes:
    """One row for each hour and person, from the first of the month until now."""
    wording, text = WORDINGS[language], io.StringIO(newline="")
    rows = csv.writer(text, delimiter=_SEPARATOR[language], lineterminator="\r\n")
    rows.writerow(_header(report, wording))
    rows.writerows(_rows(report, wording))
    return text.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """The text as no spreadsheet reads it as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _header(report: MonthReport, wording: Wording) -> list[str]:
    money = [wording[name].format(currency=report.currency) for name in ("cost_column", "total_column")]
    names = [wording[name] for name in ("date", "from", "to", "start")]
    return [*names, "kWh", *money, wording["price_pending"], wording["who"], wording["estimated"]]


def _rows(report: MonthReport, wording: Wording) -> Iterator[list[str]]:
    names = wording.people(one.person for one in report.people)
    for use in report.hours:
        who = harmless(names[use.person]) if use.person else ""
        estimated = wording["yes" if use.is_estimated else "no"]
        yield [*_when(use, report, wording), *_amounts(use, wording), who, estimated]


def _when(use: HourUse, report: MonthReport, wording: Wording) -> list[str]:
    start, end = use.start.astimezone(report.tz), (use.start + HOUR).astimezone(report.tz)
    return [wording.short_day(start.date()), f"{start:%H:%M}", f"{end:%H:%M}", start.isoformat()]


def _amounts(use: HourUse, wording: Wording) -> list[str]:
    amounts = use.amounts
    energy = f"{Decimal(amounts.energy_wh) / 1000:.3f}".replace(".", wording.decimal)
    pending = wording["yes"] if amounts.cost.is_pending else wording["no"]
    costs = (amounts.cost, amounts.total_cost) if use.person else (None, None)
    return [energy, *(_money(cost, wording) for cost in costs), pending]


def _money(cost: Cost | None, wording: Wording) -> str:
    """Plain digits; empty while it is not known."""
    if cost is None or cost.settled is None:
        return ""
    return f"{cost.settled.amount.quantize(_PLACES) + 0:f}".replace(".", wording.decimal)
