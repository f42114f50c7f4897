"""How many unlock tickets somebody got at a charger lately: rows of the table sending_limits, gone within the hour."""

import hashlib
from datetime import datetime

from chalicelib.adapters.dynamo.sending_limits import LimitRow
from chalicelib.adapters.dynamo.table import updated
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
    return updated(row, actions, left)
