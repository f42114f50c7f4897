"""Hours from a register: complete to the Wh whatever the order, the doubles, the gaps and the lies."""

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.calendar import HOUR, QUARTER, Stretch
from chalicelib.domain.energy import Reading, hours_of, sift

EIGHT = datetime(2026, 2, 10, 20, tzinfo=UTC)
NIGHT = Stretch(EIGHT, EIGHT + 12 * HOUR)
MINUTE = timedelta(minutes=1)


def reading(seq: int, minute: int, wh: int, *, epoch: int = 0, plug: int = 1, starts: bool = False) -> Reading:
    """A reading so many minutes after eight."""
    return Reading(epoch=epoch, seq=seq, at=EIGHT + minute * MINUTE, register_wh=wh, plug_seq=plug, starts_flow=starts)


def energies(readings: list[Reading], window: Stretch = NIGHT) -> list[int]:
    """Wh of the hours that have any, in order."""
    return [hour.energy_wh for hour in hours_of(readings, window).values()]


def test_energy_lies_where_the_register_rose() -> None:
    """An hour from 20:30 to 21:30 is half in each clock hour, by quarters."""
    hours = hours_of([reading(1, 30, 1000), reading(2, 90, 5000)], NIGHT)
    assert [part.quarters_wh for hour in hours.values() for part in hour.parts] == [
        (0, 0, 1000, 1000),
        (1000, 1000, 0, 0),
    ]


def test_rounding_is_of_the_register_so_nothing_is_lost() -> None:
    """10 Wh over an hour are 2, 3, 2 and 3 Wh: the register, not each quarter, is rounded."""
    hours = hours_of([reading(1, 0, 0), reading(2, 60, 10)], NIGHT)
    assert next(iter(hours.values())).parts[0].quarters_wh == (2, 3, 2, 3)


def test_a_new_epoch_is_a_new_series() -> None:
    """A register that began again has not run backwards, and nothing flowed in between."""
    found = [reading(1, 0, 500), reading(2, 15, 900), reading(1, 120, 0, epoch=1), reading(2, 135, 300, epoch=1)]
    assert energies(found) == [400, 300]


def test_a_wild_register_is_put_aside() -> None:
    """One impossible value costs nothing: its neighbours tell the energy."""
    found = [reading(1, 0, 0), reading(2, 15, 1000), reading(3, 30, 9_000_000), reading(4, 45, 3000)]
    assert (energies(found), [bad.seq for bad in sift(found)[1]]) == ([3000], [3])


def test_a_register_that_falls_is_put_aside() -> None:
    """Without a new epoch a register only rises."""
    found = [reading(1, 0, 5000), reading(2, 15, 6000), reading(3, 30, 10), reading(4, 45, 7000)]
    assert (energies(found), [bad.seq for bad in sift(found)[1]]) == ([2000], [3])


def test_energy_belongs_to_the_session_it_flowed_in() -> None:
    """What is found between two sessions belongs to the one that had begun."""
    found = [reading(1, 0, 0), reading(2, 10, 100), reading(3, 20, 150, plug=2), reading(4, 30, 400, plug=2)]
    hour = hours_of(found, NIGHT)[EIGHT]
    assert (hour.energy_of(1), hour.energy_of(2)) == (150, 250)


def test_starts_are_counted_in_the_hour_they_happen() -> None:
    """Each flow_start counts once, for its session."""
    found = [reading(1, 0, 0), reading(2, 10, 0, starts=True), reading(3, 20, 100), reading(4, 50, 100, starts=True)]
    assert hours_of(found, NIGHT)[EIGHT].starts_of(1) == 2


@st.composite
def histories(draw: st.DrawFn) -> list[Reading]:
    """Registers that rise by 0 to 7.4 kW between readings at whole seconds."""
    gaps = draw(st.lists(st.integers(1, 4000), min_size=1, max_size=40))
    shares = draw(st.lists(st.floats(0, 1), min_size=len(gaps), max_size=len(gaps)))
    at, wh, found = EIGHT + QUARTER, 100_000, []
    for seq, (gap_s, share) in enumerate(zip(gaps, shares, strict=True), start=1):
        at, wh = at + timedelta(seconds=gap_s), wh + int(7400 * share * gap_s / 3600)
        found.append(Reading(epoch=0, seq=seq, at=at, register_wh=wh, plug_seq=1))
    return found


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_hours_sum_to_the_register_in_any_order_with_any_double(found: list[Reading], chance: random.Random) -> None:
    """Shuffled and doubled readings give the same hours, and their sum is what the register rose."""
    window = Stretch(EIGHT, EIGHT + 60 * HOUR)
    mixed = found + chance.sample(found, len(found) // 2)
    chance.shuffle(mixed)
    assert hours_of(mixed, window) == hours_of(found, window)
    assert sum(energies(mixed, window)) == found[-1].register_wh - found[0].register_wh


@given(histories())
@settings(max_examples=100, deadline=None)
def test_an_hour_needs_only_its_own_readings_and_their_neighbours(found: list[Reading]) -> None:
    """Deriving one hour from a part of the series gives what deriving the whole gives."""
    whole = hours_of(found, Stretch(EIGHT, EIGHT + 60 * HOUR))
    for start, hour in whole.items():
        before = [reading for reading in found if reading.at < start][-1:]
        inside = [reading for reading in found if start <= reading.at < start + HOUR]
        after = [reading for reading in found if reading.at >= start + HOUR][:1]
        assert hours_of(before + inside + after, Stretch(start, start + HOUR)) == {start: hour}
