"""The progress of a charger's network set-up. Its Wi-Fi password goes from phone to charger and never comes here."""

from datetime import datetime

from chalicelib.adapters.dynamo import charger_states, chargers
from chalicelib.adapters.dynamo import home as store
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.networks import NetworkProgress, decide_progress
from chalicelib.services.access import require_at


def read(account: Account, charger_id: ChargerId, now: datetime) -> NetworkProgress:
    """How far the charger has come at `now`, also when it connected before it had its owner."""
    charger = chargers.get(charger_id)
    require_at(charger, account.account_id, Action.READ_NETWORK, now)
    unit_id = charger_states.of_unit(charger.serial)
    found = store.read([charger_id, unit_id], []).overviews
    own, unit = found.get(charger_id), found.get(unit_id)
    connection = (own and own.connection) or (unit and unit.connection)
    return decide_progress(charger.created_at, connection or None, own.state if own else None, now)
