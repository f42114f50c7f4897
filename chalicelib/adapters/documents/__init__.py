"""A month's report as a file people open: comma-separated values, workbook, page. Each writer is loaded when needed."""

from chalicelib.domain.accounts import Language
from chalicelib.domain.month_reports import MonthReport
from chalicelib.domain.report_orders import ReportKind


def write(report: MonthReport, kind: ReportKind, language: Language) -> bytes:
    """The report in the words and the number and date formats of a language."""
    if kind is ReportKind.CSV:
        from chalicelib.adapters.documents import values

        return values.write(report, language)
    if kind is ReportKind.XLSX:
        from chalicelib.adapters.documents import workbook

        return workbook.write(report, language)
    from chalicelib.adapters.documents import page

    return page.write(report, language)
