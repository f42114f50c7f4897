"""A car: takes what it needs, counted on the grid's side of its charger, and then signals that it is full."""

from device_shadows.values import MIN_CURRENT_A
from simulator.electricity import MJ_PER_WH


class Car:
    """Needs exactly `need_wh` from the grid; draws at most `max_current_a` per line on `phases` phases (1 or 3)."""

    def __init__(self, *, need_wh: int, max_current_a: int = 32, phases: int = 1) -> None:
        self.need_mj = need_wh * MJ_PER_WH
        self.taken_mj = 0
        self.max_current_a = max_current_a
        self.phases = phases

    @property
    def missing_mj(self) -> int:
        """Energy until full, mJ."""
        return self.need_mj - self.taken_mj

    @property
    def is_full(self) -> bool:
        """True from the moment the need is met."""
        return self.missing_mj == 0

    @property
    def battery_wh(self) -> int:
        """What the car has taken since it was plugged in, whole Wh."""
        return self.taken_mj // MJ_PER_WH

    def drawn_a(self, offered_a: int) -> int:
        """The current the car draws when `offered_a` is offered: none below 6 A or when it is full."""
        current_a = min(offered_a, self.max_current_a)
        return 0 if self.is_full or current_a < MIN_CURRENT_A else current_a

    def take(self, energy_mj: int) -> int:
        """Takes up to `energy_mj`, never more than is missing; the energy it took, mJ."""
        taken = min(energy_mj, self.missing_mj)
        self.taken_mj += taken
        return taken
