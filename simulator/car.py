"""A car: takes what it needs, counted on the grid's side of its charger, with the manners of real ones."""

import math

from device_shadows.values import MIN_CURRENT_A
from simulator.electricity import MJ_PER_WH


class Car:
    """Needs exactly `need_wh` from the grid; draws at most `max_current_a` per line on `phases` phases (1 or 3).

    `stops_at_percent`: it is set to stop before it is full, and then says what a full one says.
    `taper_from_percent`: from there on it lowers its current by 1 A at a time, down to 6 A when full.
    `sleeps_after_s`: after so long without an offer it sleeps, and wakes `wakes_after_s` after the offer comes back
    (None: not before it is plugged in anew).
    `pauses_at_percent`, `pauses_for_s`: it stops by itself once and goes on later.
    """

    def __init__(
        self,
        *,
        need_wh: int,
        max_current_a: int = 32,
        phases: int = 1,
        stops_at_percent: int = 100,
        taper_from_percent: int = 100,
        sleeps_after_s: int | None = None,
        wakes_after_s: int | None = None,
        pauses_at_percent: int | None = None,
        pauses_for_s: int = 600,
    ) -> None:
        self.need_mj = need_wh * MJ_PER_WH
        self.taken_mj = 0
        self.max_current_a = max_current_a
        self.phases = phases
        self.sleeps_after_s, self.wakes_after_s = sleeps_after_s, wakes_after_s
        self.pauses_for_s = pauses_for_s
        self._stop_mj = self.need_mj * stops_at_percent // 100
        self._steps_mj = _taper_steps(self.need_mj, taper_from_percent, max_current_a)
        self._pause_mj = None if pauses_at_percent is None else self.need_mj * pauses_at_percent // 100
        self._idle_since_s: int | None = None
        self._is_asleep = False
        self._busy_until_s: int | None = None

    @property
    def missing_mj(self) -> int:
        """Energy until the car stops for good, mJ."""
        return self._stop_mj - self.taken_mj

    @property
    def is_full(self) -> bool:
        """True from the moment the need is met, or the share of it at which the car is set to stop."""
        return self.missing_mj == 0

    @property
    def battery_wh(self) -> int:
        """What the car has taken since it was plugged in, whole Wh."""
        return self.taken_mj // MJ_PER_WH

    @property
    def next_change_mj(self) -> int:
        """Energy until the car changes what it draws: a step of the taper, a pause, the end."""
        marks = [self._stop_mj, *self._steps_mj, *([] if self._pause_mj is None else [self._pause_mj])]
        return min((mark - self.taken_mj for mark in marks if mark > self.taken_mj), default=0)

    @property
    def next_change_s(self) -> int | None:
        """The second (epoch) at which the car wakes or ends its pause; None if no such moment is set."""
        return self._busy_until_s

    def notice(self, offered_a: int, at_s: int) -> None:
        """The car sees what is offered from `at_s` (epoch) on."""
        if self._busy_until_s is not None and at_s >= self._busy_until_s:
            self._busy_until_s, self._is_asleep = None, False
        if self._pause_mj is not None and self.taken_mj >= self._pause_mj:
            self._pause_mj, self._busy_until_s = None, at_s + self.pauses_for_s
        if not offered_a:
            self._idle_since_s = at_s if self._idle_since_s is None else self._idle_since_s
            return
        if self._idle_since_s is not None and self.sleeps_after_s is not None:
            self._fall_asleep(idle_s=at_s - self._idle_since_s, at_s=at_s)
        self._idle_since_s = None

    def drawn_a(self, offered_a: int) -> int:
        """The current the car draws when `offered_a` is offered: none below 6 A, asleep, pausing, or full."""
        current_a = min(offered_a, self.max_current_a - sum(mark <= self.taken_mj for mark in self._steps_mj))
        is_idle = self.is_full or self._is_asleep or self._busy_until_s is not None
        return 0 if is_idle or current_a < MIN_CURRENT_A else current_a

    def take(self, energy_mj: int) -> int:
        """Takes up to `energy_mj`, never more than is missing; the energy it took, mJ."""
        taken = min(energy_mj, self.missing_mj)
        self.taken_mj += taken
        return taken

    def _fall_asleep(self, *, idle_s: int, at_s: int) -> None:
        if self.sleeps_after_s is not None and idle_s >= self.sleeps_after_s:
            self._is_asleep = True
            self._busy_until_s = None if self.wakes_after_s is None else at_s + self.wakes_after_s


def _taper_steps(need_mj: int, from_percent: int, max_current_a: int) -> tuple[int, ...]:
    """The energies at which the car lowers its current by 1 A each."""
    start_mj, count = need_mj * from_percent // 100, max(0, max_current_a - MIN_CURRENT_A)
    if start_mj >= need_mj:
        return ()
    return tuple(start_mj + math.ceil((need_mj - start_mj) * step / (count + 1)) for step in range(count))
