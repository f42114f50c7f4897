"""A month of a charger as a file: /v1/chargers/{charger}/history.csv, history.xlsx and report.pdf."""

from typing import Annotated, Final

import msgspec

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.api.days import parse_month
from chalicelib.api.files import File
from chalicelib.domain.access import Action
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.report_orders import ReportKind
from chalicelib.services import reports

api = ApiBlueprint(__name__)
CSV: Final = "text/csv; charset=utf-8"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF: Final = "application/pdf"
_MEDIA: Final = {ReportKind.CSV: CSV, ReportKind.XLSX: XLSX, ReportKind.PDF: PDF}


class MonthQuery(Body, frozen=True, kw_only=True):
    """A month of the site's calendar."""

    month: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}$")]


@api.endpoint("GET", "/v1/chargers/{charger}/history.csv", action=Action.READ_HISTORY, media_type=CSV)
def get_history_csv(call: SignedInCall, charger: str, query: MonthQuery) -> File:
    """The hours of a month as values that a spreadsheet opens, by the account's language."""
    return _file(call, charger, query, ReportKind.CSV)


@api.endpoint("GET", "/v1/chargers/{charger}/history.xlsx", action=Action.READ_HISTORY, media_type=XLSX)
def get_history_xlsx(call: SignedInCall, charger: str, query: MonthQuery) -> File:
    """A month as a workbook: hours, days, sessions and people."""
    return _file(call, charger, query, ReportKind.XLSX)


@api.endpoint("GET", "/v1/chargers/{charger}/report.pdf", action=Action.READ_HISTORY, media_type=PDF)
def get_report(call: SignedInCall, charger: str, query: MonthQuery) -> File:
    """A month on one page: each day, the cost with its parts, what was saved, and who charged."""
    return _file(call, charger, query, ReportKind.PDF)


def _file(call: SignedInCall, charger: str, query: MonthQuery, kind: ReportKind) -> File:
    month = parse_month(query.month, "month")
    content = reports.fetch(call.account, ChargerId(charger), month, kind, call.now)
    return File(content=content, media_type=_MEDIA[kind], name=f"zmartcharge-{query.month}.{kind}")
