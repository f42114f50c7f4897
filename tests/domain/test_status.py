"""The eight states, as a table: what the charger says, what we know besides, what people see."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.domain.calendar import HOUR, Stretch
from chalicelib.domain.charger_states import ChargerState, EvseState
from chalicelib.domain.status import TEXTS, StatusCode, decide_status

NOW = datetime(2026, 2, 10, 20, tzinfo=UTC)
RUNS = (Stretch(NOW + 2 * HOUR, NOW + 3 * HOUR), Stretch(NOW + 3 * HOUR, NOW + 4 * HOUR))


def state(**changes: Any) -> ChargerState:
    """A car that was plugged in an hour ago and waits for its plan's first run."""
    usual = ChargerState(
        version=1,
        reported_at=NOW,
        evse_state=EvseState.CONNECTED,
        plug_seq=1,
        plugged_at=NOW - HOUR,
        offered_a=0,
        drawn_a=(0, 0, 0),
        reason="plan_pause",
        car_full=False,
        faults=(),
        network="wifi",
        signal_dbm=-60,
        firmware="1",
        protocol=1,
        register_wh=0,
    )
    return msgspec.structs.replace(usual, **changes)


NO_CAR = state(evse_state=EvseState.NO_CAR, plugged_at=None, reason="no_car")
DRAWING = {"evse_state": EvseState.CHARGING, "offered_a": 32, "drawn_a": (32, 32, 0), "reason": "plan"}
JUST_NOW = {"plugged_at": NOW - timedelta(seconds=59)}
DAY_LONG = {"plugged_at": NOW - 24 * HOUR}

TABLE = {
    "never heard of -> offline": (None, "offline", "never_connected"),
    "no car -> ready": (NO_CAR, "ready", "no_car"),
    "fault code -> fault": (state(faults=("welded_contactor", "rcd")), "fault", "welded_contactor"),
    "EVSE state F -> fault": (state(evse_state=EvseState.FAULT), "fault", "evse_state_f"),
    "fault without a car -> fault": (msgspec.structs.replace(NO_CAR, faults=("rcd",)), "fault", "rcd"),
    "energy flows -> charging": (state(**DRAWING), "charging", "plan"),
    "energy flows in mode full -> charging": (state(**DRAWING | {"reason": "full_mode"}), "charging", "full_mode"),
    "full -> finished": (state(car_full=True, reason="car_full", offered_a=32), "finished", "car_full"),
    "full in a pause -> finished": (state(car_full=True), "finished", "car_full"),
    "offered, not drawn -> car paused": (state(offered_a=16, reason="plan"), "car_paused", "car_paused"),
    "offered just now -> preparing": (state(offered_a=16, reason="plan", **JUST_NOW), "preparing", "starting"),
    "plan not there yet -> preparing": (state(reason="awaiting_plan", **JUST_NOW), "preparing", "starting"),
    "still no plan -> waiting": (state(reason="awaiting_plan"), "waiting", "plan_pending"),
    "plan pauses -> waiting for the price": (state(), "waiting", "price"),
    "plan pauses just after plug-in -> waiting": (state(**JUST_NOW), "waiting", "price"),
    "plan is over -> waiting": (state(reason="plan_ended"), "waiting", "need_met"),
    "no plan, before the night -> waiting": (state(reason="night_pause"), "waiting", "default_night"),
    "limited to nothing -> waiting": (state(reason="limit"), "waiting", "load_balancing"),
    "no limit any more -> waiting": (state(reason="fallback"), "waiting", "load_balancing"),
    "stopped -> waiting": (state(reason="stopped"), "waiting", "stopped"),
    "disabled -> waiting": (state(reason="disabled"), "waiting", "disabled"),
    "disabled just after plug-in -> waiting": (state(reason="disabled", **JUST_NOW), "waiting", "disabled"),
    "a reason of a newer charger -> as it is": (state(reason="solar_only"), "waiting", "solar_only"),
    "EVSE state unknown, drawing -> charging": (
        state(**DRAWING | {"evse_state": EvseState.UNKNOWN}),
        "charging",
        "plan",
    ),
}


@pytest.mark.parametrize(("reported", "code", "reason"), TABLE.values(), ids=TABLE.keys())
def test_the_status_is_what_the_table_says(reported: ChargerState | None, code: str, reason: str) -> None:
    """One row for each thing a charger can be in."""
    found = decide_status(reported, RUNS, NOW, is_connected=True, is_disabled=False)
    assert (found.code, found.reason) == (code, reason)


@pytest.mark.parametrize("reported", [row[0] for row in TABLE.values() if row[0]], ids=list(TABLE)[1:])
def test_without_a_connection_every_state_is_offline(reported: ChargerState) -> None:
    """What was reported last may not be true any more."""
    found = decide_status(reported, RUNS, NOW, is_connected=False, is_disabled=False)
    assert (found.code, found.reason) == (StatusCode.OFFLINE, "no_connection")


def test_a_disabled_charger_without_a_car_says_so() -> None:
    """It is ready in state, but nobody can charge."""
    found = decide_status(NO_CAR, (), NOW, is_connected=True, is_disabled=True)
    assert (found.code, found.reason) == (StatusCode.READY, "disabled")


def test_a_pause_for_the_price_ends_when_the_next_run_starts() -> None:
    """The app can say: starts at 22:00."""
    assert decide_status(state(), RUNS, NOW, is_connected=True, is_disabled=False).until == RUNS[0].start


def test_charging_ends_with_the_last_of_the_runs_that_touch() -> None:
    """Two steps with different currents are one run."""
    found = decide_status(state(**DRAWING), RUNS, NOW + 2 * HOUR, is_connected=True, is_disabled=False)
    assert found.until == RUNS[1].end


def test_nobody_knows_how_long_a_car_pauses() -> None:
    """Only what we decide has a time."""
    found = decide_status(state(offered_a=16, **DAY_LONG), RUNS, NOW, is_connected=True, is_disabled=False)
    assert (found.code, found.until) == (StatusCode.CAR_PAUSED, None)


def test_every_state_has_its_words_in_both_languages() -> None:
    """The manual's texts, and English ones."""
    assert set(TEXTS) == set(StatusCode)
    assert all(text.no and text.en for text in TEXTS.values())
