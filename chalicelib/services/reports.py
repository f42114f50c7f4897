"""A month of a charger as a file, for whoever may have it."""

from datetime import datetime

from chalicelib.adapters import report_maker
from chalicelib.adapters.dynamo import chargers, grants
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.report_orders import ReportKind, ReportOrder
from chalicelib.services.access import require_among


def fetch(account: Account, charger_id: ChargerId, month: tuple[int, int], kind: ReportKind, now: datetime) -> bytes:
    """The file: everything for the owner, for a guest their own use. Errors as of `access.require`, DependencyDown."""
    charger = chargers.get(charger_id)
    known = grants.list_at(charger_id)
    require_among(known, charger, account.account_id, Action.READ_HISTORY, now)
    own = tuple(grant.grant_id for grant in known if grant.guest == account.account_id)
    year, number = month
    order = ReportOrder(
        kind=kind,
        charger_id=charger_id,
        year=year,
        month=number,
        language=account.language,
        now=now,
        own_grants=None if charger.owner == account.account_id else own,
    )
    return report_maker.make(order)
