"""What chargers say they have applied: settings of the `config` shadow, orders of the `charging` shadow."""

from chalicelib.adapters.dynamo import charger_states, chargers
from chalicelib.domain.charger_states import AppliedConfig, AppliedOrders
from chalicelib.domain.ids import Serial


def note_config(serial: Serial, applied: AppliedConfig) -> None:
    """Keep which settings are applied, unless something newer is known; a unit that nobody owns has none.

    It may come twice and out of order; UnitUnknown for a stranger.
    """
    charger = chargers.find_by_serial(serial)
    if charger is not None:
        charger_states.put_config(charger.charger_id, applied)


def note_orders(serial: Serial, applied: AppliedOrders) -> None:
    """Keep which orders are acted on; as of `note_config`."""
    charger = chargers.find_by_serial(serial)
    if charger is not None:
        charger_states.put_orders(charger.charger_id, applied)
