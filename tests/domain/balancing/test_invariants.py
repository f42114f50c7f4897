"""I1 to I10: what holds whatever meter, links, clocks, houses and restarts do (I10: the simulation's own tests)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.balancing import RULES, Rules, Supply
from chalicelib.domain.balancing.model import Lines
from chalicelib.domain.ids import ChargerId
from tests.domain.balancing.home import A, Home, a_charger
from tests.domain.balancing.site_machine import Site

TestSite = Site.TestCase
TestSite.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)

quiet_house = st.tuples(*[st.floats(0, 12)] * 3)


def settles(house: Lines, fuse_a: int, rules: Rules = RULES) -> None:
    """With a constant house (the last digit flickers) the limit settles within five minutes and then never changes."""
    home = Home(a_charger(), supply=Supply(main_fuse_a=fuse_a, grid_type="TN"), rules=rules)
    limits = home.live(1800, house)
    assert len(set(limits[30:])) == 1


def charges(before: list[Lines], house: Lines, phases: int, rules: Rules = RULES) -> None:
    """Room of 7 A for ten minutes ends every pause, whatever was before."""
    wiring: dict[ChargerId, tuple[int, ...]] = {A: (0, 1, 2) if phases == 3 else (1,)}
    supply = Supply(main_fuse_a=25, grid_type="TN")
    home = Home(a_charger(phases=phases), supply=supply, wiring=wiring, rules=rules)
    for one in before:
        home.live(120, one)
    assert home.live(600, house)[-1] >= 6


any_house = st.tuples(*[st.floats(0, 30)] * 3)
roomy_house = st.tuples(*[st.floats(0, 16.4)] * 3)
fuses = st.sampled_from([20, 25, 40])


@settings(max_examples=40, deadline=None)
@given(house=quiet_house, fuse_a=fuses)
def test_i8_a_steady_house_is_left_in_peace(house: Lines, fuse_a: int) -> None:
    """I8, for any house that leaves room."""
    settles(house, fuse_a)


@settings(max_examples=40, deadline=None)
@given(before=st.lists(any_house, min_size=1, max_size=6), house=roomy_house, phases=st.sampled_from([1, 3]))
def test_i9_room_for_ten_minutes_means_charging(before: list[Lines], house: Lines, phases: int) -> None:
    """I9, for any house before."""
    charges(before, house, phases)
