"""What a charger says of itself: its status, and what it follows."""

from typing import TYPE_CHECKING, Final

import msgspec

from device_shadows.charging import ChargingReported
from device_shadows.status import PROTOCOL, EvseState, Network, NetworkKind, Reason, Register, StatusReported
from simulator.electricity import line_currents_a
from simulator.offer import plan_in_force

if TYPE_CHECKING:
    from simulator.charger import Charger

NETWORK: Final = Network(kind=NetworkKind.WIFI, signal_dbm=-61)


def status_of(charger: "Charger") -> StatusReported:
    """The whole status as it is now."""
    current_a, moment = charger.drawn_a, charger.moment
    plugged_at_s = charger.plugged_at_s
    return StatusReported(
        protocol=PROTOCOL,
        ts=moment.wall_s,
        evse_state=_evse_state(charger, current_a),
        plug_seq=charger.plug_seq,
        plugged_at=None if plugged_at_s is None else max(0, plugged_at_s + charger.clock_error_s),
        offered_a=charger.offer.current_a,
        drawn_a=line_currents_a(current_a, charger.phases, charger.hardware.grid),
        reason=_reason(charger, current_a),
        car_full=bool(charger.car and charger.car.is_full),
        faults=charger.faults,
        network=charger.network,
        firmware=charger.image.version,
        register=charger.book.last,
        session_start_wh=charger.session_start_wh,
        unlocked_by=charger.lock.holder(charger.plug_seq) if charger.car else None,
        attempt=charger.lock.attempt,
        lease_ends_soon=_needs_lease(charger) and charger.lease.ends_soon(charger.now_s),
    )


def charging_report_of(charger: "Charger") -> ChargingReported:
    """What the charger follows, from this second on."""
    wall_s = charger.moment.wall_s
    plan = plan_in_force(charger.charging, charger.plug_seq, wall_s) if charger.moment.is_known else None
    return ChargingReported(
        mode=charger.charging.mode,
        run=charger.charging.run,
        plan_id=plan.plan_id if plan else None,
        plug_seq=charger.plug_seq,
        applied_at=wall_s,
        full_plug_seq=charger.charging.full_plug_seq,
    )


def is_news(status: StatusReported, told: StatusReported) -> bool:
    """Whether anything but time has changed since it was told; that a lease was renewed in time is none."""
    if told.lease_ends_soon and not status.lease_ends_soon:
        told = msgspec.structs.replace(told, lease_ends_soon=False)
    return without_time(status) != without_time(told)


def is_of_currents(status: StatusReported, told: StatusReported) -> bool:
    """Whether currents are all that has changed, none from or to 0: that is told a little later, with what follows."""
    if (status.offered_a == 0) != (told.offered_a == 0):
        return False
    return not is_news(msgspec.structs.replace(status, offered_a=told.offered_a, drawn_a=told.drawn_a), told)


def without_time(status: StatusReported) -> StatusReported:
    """The status as far as a change of it is worth a report: of the register, only a new epoch."""
    register = Register(epoch=status.register.epoch, seq=0, ts=0, register_wh=0)
    return msgspec.structs.replace(status, ts=0, register=register)


def _needs_lease(charger: "Charger") -> bool:
    config = charger.config
    return config is not None and config.load_balancing and charger.offer.current_a > config.fallback_current_a


def _evse_state(charger: "Charger", current_a: int) -> EvseState:
    if charger.faults:
        return EvseState.F
    if not charger.car:
        return EvseState.A
    return EvseState.C if current_a else EvseState.B


def _reason(charger: "Charger", drawn_a: int) -> Reason:
    if charger.offer.reason is Reason.FAULT:
        return Reason.FAULT
    if charger.car and charger.car.is_full:
        return Reason.CAR_FULL
    return Reason.CAR_PAUSED if charger.offer.current_a and not drawn_a else charger.offer.reason
