"""Open-loop load: requests come when they come, whether the one before is done or not.

The times of arrival are drawn once (Poisson, from a seed). A request that finds the environment busy waits, and its
waiting counts: time is measured from the arrival, not from the moment the request is taken up, so that one slow request
shows in those behind it. All of it is told by a clock that stands still while something works that is not ours.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random

import msgspec


class Measured(msgspec.Struct):
    """Own seconds of one route, by round, and the most calls to the store that one request made."""

    rounds: list[list[float]] = []
    store_calls: int = 0


def arrivals(per_second: float, count: int, seed: int) -> list[float]:
    """Seconds from the start at which `count` requests arrive, `per_second` of them on average."""
    drawn, at_s, found = Random(seed), 0.0, []  # noqa: S311 - load, not secrets
    for _ in range(count):
        at_s += drawn.expovariate(per_second)
        found.append(at_s)
    return found


class OwnClock:
    """Seconds that were ours: what passes inside `stopped` is not seen."""

    def __init__(
        self, now: Callable[[], float] = time.perf_counter, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._now, self._sleep = now, sleep
        self._taken_out_s = 0.0

    def now_s(self) -> float:
        """The time, less what was taken out."""
        return self._now() - self._taken_out_s

    def wait_until(self, due_s: float) -> None:
        """Sleep until `due_s`; not at all when it has passed."""
        left_s = due_s - self.now_s()
        if left_s > 0:
            self._sleep(left_s)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Let nothing that happens inside count."""
        began = self._now()
        try:
            yield
        finally:
            self._taken_out_s += self._now() - began


def drive(clock: OwnClock, at_s: Sequence[float], prepare: Callable[[], Callable[[], object]]) -> list[float]:
    """Own seconds from arrival to answer of each request; `prepare` makes a request while the clock is stopped."""
    start_s, took_s = clock.now_s(), []
    for due_s in at_s:
        with clock.stopped():
            send = prepare()
        clock.wait_until(start_s + due_s)
        send()
        took_s.append(clock.now_s() - start_s - due_s)
    return took_s
