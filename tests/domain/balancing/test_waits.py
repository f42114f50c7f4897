"""Down at once, up slowly, and rarely from a pause: the limits over time."""

from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest

from chalicelib.domain.balancing import RULES, BalancingState, is_quiet
from chalicelib.domain.balancing.model import MaybeLines
from chalicelib.domain.ids import ChargerId
from tests.domain.balancing.home import A, B, Home, a_charger, drawing

CALM = (4.0, 4.0, 4.0)
BUSY = (20.0, 4.0, 4.0)


def settled(home: Home) -> Home:
    """The home after five calm minutes."""
    home.live(300, CALM)
    return home


def test_a_car_starts_with_six_amperes_on_the_first_sample() -> None:
    """After a plug-in it stays at its fallback until a fresh sample has come; that gives it the least."""
    home = Home(a_charger())
    assert home.hear(None).orders == ()
    assert home.one(CALM) == 6


def test_the_limit_rises_after_two_minutes_by_two_amperes_in_ten_seconds() -> None:
    """120 s of room, then 2 A at a time up to the charger's most."""
    limits = Home(a_charger()).live(200, CALM)
    assert limits[:12] == [6] * 12
    assert [limits[i + 1] - limits[i] for i in range(11, 14)] == [2] * 3
    assert limits[-1] == 16


def test_the_limit_falls_at_once_to_what_is_left() -> None:
    """One sample is enough: 24 A less 14 A."""
    home = settled(Home(a_charger()))
    assert home.one((14.0, 4.0, 4.0)) in {9, 10}


def test_room_must_last_without_a_break() -> None:
    """A moment without room begins the 120 s again."""
    home = Home(a_charger())
    home.live(100, CALM)
    home.live(10, (17.5, 4.0, 4.0))
    assert set(home.live(120, CALM)) == {6}
    assert home.live(20, CALM)[-1] > 6


def test_a_pause_lasts_five_minutes() -> None:
    """Under 6 A it pauses; it restarts after 300 s, when there has been room for 120 s of them."""
    home = settled(Home(a_charger()))
    assert home.one(BUSY) == 0
    limits = home.live(400, CALM)
    assert limits[:29] == [0] * 29
    assert limits[29] == 6


def test_at_most_six_restarts_an_hour() -> None:
    """A house that leaves room for five minutes at a time starts the car six times in an hour, then says why."""
    home = settled(Home(a_charger()))
    starts, before_a = 0, 16
    for _ in range(9):
        for limit_a in (*home.live(20, BUSY), *home.live(310, CALM)):
            starts += before_a == 0 and limit_a > 0
            before_a = limit_a
    assert starts == 6
    assert home.reason() == "restarts"


@pytest.mark.parametrize("gap_s", [31.0, 90.0, 3600.0])
def test_silence_begins_every_wait_again(gap_s: float) -> None:
    """Room that nobody has seen is no room."""
    home = Home(a_charger())
    home.live(110, CALM)
    home.hear(None, after_s=gap_s)
    assert set(home.live(120, CALM)) == {6}


def test_silence_renews_nothing() -> None:
    """Without a sample there is no order, so the lease ends and the charger goes to its fallback."""
    home = settled(Home(a_charger()))
    assert [home.hear(None).orders for _ in range(12)] == [()] * 12
    assert home.limit_a() == 6


def test_a_lease_is_renewed_with_every_second_sample_of_ten_seconds() -> None:
    """A limit that stays is sent again, with the next number, for another minute."""
    home = settled(Home(a_charger()))
    orders = [home.hear(home.lines(CALM)).orders for _ in range(6)]
    sent = [order for some in orders for order in some]
    assert [len(some) for some in orders].count(1) == 3
    assert {(order.limit_a, order.ttl_s) for order in sent} == {(16, 60)}
    assert [later.seq - earlier.seq for earlier, later in pairwise(sent)] == [1] * 2


def test_a_charger_whose_lease_ends_soon_is_answered_once_with_the_next_sample() -> None:
    """It has missed what was sent; what it says again in the same report is no news."""
    home = settled(Home(a_charger()))
    while home.hear(home.lines(CALM)).orders:
        pass
    home.hear(home.lines(CALM))  # renewed: the next sample would say nothing
    home.change(A, asked_at=home.now)
    assert [order.limit_a for order in home.hear(home.lines(CALM)).orders] == [16]
    assert home.hear(home.lines(CALM)).orders == ()


def test_nothing_again_is_not_told_to_one_that_wants_nothing() -> None:
    """A planned pause needs no lease: when it ends, the charger still wants nothing."""
    home = Home(a_charger(wanted_a=0))
    assert [len(home.hear(home.lines(CALM)).orders) for _ in range(6)] == [1, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(("gap_s", "more"), [(180.0, 12), (400.0, 30)], ids=["slow rhythm", "long silence"])
def test_a_pause_goes_on_while_the_meter_speaks_slowly(gap_s: float, more: int) -> None:
    """Time passes between two samples of its slow rhythm; room must still be seen for 120 s, and silence is no time."""
    home = settled(Home(a_charger()))
    home.one(BUSY)
    home.hear(home.lines(CALM), after_s=gap_s)
    limits = home.live(400, CALM)
    assert limits.index(6) in {more - 1, more, more + 1}


def test_hours_of_rest_wear_off_the_restarts() -> None:
    """A car that was restarted often in the evening is not kept waiting at night for that, when its plan begins."""
    home = settled(Home(a_charger()))
    for _ in range(8):
        home.live(20, BUSY)
        home.live(700, CALM)
    home.live(20, BUSY)
    home.change(A, wanted_a=0)
    for _ in range(7 * 20):
        home.hear(home.lines(CALM), after_s=180.0)
    home.change(A, wanted_a=16)
    assert home.one(CALM) == 0  # the room that it needs was not seen yet
    assert home.live(120, CALM)[-1] == 6


def test_a_sample_that_changes_nothing_may_be_forgotten_but_not_two_in_a_row() -> None:
    """What is remembered is then as old as if a sample had been lost, which begins no wait again."""
    home = settled(Home(a_charger()))
    quiet = []
    for number in range(8):
        before = home.state
        decision = home.hear(home.lines((4.0 + number % 5 / 10, 4.0, 4.0)))
        quiet.append(is_quiet(before, decision, RULES))
        home.state = before if quiet[-1] else decision.state
    assert quiet in ([True, False] * 4, [False, True] * 4)
    assert home.state.elapsed_s - home.state.good_s <= RULES.stale_s


@pytest.mark.parametrize("lines", [(18.0, 20.0, 20.0), (None, 20.0, 20.0), (-1.0, 0.0, 0.0)])
def test_what_changes_something_is_never_forgotten(lines: MaybeLines) -> None:
    """Not a house that leaves less, and not a doubt."""
    home = settled(Home(a_charger()))
    while home.hear(home.lines(CALM)).orders:
        pass
    before = home.state
    assert not is_quiet(before, home.hear((26.0, 20.0, 20.0) if lines[0] == 18.0 else lines), RULES)


def test_a_lowering_is_repeated_until_the_charger_confirms_it() -> None:
    """A lost message costs one sample, not two."""
    home = settled(Home(a_charger()))
    home.one((14.0, 4.0, 4.0))
    home.chargers[A] = drawing(home.chargers[A], 16, 3)  # it did not hear
    assert home.hear((30.0, 20.0, 20.0)).orders
    home.chargers[A] = drawing(home.chargers[A], 16, 3)
    assert home.hear((30.1, 20.0, 20.0)).orders


def test_a_charger_that_fell_back_climbs_again_from_its_fallback() -> None:
    """After a reboot or a lost connection the old limit is not handed out again in one step."""
    home = settled(Home(a_charger()))
    home.chargers[A] = msgspec.structs.replace(drawing(home.chargers[A], 6, 3), at_fallback=True)
    assert home.one(CALM) == 6


def test_a_cloud_without_memory_begins_at_the_least() -> None:
    """Lost state gives a new boot epoch and no more than 6 A, whatever was before."""
    home = settled(Home(a_charger()))
    home.state = BalancingState(boot_epoch=2)
    home.one(CALM)
    assert [(order.boot_epoch, order.limit_a) for order in home.orders] == [(2, 6)]


@pytest.mark.parametrize("jump_s", [-3600.0, 3600.0, 86400.0 * 365, -86400.0 * 365 * 20])
def test_a_jump_of_the_clouds_clock_raises_nothing(jump_s: float) -> None:
    """Neither the waits nor the hour of restarts are over because a clock says so."""
    home = settled(Home(a_charger()))
    home.one(BUSY)
    home.now += timedelta(seconds=jump_s)
    assert set(home.live(290, CALM)) == {0}


def test_a_second_car_takes_its_share_at_once() -> None:
    """The first is lowered by the sample that knows of the second."""
    home = settled(Home(a_charger()))
    home.chargers[B], home.wiring[B] = a_charger(B), (0, 1, 2)
    home.one(CALM)
    assert home.limit_a() == 10
    home.live(600, CALM)
    assert (home.limit_a(), home.limit_a(B)) in {(10, 9), (9, 10), (9, 9)}


def test_what_one_gives_up_goes_to_the_other_only_when_its_lease_has_surely_ended() -> None:
    """A lowering may be lost: 65 s pass before another charger gets what it has freed."""
    home = Home(a_charger(), a_charger(B))
    home.live(900, CALM)
    home.change(B, wanted_a=0)
    assert max(home.live(60, CALM)) <= 10


def test_a_charger_out_of_contact_counts_with_its_lease_and_then_with_its_fallback() -> None:
    """The other gets no more until 65 s have passed, and never the 6 A that the lost one may take."""
    home = Home(a_charger(), a_charger(B))
    home.live(900, CALM)
    home.change(B, is_connected=False, offered_a=6, drawn_a=(6.0, 6.0, 6.0))
    assert max(home.live(900, CALM)) <= 24 - 4 - 6


def test_a_charger_that_wants_nothing_is_held_at_nothing() -> None:
    """A planned pause is no pause of ours: it starts again with the next sample after it wants."""
    home = settled(Home(a_charger()))
    home.change(A, wanted_a=0)
    assert home.one(CALM) == 0
    assert home.reason() == "not_wanted"
    home.change(A, wanted_a=16)
    assert home.one(CALM) == 6


@pytest.mark.parametrize("calm_s", [310.0, 910.0])
def test_at_most_thirty_restarts_in_sixteen_hours(calm_s: float) -> None:
    """A house that takes the current again and again: after eight in six hours it starts every 40 minutes only."""
    home = settled(Home(a_charger()))
    limits: list[int] = []
    while len(limits) < 16 * 360:
        limits += [*home.live(20, BUSY), *home.live(calm_s, CALM)]
    starts = [i for i, (before_a, after_a) in enumerate(pairwise(limits)) if not before_a and after_a]
    assert 20 <= len(starts) <= 30
    assert max(later - earlier for earlier, later in pairwise(starts)) <= 360


def test_after_a_pause_the_limit_rises_as_soon_as_there_was_room_for_two_minutes() -> None:
    """The room of the pause counts: what nobody took for 300 s need not be watched for another 120 s."""
    home = settled(Home(a_charger()))
    home.one(BUSY)
    limits = home.live(400, CALM)
    assert limits[29:32] == [6, 8, 10]


def test_a_charger_that_is_lost_does_not_take_the_current_of_another() -> None:
    """Its last report says 12 A, the meter shows that they are gone: that is no sign of a wrong line."""
    home = Home(a_charger(), a_charger(B))
    home.live(900, CALM)
    home.change(B, is_connected=False)
    report = home.chargers[B]
    for tick in range(30):
        own_a = max(home.chargers[A].drawn_a)
        home.hear((4.0 + own_a, 4.0 + own_a, 4.1 + own_a + tick % 2 / 10))
        home.chargers[B] = report
        assert home.limit_a() >= 9


def test_a_report_that_is_late_is_no_second_pause() -> None:
    """It has its lease again, but its report says `fallback` for another minute: it is neither paused nor raised."""
    home = settled(Home(a_charger(fallback_a=0)))
    fallen = msgspec.structs.replace(drawing(home.chargers[A], 0, 3), at_fallback=True)
    limits = []
    for _ in range(46):
        home.chargers[A] = fallen
        limits.append(home.one(CALM))
    assert limits == [0] * 30 + [6] * 16
    home.change(A, at_fallback=False)
    assert home.live(20, CALM)[-1] > 6


def test_the_pause_of_a_lost_charger_begins_when_its_lease_has_ended() -> None:
    """While it is out of contact its five minutes pass: it starts as soon as it is back."""
    home = settled(Home(a_charger(fallback_a=0)))
    home.change(A, is_connected=False)
    lost = home.chargers[A]
    for _ in range(40):
        home.hear(home.lines(CALM))
        home.chargers[A] = msgspec.structs.replace(lost, drawn_a=(0.0, 0.0, 0.0))
    assert home.limit_a() == 0
    home.chargers[A] = msgspec.structs.replace(drawing(lost, 0, 3), is_connected=True, at_fallback=True)
    assert home.one(CALM) == 6


def test_a_new_plug_in_does_not_give_six_more_restarts() -> None:
    """Pulling the plug clears the session, not the hour."""
    home = settled(Home(a_charger()))
    for _ in range(7):
        home.live(20, BUSY)
        home.live(310, CALM)
    home.change(A, plug_seq=2, offered_a=0, drawn_a=(0.0, 0.0, 0.0))
    assert home.one(CALM) == 6
    home.one(BUSY)
    assert set(home.live(310, CALM)) == {0}


def test_the_state_is_small() -> None:
    """It is stored for every sample: under 4 kB for four chargers."""
    chargers = [a_charger(ChargerId(name)) for name in "abcd"]
    home = Home(*chargers)
    home.live(900, CALM)
    assert len(msgspec.json.encode(home.state)) < 4096
    assert msgspec.json.decode(msgspec.json.encode(home.state), type=BalancingState) == home.state
