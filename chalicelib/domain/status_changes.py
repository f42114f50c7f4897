"""The history of a charger's states that support looks at: when what changed, in few words."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from chalicelib.domain.charger_states import ChargerState
from chalicelib.domain.connections import Connection

KEPT: Final = timedelta(days=90)


class StatusChange(msgspec.Struct, frozen=True, kw_only=True):
    """From `at` on: EVSE state A..F with the charger's own reason and faults, or `online`, `offline` with the broker's.

    `at` is the charger's time of a report and the broker's of a connection; `version` tells apart what came at once.
    """

    at: datetime
    version: int
    state: str
    reason: str
    faults: tuple[str, ...] = ()
    firmware: str = ""


def state_change(before: ChargerState | None, after: ChargerState) -> StatusChange | None:
    """What a report adds to the history, None when it says what the newest before it said."""
    if before is not None and _kept(before) == _kept(after):
        return None
    state, reason, faults, firmware = _kept(after)
    return StatusChange(
        at=after.reported_at, version=after.version, state=state, reason=reason, faults=faults, firmware=firmware
    )


def new_faults(before: ChargerState | None, after: ChargerState) -> tuple[str, ...]:
    """The faults that a report brings; none when it is not newer than what is known: those of now are told then."""
    if before is not None and before.version >= after.version:
        return ()
    known = () if before is None else before.fault_codes
    return tuple(code for code in after.fault_codes if code not in known)


def connection_change(connection: Connection) -> StatusChange:
    """What a changed connection adds to the history."""
    state = "online" if connection.is_connected else "offline"
    return StatusChange(at=connection.at, version=connection.version, state=state, reason=connection.reason)


def _kept(state: ChargerState) -> tuple[str, str, tuple[str, ...], str]:
    return state.evse_state.value, state.reason, state.faults, state.firmware
