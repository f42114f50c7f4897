"""The simulated main fuse: the breaker's points, the house's hours, and that a missing rule is seen."""

import random
from math import sqrt
from pathlib import Path

import msgspec
import pytest

from benchmarks.fuse_breaker import TOUCHY, TYPICAL, Breaker, Release, seconds_to_open
from benchmarks.fuse_cases import case_of
from benchmarks.fuse_compare import is_worse
from benchmarks.fuse_decision import figures
from benchmarks.fuse_house import Hour, house_changes, recorded, scale_for
from benchmarks.fuse_nights import Kept, key_of, lived, night_of, stamp_of
from benchmarks.fuse_rules import CHOSEN, PERFECT, REMOVED
from simulator.house import FEBRUARY_2026

HOUR_S = 3600.0


@pytest.mark.parametrize("kind", [TYPICAL, TOUCHY], ids=["typical", "touchy"])
def test_a_breaker_keeps_the_points_of_the_standard(kind: Release) -> None:
    """IEC 60898-1: 1.13 In holds for an hour, 1.45 In then trips within an hour, 2.55 In trips in 1 s to 60 s."""
    holds_s = seconds_to_open(kind, 1.13)
    warm_s = seconds_to_open(kind, 1.45, heat=1.13**2 - 1e-9)
    fast_s = seconds_to_open(kind, 2.55)
    assert holds_s is None or holds_s >= HOUR_S
    assert warm_s is not None
    assert warm_s < HOUR_S
    assert fast_s is not None
    assert 1 <= fast_s <= 60


def test_a_breaker_opens_when_its_heat_says_so() -> None:
    """Twice the current, from half warm: after the time of the closed form, not a second before."""
    open_s = seconds_to_open(TYPICAL, 2.0, heat=0.5)
    assert open_s is not None
    pole = Breaker(TYPICAL, 0.0)
    pole.carry(2.0, 0.0)
    pole.carry(2.0, open_s - 1)
    assert pole.trips == 0
    pole.carry(2.0, open_s + 0.01)
    assert pole.trips == 1


@pytest.mark.parametrize("grid", ["IT", "TN"])
def test_the_seconds_of_an_hour_have_its_mean(grid: str) -> None:
    """Synthesised steps add up to the recorded energy, within the 30 s that a step lasts at least."""
    hour = Hour(2000.0, 5000.0)
    changes = house_changes([hour], 1.0, grid, random.Random(1))  # noqa: S311
    ends = [at_s for at_s, _ in changes[1:]] + [HOUR_S]
    per_a = 230 / sqrt(3) if grid == "IT" else 230
    base_a = 3 * 1200 / (230 * sqrt(3) if grid == "IT" else 690)
    extra = sum((sum(a) - base_a) * (end_s - at_s) for (at_s, a), end_s in zip(changes, ends, strict=True))
    extra_wh = extra * (115 if grid == "IT" else per_a) / HOUR_S  # one appliance is in two lines of IT, at 230 V
    assert extra_wh == pytest.approx(800, abs=35)


def test_a_house_alone_never_reaches_its_fuse() -> None:
    """Scaled to 95 % of the fuse at the recording's highest peak, on any line, in all hours."""
    hours = recorded()
    scale = scale_for(25, 0.95, "TN", hours)
    changes = house_changes(hours, scale, "TN", random.Random(2))  # noqa: S311
    assert max(max(currents) for _, currents in changes) <= 25 * 0.95 + 1e-6


def test_the_same_day_is_the_same_whatever_the_rules() -> None:
    """Houses, cars and lines come from the number of the day alone."""
    assert case_of(5) == case_of(5)
    assert case_of(5) != case_of(12)


def test_the_fuse_holds_and_the_simulation_sees_when_it_does_not() -> None:
    """I10: on days with faults the typical breaker stays under 0.8 of a trip; without load balancing it opens."""
    days = (1, 4)
    chosen = [night_of(CHOSEN, day) for day in days]
    assert [night.trips for night in chosen] == [0, 0]
    assert max(night.typical_damage for night in chosen) < 0.8
    assert sum(night_of(REMOVED[0], day).trips for day in days) > 0


def test_perfect_links_have_no_faults() -> None:
    """The run that energy is compared with."""
    rates = {
        name: value
        for name, value in msgspec.structs.asdict(PERFECT.faults).items()
        if not name.endswith(("_s", "_share"))
    }
    assert set(rates.values()) == {0}


@pytest.mark.parametrize(
    ("differences", "worse"),
    [([5.0, 6.0, 5.5, 4.5], True), ([5.0, -6.0, 5.5, -4.5], False), ([0.0] * 9, False), ([7.0], False)],
    ids=["every-day", "by-chance", "no-difference", "one-day-proves-nothing"],
)
def test_a_rule_is_missed_when_the_days_say_so_beyond_chance(differences: list[float], *, worse: bool) -> None:
    """The mean of the differences, beside three of its standard errors."""
    assert is_worse(differences) is worse


def test_a_run_in_pieces_lives_no_night_twice(tmp_path: Path) -> None:
    """What is kept is taken as it is; a night of other rules is not."""
    kept = tmp_path / "nights.jsonl"
    night = night_of(PERFECT, 2)
    stamps = (stamp_of(CHOSEN, FEBRUARY_2026), "of another simulation")
    made = [Kept(stamp, key_of(CHOSEN, day), night) for day, stamp in enumerate(stamps)]
    kept.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in made))
    nights = lived([(CHOSEN, 0)], FEBRUARY_2026, kept=kept, processes=1, seconds=60)
    assert nights == {key_of(CHOSEN, 0): night}


def test_a_decision_is_timed_beside_a_baseline() -> None:
    """The output of the bench: reading and writing alone, and a decision as a multiple of it."""
    baseline, decision = figures(rounds=1)
    assert baseline.ratio is None
    assert decision.ratio == pytest.approx(decision.value / baseline.value)
