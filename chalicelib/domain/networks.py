"""How far a charger has come on its way to the cloud, from what the broker and the charger itself have told."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

import msgspec

from chalicelib.domain.charger_states import ChargerState, NetworkFailure
from chalicelib.domain.connections import Connection

FIRST_CONTACT: Final = timedelta(minutes=5)
"""How long a charger may take to its first word: joining a network, 4G the slowest, setting its clock, TLS."""
RECONNECT: Final = timedelta(minutes=3)
"""How long one may be away before it counts as failed; it tries at least once a minute."""
SILENCE: Final = timedelta(minutes=1)
"""How long one that is connected may take to report."""
GOOD_DBM: Final = {"wifi": -67, "4g": -95}
FAIR_DBM: Final = {"wifi": -75, "4g": -105}
"""Weaker than this a connection breaks now and then: usual limits of Wi-Fi planning (RSSI) and of LTE (RSRP)."""

Signal = Literal["good", "fair", "weak"]


class NetworkState(StrEnum):
    """The steps that a person waits through."""

    WAITING = "waiting"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    FAILED = "failed"


class NetworkProgress(msgspec.Struct, frozen=True, kw_only=True):
    """The state since when; `reason` if it failed; kind and signal of the last report; the last try that failed."""

    state: NetworkState
    since: datetime
    reason: str | None = None
    kind: str | None = None
    signal_dbm: int | None = None
    signal: Signal | None = None
    failure: NetworkFailure | None = None


def decide_progress(
    claimed_at: datetime, connection: Connection | None, state: ChargerState | None, now: datetime
) -> NetworkProgress:
    """The progress at `now` of a charger that was claimed at `claimed_at`."""
    step, since, reason = _step(claimed_at, connection, state, now)
    if state is None:
        return NetworkProgress(state=step, since=since, reason=reason)
    return NetworkProgress(
        state=step,
        since=since,
        reason=reason,
        kind=state.network,
        signal_dbm=state.signal_dbm,
        signal=signal_of(state.network, state.signal_dbm),
        failure=state.network_failure,
    )


def signal_of(kind: str, signal_dbm: int) -> Signal | None:
    """How good a signal is, None for a kind of network that is not known."""
    if kind not in GOOD_DBM:
        return None
    if signal_dbm >= GOOD_DBM[kind]:
        return "good"
    return "fair" if signal_dbm >= FAIR_DBM[kind] else "weak"


def _step(
    claimed_at: datetime, connection: Connection | None, state: ChargerState | None, now: datetime
) -> tuple[NetworkState, datetime, str | None]:
    if connection is None and state is not None:  # it has spoken, and nobody has said that it left
        return NetworkState.CONNECTED, state.reported_at, None
    if connection is None:
        is_late = now - claimed_at >= FIRST_CONTACT
        return (NetworkState.FAILED if is_late else NetworkState.WAITING), claimed_at, "no_contact" if is_late else None
    if connection.is_connected and state is not None:
        return NetworkState.CONNECTED, connection.at, None
    patience, reason = (SILENCE, "no_report") if connection.is_connected else (RECONNECT, "connection_lost")
    if now - connection.at >= patience:
        return NetworkState.FAILED, connection.at, reason
    return NetworkState.CONNECTING, connection.at, None
