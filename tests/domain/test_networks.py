"""How far a charger has come on its way to the cloud."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chalicelib.domain.charger_states import ChargerState, EvseState, NetworkFailure
from chalicelib.domain.connections import Connection
from chalicelib.domain.networks import decide_progress, signal_of

CLAIMED = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
REPORT = ChargerState(
    version=1,
    reported_at=CLAIMED + MINUTE,
    evse_state=EvseState.NO_CAR,
    plug_seq=0,
    plugged_at=None,
    offered_a=0,
    drawn_a=(0.0, 0.0, 0.0),
    reason="no_car",
    car_full=False,
    faults=(),
    network="wifi",
    signal_dbm=-61,
    firmware="1.0.0",
    protocol=1,
    register_wh=0,
)
ON = Connection(is_connected=True, at=CLAIMED + MINUTE)
OFF = Connection(is_connected=False, at=CLAIMED + MINUTE)


@pytest.mark.parametrize(
    ("connection", "report", "after", "expected"),
    [
        pytest.param(None, None, 0 * MINUTE, ("waiting", None), id="just claimed -> waiting"),
        pytest.param(None, None, 5 * MINUTE - SECOND, ("waiting", None), id="4:59 without a word -> waiting"),
        pytest.param(None, None, 5 * MINUTE, ("failed", "no_contact"), id="5 minutes without a word -> failed"),
        pytest.param(ON, None, MINUTE, ("connecting", None), id="connected, no report -> connecting"),
        pytest.param(ON, None, 2 * MINUTE, ("failed", "no_report"), id="connected for a minute, no report -> failed"),
        pytest.param(ON, REPORT, MINUTE, ("connected", None), id="connected and reported -> connected"),
        pytest.param(None, REPORT, MINUTE, ("connected", None), id="reported, nothing from the broker -> connected"),
        pytest.param(OFF, REPORT, 4 * MINUTE - SECOND, ("connecting", None), id="lost a moment ago -> connecting"),
        pytest.param(OFF, REPORT, 4 * MINUTE, ("failed", "connection_lost"), id="lost for 3 minutes -> failed"),
    ],
)
def test_progress(
    connection: Connection | None, report: ChargerState | None, after: timedelta, expected: tuple[str, str | None]
) -> None:
    """The steps that the person beside the charger waits through."""
    found = decide_progress(CLAIMED, connection, report, CLAIMED + after)
    assert (found.state, found.reason) == expected


def test_a_wifi_that_failed_is_told_by_way_of_4g() -> None:
    """The charger got through all the same, and says why the Wi-Fi did not work."""
    failure = NetworkFailure(kind="wifi", reason="wrong_password", at=CLAIMED)
    report = msgspec.structs.replace(REPORT, network="4g", signal_dbm=-108, network_failure=failure)
    found = decide_progress(CLAIMED, ON, report, CLAIMED + MINUTE)
    assert (found.state, found.kind, found.signal, found.failure) == ("connected", "4g", "weak", failure)


@pytest.mark.parametrize(
    ("kind", "signal_dbm", "signal"),
    [
        ("wifi", -67, "good"),
        ("wifi", -68, "fair"),
        ("wifi", -76, "weak"),
        ("4g", -95, "good"),
        ("4g", -96, "fair"),
        ("4g", -106, "weak"),
        ("UNKNOWN", -50, None),
    ],
)
def test_signal(kind: str, signal_dbm: int, signal: str | None) -> None:
    """Wi-Fi needs more than 4G; of what is not known nothing is said."""
    assert signal_of(kind, signal_dbm) == signal
