"""How often a meter reader is asked to speak."""

import msgspec
import pytest

from chalicelib.domain.balancing import BalancedCharger, BalancingState, Supply
from chalicelib.domain.balancing.model import MaybeLines
from chalicelib.domain.meter_readers import AT_REST, CONNECTED_S, FAST_S, IDLE_S, SiteLoad, heartbeat_s
from tests.domain.balancing.home import a_charger

IT25 = Supply(main_fuse_a=25, grid_type="IT")
WAITING = msgspec.structs.replace(a_charger(), wanted_a=0)


def rhythm_s(*chargers: BalancedCharger, lines: MaybeLines = (4.0, None, 3.0)) -> int:
    """What the answer to a post says."""
    load = SiteLoad(version=1, balancing=BalancingState(boot_epoch=1), currents_a=lines)
    return heartbeat_s(load, chargers, IT25)


def test_it_speaks_fast_while_a_car_charges_and_slowly_else() -> None:
    """A charger that wants current, a car that draws, a line near its fuse; then one that waits, and no car."""
    drawing = msgspec.structs.replace(WAITING, drawn_a=(6.0, 0.0, 0.0))
    fast = [rhythm_s(a_charger()), rhythm_s(drawing), rhythm_s(lines=(20.0, None, 3.0))]
    assert fast == [FAST_S] * 3
    assert (rhythm_s(WAITING), rhythm_s()) == (CONNECTED_S, IDLE_S)


@pytest.mark.parametrize(("starts_in_s", "rhythm"), [(4.0, FAST_S), (95.7, 95), (CONNECTED_S + 20.0, CONNECTED_S)])
def test_it_speaks_when_a_plan_begins(starts_in_s: float, rhythm: int) -> None:
    """The car then gets its current at once, however slowly the reader spoke before."""
    planned = msgspec.structs.replace(WAITING, starts_in_s=starts_in_s)
    assert rhythm_s(WAITING, planned) == rhythm


def test_what_is_not_stored_at_rest_is_younger_than_the_slowest_rhythm() -> None:
    """Each post of a reader by HTTPS counts for the house's mean; of one by MQTT one in some does."""
    assert FAST_S < AT_REST.quiet_s < min(IDLE_S, CONNECTED_S)
