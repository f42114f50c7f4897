"""How long one decision takes: own code only, on what a simulated night decided from.

As the product does it for each sample: what is remembered is read from JSON, decided, and written again. Each round
takes all decisions of one night; the figure is the median of five rounds' p99, beside reading and writing alone.
"""

import time
from collections.abc import Callable, Sequence

import msgspec

from benchmarks.figures import Figure, compared, median_of_rounds
from benchmarks.fuse_cases import case_of
from benchmarks.fuse_records import Call
from benchmarks.fuse_rules import CHOSEN
from benchmarks.fuse_site import Site
from chalicelib.domain.balancing import BalancingState, Supply, step

ROUNDS = 5
DAY = 3


def figures(day: int = DAY, rounds: int = ROUNDS) -> list[Figure]:
    """The baseline, and the decision beside it."""
    calls, supply = calls_of(day)
    states = [msgspec.json.encode(call.state) for call in calls]

    def remember(i: int) -> None:
        msgspec.json.encode(msgspec.json.decode(states[i], type=BalancingState))

    def decide(i: int) -> None:
        _decide(states[i], calls[i], supply)

    timed = {name: _p99(name, work, len(calls), rounds) for name, work in _works(remember, decide)}
    baseline = timed["reading and writing alone, p99"]
    return [baseline, compared(timed["a decision, p99"], baseline)]


def calls_of(day: int) -> tuple[list[Call], Supply]:
    """What the decisions of a night were made from."""
    site = Site(case_of(day), CHOSEN.faults, CHOSEN.rules, CHOSEN.mutant)
    site.calls = []
    site.run()
    return site.calls, site.case.supply


def _works(
    remember: Callable[[int], None], decide: Callable[[int], None]
) -> Sequence[tuple[str, Callable[[int], None]]]:
    return (("reading and writing alone, p99", remember), ("a decision, p99", decide))


def _decide(stored: bytes, call: Call, supply: Supply) -> bytes:
    state = msgspec.json.decode(stored, type=BalancingState)
    return msgspec.json.encode(step(state, call.sample, call.chargers, supply, call.now).state)


def _p99(name: str, work: Callable[[int], None], count: int, rounds: int) -> Figure:
    taken = [[_microseconds(work, i) for i in range(count)] for _ in range(rounds)]
    value = median_of_rounds(taken, 0.99)
    return Figure(name=name, value=value, unit="us", note=f"median of {rounds} rounds of {count:,}")


def _microseconds(work: Callable[[int], None], i: int) -> float:
    before_ns = time.thread_time_ns()
    work(i)
    return (time.thread_time_ns() - before_ns) / 1000
