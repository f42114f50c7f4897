"""The limit of load balancing: how much current the charger may offer for the next minute.

Sent on a plain topic with a message expiry of 15 s, renewed as long as the main fuse is known to hold, never in a
shadow. Silence is the safe signal: when the lease ends, the charger goes to its fallback by itself. Nothing that a
network, a clock or a restart does to these messages ever raises a limit; lowering is never delayed.
"""

from typing import Annotated, Final, Self

import msgspec

from device_shadows.values import MIN_CURRENT_A, Code, Counter, CurrentA, EpochS

LEASE_S: Final = 60
"""The longest lease, seconds."""
MESSAGE_EXPIRY_S: Final = 15
"""The message expiry interval of the MQTT packet, seconds."""
SOON_S: Final = 18
"""A charger that offers more than its fallback and has so little left of its lease says so, seconds."""
FRESH_S: Final = 30
"""A limit may raise the current only if `issued_at` lies this near to the charger's synchronised clock, seconds."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """The charger offers at most `limit_a` per line for `ttl_s` seconds from `issued_at` on; 0 is a pause."""

    seq: Counter
    """Grows with every message of one `boot_epoch`."""
    boot_epoch: Counter
    """Grows when the sender has lost its place in `seq`; a stored counter, never a time."""
    limit_a: CurrentA
    ttl_s: Annotated[int, msgspec.Meta(ge=1, le=LEASE_S)]
    issued_at: EpochS
    """By the sender's clock."""
    reason: Code
    """Why the limit is what it is, such as `main_fuse` or `meter_silent`; the charger shows it, nothing more."""

    def __post_init__(self) -> None:
        if 0 < self.limit_a < MIN_CURRENT_A:
            raise ValueError(f"a limit is 0 or at least {MIN_CURRENT_A} A")


class LimitLease(msgspec.Struct, frozen=True, kw_only=True):
    """What a charger obeys: a value that each message turns into the next one. A restart begins with an empty one.

    `monotonic_s` is a clock that only goes forward, seconds since power-on; `wall_s` is the synchronised time of day
    (epoch seconds), None before the first synchronisation.
    """

    boot_epoch: int = -1
    seq: int = -1
    limit_a: int = 0
    ends_s: float = 0.0

    def current_a(self, monotonic_s: float) -> int | None:
        """The limit that holds now; None when no lease runs, which means the fallback if load balancing is on."""
        return self.limit_a if monotonic_s < self.ends_s else None

    def ends_soon(self, monotonic_s: float) -> bool:
        """Whether the lease runs and has `SOON_S` or less to go: renewals must have been lost."""
        return 0 < self.ends_s - monotonic_s <= SOON_S

    def heard(self, limit: Limit, *, monotonic_s: float, wall_s: int | None, fallback_a: int) -> Self:
        """The lease after `limit`.

        New (higher `boot_epoch`, then `seq`) and fresh: it holds, until `ttl_s` after `issued_at`. Otherwise it may
        lower the current at once, but neither raises it nor prolongs the lease that runs.
        """
        is_new = (limit.boot_epoch, limit.seq) > (self.boot_epoch, self.seq)
        age_s = None if wall_s is None else wall_s - limit.issued_at
        place = self if not is_new else msgspec.structs.replace(self, boot_epoch=limit.boot_epoch, seq=limit.seq)
        if is_new and age_s is not None and abs(age_s) <= FRESH_S:
            ends_s = monotonic_s + limit.ttl_s - max(age_s, 0)
            if ends_s > monotonic_s:
                return msgspec.structs.replace(place, limit_a=limit.limit_a, ends_s=ends_s)
        running_a = self.current_a(monotonic_s)
        if limit.limit_a >= (fallback_a if running_a is None else running_a):
            return place
        ends_s = monotonic_s + limit.ttl_s if running_a is None else self.ends_s
        return msgspec.structs.replace(place, limit_a=limit.limit_a, ends_s=ends_s)

    def plugged_in(self, *, fallback_a: int) -> Self:
        """After a plug-in the fallback holds until a limit comes that knows of the car."""
        return msgspec.structs.replace(self, limit_a=min(self.limit_a, fallback_a))
