"""When a report tells of somebody who has no right."""

from datetime import UTC, datetime

import msgspec
import pytest

from chalicelib.domain.charger_states import Attempt, ChargerState, EvseState
from chalicelib.domain.strangers import new_attempt

NO_ATTEMPT = ChargerState(
    version=10,
    reported_at=datetime(2026, 2, 10, 14, tzinfo=UTC),
    evse_state=EvseState.CONNECTED,
    plug_seq=4,
    plugged_at=datetime(2026, 2, 10, 14, tzinfo=UTC),
    offered_a=0,
    drawn_a=(0, 0, 0),
    reason="locked",
    car_full=False,
    faults=(),
    network="wifi",
    signal_dbm=-60,
    firmware="1",
    protocol=1,
    register_wh=0,
)


def state(version: int, seq: int | None) -> ChargerState:
    tried = None if seq is None else Attempt(seq=seq, plug_seq=4, reason="no_ticket")
    return msgspec.structs.replace(NO_ATTEMPT, version=version, attempt=tried)


CASES = {
    "the first that is known of the charger": (None, state(10, 1), False),
    "none": (state(10, None), state(11, None), False),
    "a first attempt": (state(10, None), state(11, 1), True),
    "told already": (state(10, 1), state(11, 1), False),
    "the next one": (state(10, 1), state(11, 2), True),
    "the same report again": (state(11, 2), state(11, 2), True),
    "an older report that comes late": (state(12, 2), state(11, 2), False),
    "after a power cut nothing is told": (state(10, 1), state(11, None), False),
    "the next one after a power cut": (state(10, None), state(11, 2), True),
}


@pytest.mark.parametrize(("before", "after", "is_told"), CASES.values(), ids=list(CASES))
def test_an_attempt_is_told_once(before: ChargerState | None, after: ChargerState, *, is_told: bool) -> None:
    """By its number; only the same report tells it again, because its event may have been lost."""
    assert (new_attempt(before, after) is not None) is is_told
