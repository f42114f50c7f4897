"""A file of a charger's month, ordered by the API, which waits for it."""

from base64 import b64encode
from typing import Any

import msgspec

from chalicelib.domain.report_orders import ReportOrder
from chalicelib.observability import log
from chalicelib.services import month_reports


def make(event: dict[str, Any]) -> dict[str, str]:
    """The file as `{"content": base64}`; whatever goes wrong is the API's to tell."""
    order = msgspec.convert(event, ReportOrder)
    content = month_reports.write(order)
    log.info("report_made", kind=order.kind, size_bytes=len(content))
    return {"content": b64encode(content).decode()}
