"""Who gets how much under the main fuse, against numbers worked out by hand."""

import pytest

from chalicelib.domain.balancing import Supply, urgency_of
from chalicelib.domain.balancing.model import RULES, Lines, Loads, MaybeLines
from chalicelib.domain.balancing.sharing import Ask, cap_of, room_of, shares_of
from tests.domain.balancing.home import IT25, TN25

ALL: Loads = (True, True, True)
L1: Loads = (True, False, False)
L12: Loads = (True, True, False)
L13: Loads = (True, False, True)
TN63 = Supply(main_fuse_a=63, grid_type="TN")
ONE = Supply(main_fuse_a=25, grid_type="IT", phases=1)


@pytest.mark.parametrize(("fuse_a", "cap_a"), [(16, 15.0), (25, 24.0), (40, 38.4), (63, 60.48)])
def test_the_margin_is_an_ampere_or_four_percent(fuse_a: int, cap_a: float) -> None:
    """1 A up to 25 A, above it 4 % of the main fuse."""
    assert cap_of(Supply(main_fuse_a=fuse_a, grid_type="TN"), RULES) == pytest.approx(cap_a)


# id: what it is; meter's lines; lines of each charger (None: unknown); draws; wants; limits
SHARES = [
    pytest.param(TN25, (5.0, 9.0, 2.0), [ALL], [0], [32], [15], id="fullest-line-decides-24-9=15"),
    pytest.param(TN25, (5.0, 9.0, 2.0), [L1], [0], [32], [19], id="one-phase-car-has-its-own-line-24-5=19"),
    pytest.param(TN25, (5.0, 9.0, 2.0), [None], [0], [32], [15], id="unknown-line-is-the-fullest-15"),
    pytest.param(TN25, (15.0, 19.0, 12.0), [ALL], [10], [32], [15], id="own-10-A-are-taken-off-24-9=15"),
    pytest.param(TN25, (5.0, 9.4, 2.0), [ALL], [0], [32], [14], id="whole-amperes-14.6-is-14"),
    pytest.param(TN25, (5.0, 18.0, 2.0), [ALL], [0], [32], [6], id="six-is-the-least"),
    pytest.param(TN25, (5.0, 18.1, 2.0), [ALL], [0], [32], [0], id="under-six-is-a-pause"),
    pytest.param(TN25, (5.0, 9.0, 2.0), [ALL, ALL], [0, 0], [32, 32], [8, 7], id="two-share-15-as-8-and-7"),
    pytest.param(TN25, (5.0, 15.0, 2.0), [ALL, ALL], [0, 0], [32, 32], [9, 0], id="9-is-too-little-for-two"),
    pytest.param(
        TN25, (5.0, 0.0, 0.0), [L1, ALL], [0, 0], [8, 32], [8, 11], id="what-one-cannot-use-goes-to-the-other"
    ),
    pytest.param(IT25, (5.0, 9.0, 2.0), [L13], [0], [32], [19], id="IT-one-phase-loads-two-lines-24-5"),
    pytest.param(IT25, (5.0, 9.0, 2.0), [L12], [0], [32], [15], id="IT-one-phase-on-the-full-line-24-9"),
    pytest.param(IT25, (5.0, None, 7.0), [L12], [0], [32], [12], id="IT-line-2-is-at-most-5+7-so-24-12"),
    pytest.param(IT25, (15.0, None, 7.0), [L12], [10], [32], [12], id="IT-own-10-A-off-line-1-first-12"),
    pytest.param(IT25, (5.0, None, 7.0), [ALL], [0], [32], [12], id="IT-three-phase-and-no-line-2"),
    pytest.param(IT25, (5.0, None, 7.0), [L13], [0], [32], [17], id="IT-not-on-line-2-so-24-7"),
    pytest.param(IT25, (5.0, None, 7.0), [None], [0], [32], [12], id="IT-unknown-lines-worst-of-all-pairs"),
    pytest.param(TN63, (30.0, 20.0, 10.0), [ALL], [0], [32], [30], id="63-A-60.48-30=30"),
    pytest.param(ONE, (9.0, None, None), [L1], [0], [32], [15], id="one-phase-house-has-one-line"),
    pytest.param(TN25, (8.0, 8.0, 8.0), [ALL], [16], [16], [16], id="less-than-own-draw-all-counts-as-the-house's-16"),
    pytest.param(TN25, (12.0, 8.0, 8.0), [ALL], [16], [16], [12], id="less-than-own-draw-on-line-1-24-12"),
    pytest.param(TN25, (30.0, 3.0, 3.0), [L1], [16], [16], [10], id="overload-lowers-at-once-24-14=10"),
    pytest.param(TN25, (30.0, 12.0, 3.0), [None], [16], [16], [10], id="overload-of-an-unknown-line-too"),
    pytest.param(TN25, (30.0, 30.0, 30.0), [ALL], [0], [16], [0], id="an-overload-of-the-house-alone-is-a-pause"),
]


@pytest.mark.parametrize(("supply", "lines", "loads", "drawn", "wanted", "limits"), SHARES)
def test_each_gets_what_every_line_allows(
    supply: Supply,
    lines: MaybeLines,
    loads: list[Loads | None],
    drawn: list[float],
    wanted: list[int],
    limits: list[int],
) -> None:
    """Main fuse less margin less house, on each conductor that is or may be loaded; shared evenly."""
    room = room_of(lines, loads, drawn, supply, RULES)
    asks = [Ask(i, needed_a=0, wanted_a=a, max_a=a) for i, a in enumerate(wanted)]
    assert shares_of(room, asks, [0.0] * len(asks)) == limits


@pytest.mark.parametrize(
    ("needs", "limits"),
    [
        pytest.param([0, 0], [9, 9], id="nobody-is-late"),
        pytest.param([12, 0], [12, 6], id="the-late-one-gets-what-it-needs"),
        pytest.param([32, 0], [12, 6], id="the-other-keeps-its-minimum"),
        pytest.param([10, 8], [10, 8], id="both-needs-fit"),
        pytest.param([10, 12], [10, 8], id="the-nearest-to-missing-first"),
    ],
)
def test_those_nearest_to_missing_their_time_come_first(needs: list[int], limits: list[int]) -> None:
    """18 A for two: first 6 A each, then what each needs to be ready, the most urgent first, then evenly."""
    room = room_of((6.0, 6.0, 6.0), [ALL, ALL], [0, 0], TN25, RULES)
    asks = [Ask(i, needed_a=need_a, wanted_a=16, max_a=16) for i, need_a in enumerate(needs)]
    assert shares_of(room, asks, [0.0, 0.0]) == limits


def test_what_another_may_still_use_is_not_given_away() -> None:
    """A charger out of contact counts with what its last lease allows."""
    room = room_of((4.0, 4.0, 4.0), [ALL, ALL], [0, 0], TN25, RULES)
    assert shares_of(room, [Ask(0, needed_a=0, wanted_a=16, max_a=16)], [0.0, 12.0])[0] == 8


@pytest.mark.parametrize(
    ("need_wh", "left_s", "needed_a", "slack_s"),
    [
        (0, 3600.0, 0, 3600.0),
        (3680, 7200.0, 8, 3600.0),  # 3.68 kWh at 3.68 kW take an hour of two
        (7360, 3600.0, 16, -3600.0),
        (100, -5.0, 16, -102.8),
    ],
)
def test_urgency_is_what_a_car_must_have_from_now_on(
    need_wh: float, left_s: float, needed_a: int, slack_s: float
) -> None:
    """Whole amperes, never above the most; the slack is negative when even that is too little."""
    urgency = urgency_of(need_wh, left_s, 16, 230.0)
    assert urgency.needed_a == needed_a
    assert urgency.slack_s == pytest.approx(slack_s, abs=0.1)


def test_no_guess_about_unknown_lines_overloads_a_line() -> None:
    """Wherever two one-phase cars of unknown lines really are, no line of the house gets above its cap."""
    lines: Lines = (20.0, 14.0, 12.0)
    room = room_of(lines, [None, None], [8.0, 6.0], TN25, RULES)
    limits = shares_of(room, [Ask(i, needed_a=0, wanted_a=32, max_a=32) for i in (0, 1)], [0.0, 0.0])
    for one in range(3):
        for two in range(3):
            after = list(lines)
            after[one] += limits[0] - 8.0
            after[two] += limits[1] - 6.0
            assert max(after) <= 24.0
