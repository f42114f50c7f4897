"""What all chargers together look like."""

from datetime import UTC, datetime, timedelta

from chalicelib.domain.charger_states import ChargerState, EvseState
from chalicelib.domain.claims import Unit, UnitState
from chalicelib.domain.connections import Connection
from chalicelib.domain.fleet import FleetReport, survey
from chalicelib.domain.ids import ChargerId, Serial

NOW = datetime(2026, 2, 10, 12, 0, tzinfo=UTC)


def unit(number: int, state: UnitState = UnitState.CLAIMED) -> Unit:
    charger_id = None if state is UnitState.UNCLAIMED else ChargerId(f"charger_{number}")
    return Unit(
        serial=Serial(f"ZC-0000000{number}"),
        public_key_pem="",
        fingerprint="",
        model="m1",
        state=state,
        charger_id=charger_id,
    )


def heard(hours_ago: float, *, is_connected: bool = False) -> Connection:
    return Connection(is_connected=is_connected, at=NOW - timedelta(hours=hours_ago), reason="lost")


def state(*faults: str) -> ChargerState:
    return ChargerState(
        version=1,
        reported_at=NOW - timedelta(hours=3),
        evse_state=EvseState.NO_CAR,
        plug_seq=1,
        plugged_at=None,
        offered_a=0,
        drawn_a=(0.0, 0.0, 0.0),
        reason="fault" if faults else "no_car",
        car_full=False,
        faults=faults,
        network="wifi",
        signal_dbm=-60,
        firmware="1.4.0",
        protocol=1,
        register_wh=0,
    )


def report(most: int = 20) -> FleetReport:
    """One online with a fault, one away for two hours, one for ten minutes, one blocked, one never sold."""
    units = [unit(1), unit(2), unit(3), unit(4, UnitState.BLOCKED), unit(5, UnitState.UNCLAIMED)]
    connections = {
        units[0].serial: heard(9, is_connected=True),
        units[1].serial: heard(2),
        units[2].serial: heard(1 / 6),
    }
    states = {ChargerId("charger_1"): state("ground_fault"), ChargerId("charger_2"): state()}
    return survey(units, connections, states, NOW, offline_for=timedelta(hours=1), most=most)


def test_chargers_are_counted_by_what_they_are_and_do() -> None:
    """Each in every table once; who owns none is in no connection."""
    found = report()
    assert found.chargers == 5
    assert found.registry == {"claimed": 3, "blocked": 1, "unclaimed": 1}
    assert found.connection == {"offline": 2, "online": 1}
    assert (found.firmware, found.faults) == ({"1.4.0": 2}, {"ground_fault": 1})


def test_who_needs_somebody_is_named_and_a_short_absence_is_nothing() -> None:
    """A fault, the one that is away for longer than was said, the blocked one."""
    assert [(one.serial, one.kind, one.detail) for one in report().troubles] == [
        ("ZC-00000001", "fault", "ground_fault"),
        ("ZC-00000002", "offline", "lost"),
        ("ZC-00000004", "blocked", ""),
    ]
    assert report(most=0).troubles == ()
