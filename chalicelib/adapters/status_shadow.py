"""The `status` shadow in the cloud's own words."""

from datetime import UTC, datetime

import msgspec

from chalicelib.adapters import iot
from chalicelib.domain.charger_states import ChargerState, EvseState
from chalicelib.domain.ids import Serial
from device_shadows.codec import decode_message
from device_shadows.names import STATUS
from device_shadows.status import StatusReported


class _State(msgspec.Struct, frozen=True):
    reported: StatusReported | None = None


class _Shadow(msgspec.Struct, frozen=True):
    state: _State
    version: int


def find(serial: Serial) -> ChargerState | None:
    """What the charger has reported last, None when it never has."""
    raw = iot.find_shadow(serial, STATUS)
    shadow = None if raw is None else decode_message(raw, _Shadow)
    return to_domain(shadow.state.reported, shadow.version) if shadow and shadow.state.reported else None


def to_domain(report: StatusReported, version: int) -> ChargerState:
    """A report as a domain value."""
    return ChargerState(
        version=version,
        reported_at=_instant(report.ts),
        evse_state=EvseState(report.evse_state.value),
        plug_seq=report.plug_seq,
        plugged_at=None if report.plugged_at is None else _instant(report.plugged_at),
        offered_a=report.offered_a,
        drawn_a=report.drawn_a,
        reason=report.reason,
        car_full=report.car_full,
        faults=report.faults,
        network=report.network.kind.value,
        signal_dbm=report.network.signal_dbm,
        firmware=report.firmware,
        protocol=report.protocol,
        register_wh=report.register.register_wh,
    )


def _instant(epoch_s: int) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)
