"""A charger with its car, as the simulation of a main fuse sees them: the real lease, and a car that follows late."""

import msgspec

from chalicelib.domain.balancing import MIN_CURRENT_A
from device_shadows.limit import Limit, LimitLease

_FULL_WH = 1e-3


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """Rules that a simulation takes away from the charger or from what carries the messages."""

    lease_ends: bool = True
    checks_time: bool = True
    checks_order: bool = True
    forgets_at_boot: bool = True
    fallback_holds: bool = True
    """False: the fallback is 16 A, whatever the house takes."""
    knows_own_draw: bool = True
    """False: the cloud does not take our own chargers off the meter's lines."""
    measures_line_2: bool = True
    """False: a line 2 that nobody measured is read as 0."""
    never_limited: bool = False
    """True: the charger hears nothing and always offers its most."""
    asks: bool = True
    """False: a charger does not tell that its lease is about to end."""
    renews_in_silence: bool = False
    """True: the cloud goes on renewing the last limits when the meter is silent."""


class Wiring(msgspec.Struct, frozen=True, kw_only=True):
    """How a charger is connected: its lines at the meter, its most, and what an ampere of it is in W."""

    lines: tuple[int, ...]
    phases: int
    max_a: int
    w_per_a: float
    fallback_a: int


class Car(msgspec.Struct, frozen=True, kw_only=True):
    """When a car comes and when its plan lets it charge (seconds from the start), and what it needs."""

    plug_s: float
    start_s: float
    need_wh: float


class Charger:
    """`offered_a` by its lease; the car follows after seconds, and draws until it has what it needs.

    In `break_s`, from the first to the second, its plan pauses.
    """

    def __init__(self, wiring: Wiring, car: Car, mutant: Mutant, break_s: tuple[float, float]) -> None:
        self.wiring, self.left_wh, self.plug_s, self.mutant = wiring, car.need_wh, car.plug_s, mutant
        self.start_s, self.break_s = car.start_s, break_s
        self.lease = LimitLease()
        self.wall_error_s = 0.0
        self.is_linked = True
        self.has_car = False
        self.offered_a = 0
        self.drawn_a = 0.0
        self.taken_wh = self.charging_s = 0.0
        self.starts_s: list[float] = []
        self.at_s = car.plug_s
        self.is_telling = False
        self.told = (0, 0.0, False, False)

    @property
    def is_done(self) -> bool:
        """The car has what it needs."""
        return self.left_wh <= _FULL_WH

    @property
    def fallback_a(self) -> int:
        """What it offers without a lease."""
        return self.wiring.fallback_a if self.mutant.fallback_holds else 16

    def advance(self, at_s: float) -> None:
        """Energy up to `at_s`."""
        taken_wh = self.drawn_a * self.wiring.w_per_a * (at_s - self.at_s) / 3600
        self.left_wh -= taken_wh
        self.taken_wh += taken_wh
        self.charging_s += (at_s - self.at_s) * (self.drawn_a > 0)
        self.at_s = at_s

    def full_at_s(self) -> float | None:
        """When the car will be full as it draws now."""
        if not self.drawn_a:
            return None
        return self.at_s + max(self.left_wh, 0.0) * 3600 / (self.drawn_a * self.wiring.w_per_a)

    def lease_a(self, at_s: float) -> int | None:
        """The limit of the lease that runs, None if none does."""
        if not self.mutant.lease_ends:
            return self.lease.limit_a if self.lease.ends_s else None
        return self.lease.current_a(at_s)

    def decide(self, at_s: float) -> int:
        """What it offers now, A."""
        limit_a = self.wiring.max_a if self.mutant.never_limited else self.lease_a(at_s)
        offer_a = min(self.fallback_a if limit_a is None else limit_a, self.wiring.max_a)
        return offer_a if self.wants(at_s) and offer_a >= MIN_CURRENT_A else 0

    def wants(self, at_s: float) -> bool:
        """Whether its car is to charge now."""
        first_s, last_s = self.break_s
        return self.has_car and not self.is_done and at_s >= self.start_s and not first_s <= at_s < last_s

    def next_start_s(self, at_s: float) -> float | None:
        """When its plan begins next; None if it does not."""
        return next((start_s for start_s in (self.start_s, self.break_s[1]) if start_s > at_s), None)

    def hear(self, limit: Limit, at_s: float, start_s: float) -> None:
        """A message, by the device's rules or without one of them."""
        wall_s: int | None = int(start_s + at_s + self.wall_error_s)
        if not self.mutant.checks_time:
            wall_s = limit.issued_at
        if not self.mutant.checks_order:
            self.lease = msgspec.structs.replace(self.lease, boot_epoch=-1, seq=-1)
        self.lease = self.lease.heard(limit, monotonic_s=at_s, wall_s=wall_s, fallback_a=self.fallback_a)

    def plug_in(self) -> None:
        """The car comes."""
        self.has_car = True
        self.lease = self.lease.plugged_in(fallback_a=self.fallback_a)

    def reboot(self) -> None:
        """Power is back after a moment."""
        if self.mutant.forgets_at_boot:
            self.lease = LimitLease()

    def follow(self) -> bool:
        """The car takes what is offered; True if that is another current than before."""
        before_a, self.drawn_a = self.drawn_a, float(self.offered_a)
        if self.drawn_a and not before_a:
            self.starts_s.append(self.at_s)
        return self.drawn_a != before_a
