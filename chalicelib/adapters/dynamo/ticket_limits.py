"""How many unlock tickets somebody got at a charger lately: rows of the table sending_limits, gone within the hour."""

import hashlib
from datetime import datetime

from pynamodb.exceptions import UpdateError

from chalicelib.adapters.dynamo.sending_limits import LimitRow
from chalicelib.adapters.dynamo.table import calling, condition_failed
from chalicelib.domain.ids import AccountId, ChargerId
from chalicelib.domain.tickets import PER_WINDOW, WINDOW, window_name


def take(charger_id: ChargerId, account_id: AccountId, real_now: datetime) -> bool:
    """Take one ticket of these ten minutes; False, with nothing changed, when all are taken.

    One whose answer was lost may count twice.
    """
    pair = hashlib.sha256(f"{charger_id}|{account_id}".encode()).hexdigest()[:32]
    row = LimitRow(f"ticket#{pair}#{window_name(real_now)}")
    left = (LimitRow.used < PER_WINDOW) | LimitRow.used.does_not_exist()
    actions = [LimitRow.used.set((LimitRow.used | 0) + 1), LimitRow.expires_at.set(real_now + 2 * WINDOW)]
    try:
        calling(row.update, actions=actions, condition=left)
    except UpdateError as error:
        if condition_failed(error):
            return False
        raise
    return True
