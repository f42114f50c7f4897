"""The `status` shadow in the cloud's own words."""

from datetime import UTC, datetime

import msgspec

from chalicelib.adapters import iot
from chalicelib.domain import charger_states as domain
from chalicelib.domain.charger_states import Attempt, ChargerState, EvseState
from chalicelib.domain.ids import Serial
from device_shadows import status as contract
from device_shadows.codec import decode, decode_message
from device_shadows.errors import ContractError
from device_shadows.names import STATUS
from device_shadows.quarantine import require_possible_time
from device_shadows.status import NetworkFailure, Reason, StatusReported


class _State(msgspec.Struct, frozen=True):
    reported: msgspec.Raw = msgspec.Raw()


class _Shadow(msgspec.Struct, frozen=True):
    state: _State
    version: int


def find(serial: Serial, now: datetime) -> ChargerState | None:
    """What the charger has reported last, None when it never has, or when what it reported is no status."""
    raw = iot.find_shadow(serial, STATUS)
    if raw is None:
        return None
    try:
        shadow = decode_message(raw, _Shadow)
        return read_report(bytes(shadow.state.reported), shadow.version, now)
    except ContractError:  # put aside when it came
        return None


def read_report(data: bytes, version: int, now: datetime) -> ChargerState:
    """A report that came at `now`; ContractError if it is none or its times cannot be.

    A charger that says that it does not know the time is taken to speak of now.
    """
    report = decode(data, StatusReported)
    now_s = int(now.timestamp())
    if report.reason == Reason.NO_TIME:
        plugged_at = None if report.plugged_at is None else now_s
        report = msgspec.structs.replace(report, ts=now_s, plugged_at=plugged_at)
    for ts in (report.ts, report.plugged_at):
        if ts is not None:
            require_possible_time(ts, now_s)
    return to_domain(report, version)


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
        network_failure=_failure(report.network.failure),
        firmware=report.firmware,
        protocol=report.protocol,
        register_wh=report.register.register_wh,
        unlocked_by=report.unlocked_by,
        attempt=None if report.attempt is None else _attempt(report.attempt),
        lease_ends_soon=report.lease_ends_soon,
    )


def _attempt(told: contract.Attempt) -> Attempt:
    return Attempt(seq=told.seq, plug_seq=told.plug_seq, reason=told.reason)


def _failure(failure: NetworkFailure | None) -> domain.NetworkFailure | None:
    if failure is None:
        return None
    return domain.NetworkFailure(kind=failure.kind.value, reason=failure.reason, at=_instant(failure.ts))


def _instant(epoch_s: int) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)
