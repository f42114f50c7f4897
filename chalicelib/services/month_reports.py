"""What the function `make_report` does: read a month of a charger, and have it written as a file."""

from collections.abc import Mapping, Sequence

from chalicelib.adapters import documents
from chalicelib.adapters.dynamo import chargers, grants, hours, sessions, sites
from chalicelib.domain.calendar import month_stretch
from chalicelib.domain.costs import PricedHour
from chalicelib.domain.grants import Grant
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.month_reports import MonthReport, Sources, month_report
from chalicelib.domain.report_orders import MOST_FILE_BYTES, ReportOrder
from chalicelib.domain.sessions import Session


def write(order: ReportOrder) -> bytes:
    """The file that was ordered; NotFound when the charger is gone by now, ValueError if it would be too large."""
    content = documents.write(read(order), order.kind, order.language)
    if len(content) > MOST_FILE_BYTES:
        raise ValueError(f"{len(content)} bytes are more than can be sent")
    return content


def read(order: ReportOrder) -> MonthReport:
    """The month: everything of the charger, or what may be shown of it."""
    charger = chargers.get(order.charger_id)
    site = sites.get(charger.site_id)
    whole = month_stretch(order.year, order.month, site.tz)
    found = hours.list_in(order.charger_id, whole, order.now)
    sources = Sources(
        charger=charger.name,
        site=site.name if order.own_grants is None else "",
        year=order.year,
        month=order.month,
        time_zone=site.time_zone,
        currency=site.currency,
        hours=found,
        sessions=_sessions(order.charger_id, found),
        grants=_grants(order.charger_id),
        own_grants=order.own_grants,
    )
    return month_report(sources, order.now)


def _sessions(charger_id: ChargerId, found: Sequence[PricedHour]) -> Mapping[int, Session]:
    """The sessions that the hours name, in one read."""
    named = {part.plug_seq for hour in found for part in hour.hour.parts}
    if not named:
        return {}
    return {one.plug_seq: one for one in sessions.list_between(charger_id, min(named), max(named))}


def _grants(charger_id: ChargerId) -> Mapping[str, Grant]:
    return {grant.grant_id: grant for grant in grants.list_at(charger_id)}
