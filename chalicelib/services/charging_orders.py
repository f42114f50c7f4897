"""Smart or full, start or stop: orders to a charger, each bound to one plug-in, so that none acts on the next car."""

from datetime import datetime

import msgspec

from chalicelib.adapters import charging_shadow, planning_queue
from chalicelib.adapters.dynamo import charger_states, chargers, sessions
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account
from chalicelib.domain.charger_states import ChargerOverview
from chalicelib.domain.chargers import Charger, ChargingMode, FullUntil, RunState
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.sessions import NoSession
from chalicelib.services.access import require_at
from chalicelib.services.charger_views import Orders, orders_of


class OrderGiven(msgspec.Struct, frozen=True, kw_only=True):
    """The orders in force, and the version of the `charging` shadow that has them.

    The charger acts on them when its own report, which makes a later version, says so.
    """

    orders: Orders
    expected_version: int


def set_mode(account: Account, charger_id: ChargerId, mode: ChargingMode, now: datetime) -> OrderGiven:
    """Smart or full for the present plug-in, without a car for the next one; full for good if the setting says so.

    It may be repeated.
    """
    charger, overview = _operated(account, charger_id, now)
    is_bound = mode is ChargingMode.FULL and charger.full_until is FullUntil.UNPLUG
    full_plug_seq = overview.order_seq if is_bound else 0
    chargers.put_mode(charger_id, mode, full_plug_seq)
    ordered = msgspec.structs.replace(charger, mode=mode, full_plug_seq=full_plug_seq)
    if mode is ChargingMode.FULL and overview.plug_seq is not None:
        sessions.note_full(charger_id, overview.plug_seq)
    return _told(ordered, overview)


def set_run(account: Account, charger_id: ChargerId, run: RunState, now: datetime) -> OrderGiven:
    """Stop the present plug-in until it is started again or unplugged, or start it; NoSession to stop without a car.

    It may be repeated.
    """
    charger, overview = _operated(account, charger_id, now)
    if run is RunState.STOPPED and overview.plug_seq is None:
        raise NoSession("there is no car")
    stopped = overview.plug_seq if run is RunState.STOPPED else None
    chargers.put_stopped(charger_id, stopped)
    return _told(msgspec.structs.replace(charger, stopped_plug_seq=stopped), overview)


def retell(charger: Charger) -> int:
    """Tell the charger its orders as they are stored at this moment; the version of the shadow that has them."""
    return charging_shadow.write_orders(charger.serial, lambda: chargers.get(charger.charger_id))


def rebind(charger: Charger, overview: ChargerOverview) -> Charger:
    """The charger after a change of `full_until`: full in force is bound to its plug-in, or holds for good from now on.

    Full of an earlier plug-in stays over.
    """
    is_bound = charger.full_plug_seq != 0
    if charger.mode is not ChargingMode.FULL or is_bound == (charger.full_until is FullUntil.UNPLUG):
        return charger
    mode = charger.mode_at(overview.order_seq)
    full_plug_seq = 0 if is_bound else overview.order_seq
    chargers.put_mode(charger.charger_id, mode, full_plug_seq)
    retell(charger)
    return msgspec.structs.replace(charger, mode=mode, full_plug_seq=full_plug_seq)


def _operated(account: Account, charger_id: ChargerId, now: datetime) -> tuple[Charger, ChargerOverview]:
    charger = chargers.get(charger_id)
    require_at(charger, account.account_id, Action.OPERATE, now)
    return charger, charger_states.read(charger_id)


def _told(charger: Charger, overview: ChargerOverview) -> OrderGiven:
    version = retell(charger)
    planning_queue.ask(charger.charger_id, "orders_changed")
    return OrderGiven(orders=orders_of(charger, overview), expected_version=version)
