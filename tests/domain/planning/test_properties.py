"""What holds for every plan of one charger, whatever the problem."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.planning.layout import Span, lay_out
from chalicelib.domain.planning.pieces import Car, Piece, Stretch, cut_pieces
from chalicelib.domain.planning.planner import pieces_alone, site_of
from chalicelib.domain.planning.single import plan_energies
from chalicelib.domain.planning.track import track_of
from tests.domain.planning.problems import chance_of, random_pieces, random_slots, random_stretches

Planned = tuple[list[Piece], Car, list[float], list[Span]]

SEEDS = st.integers(0, 2**32)


def planned(seed: int) -> Planned:
    """A random problem and its plan."""
    pieces, car = random_pieces(chance_of(seed), most_slots=20)
    track = track_of(pieces)
    energies_wh = plan_energies(track, car.need_wh, car.starts_left)
    return pieces, car, energies_wh, lay_out(pieces, energies_wh, track.joined(energies_wh), car)


@settings(max_examples=300, deadline=None)
@given(SEEDS)
def test_the_spans_carry_the_planned_energy_and_never_more_than_the_need(seed: int) -> None:
    """What flows in the laid-out currents is what was planned, and at most the need."""
    _, car, energies_wh, spans = planned(seed)
    flown_wh = sum((s.end_s - s.start_s) / 3600 * s.current_a * car.watts_per_a for s in spans)
    assert abs(flown_wh - sum(energies_wh)) < 1e-2
    assert flown_wh <= car.need_wh + 1e-2


@settings(max_examples=300, deadline=None)
@given(SEEDS)
def test_no_current_stands_between_zero_and_the_minimum_or_over_the_limit(seed: int) -> None:
    """Every span lies in usable time, in order, with a current of minimum to the limit of that time."""
    pieces, car, _, spans = planned(seed)
    for before, after in pairwise(spans):
        assert before.end_s <= after.start_s + 1e-6
    for span in spans:
        covering = [p for p in pieces if p.start_s < span.end_s - 1e-5 and p.end_s > span.start_s + 1e-5]
        assert car.from_s - 1e-6 <= span.start_s < span.end_s <= car.until_s + 1e-6
        assert sum(min(p.end_s, span.end_s) - max(p.start_s, span.start_s) for p in covering) > (
            span.end_s - span.start_s - 1e-3
        )
        assert all(min(car.min_a, p.cap_a) <= span.current_a <= p.cap_a for p in covering)
        assert span.current_a == int(span.current_a)


@settings(max_examples=300, deadline=None)
@given(SEEDS)
def test_starts_are_counted_as_they_will_happen_and_stay_within_the_allowed(seed: int) -> None:
    """A start is every span that does not touch the one before, except a run that is going on at now."""
    pieces, car, energies_wh, spans = planned(seed)
    ends = [0.0 if car.is_charging else float("-inf"), *(s.end_s for s in spans)]
    starts = sum(s.start_s > end_s + 1e-5 for s, end_s in zip(spans, ends, strict=False))
    assert starts <= track_of(pieces).starts(energies_wh)
    assert car.starts_left is None or starts <= car.starts_left


@settings(max_examples=200, deadline=None)
@given(SEEDS, st.floats(1.0, 2.0), st.floats(0.0, 7200.0))
def test_more_capacity_or_more_time_never_costs_more(seed: int, wider: float, longer_s: float) -> None:
    """With more current or a later end the same energy costs the same or less."""
    stretches, car = random_stretches(chance_of(seed), most_slots=12)
    pieces = cut_pieces(stretches, car)
    energies_wh = plan_energies(track_of(pieces), car.need_wh, car.starts_left)
    wide = [s._replace(limit_a=s.limit_a * wider) for s in stretches]
    wide.append(Stretch(wide[-1].end_s, wide[-1].end_s + longer_s + 1.0, wide[-1].price, wide[-1].limit_a))
    more = car._replace(max_a=car.max_a * wider, until_s=car.until_s + longer_s, need_wh=sum(energies_wh))
    track = track_of(cut_pieces(wide, more))
    more_wh = plan_energies(track, more.need_wh, more.starts_left)
    assert abs(sum(more_wh) - more.need_wh) < 1e-3
    assert track.cost(more_wh) <= track_of(pieces).cost(energies_wh) * (1 + 1e-9) + 1e-3


@settings(max_examples=200, deadline=None)
@given(SEEDS)
def test_one_charger_alone_has_the_pieces_that_it_would_have_among_others(seed: int) -> None:
    """The short way from slots to pieces and the one over the site's stretches end in the same pieces."""
    problem = random_slots(chance_of(seed))
    [car] = site_of(problem).cars
    expected = cut_pieces(site_of(problem).stretches, car)
    assert [tuple(piece) for piece in pieces_alone(problem, car)] == [pytest.approx(tuple(piece)) for piece in expected]
