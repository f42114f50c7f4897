"""A circuit breaker's thermal release: first order in the square of the current.

IEC 60898-1 gives points, not a curve: 1.13 times the rated current must hold for an hour, 1.45 times must trip within
an hour, and from cold 2.55 times must trip within 1 s to 60 s (up to 32 A). The heat follows
`d(heat)/dt = ((I / In)^2 - heat) / tau` and the breaker opens at `heat >= opens_at`. Two members of that family stand
for what is in fuse boxes; between the standard's points they are an assumption, and their time constants are ours:

- `TYPICAL`: opens in the middle, 1.29 In, and after 20 s at 2.55 In.
- `TOUCHY`: the most sensitive that may be sold, it opens at 1.13 In, and after 10 s at 2.55 In.

Curves B and C differ in the magnetic release only (3 to 5, 5 to 10 times In), which no car and no house reach here.
"""

from math import exp, log
from typing import Final

import msgspec


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """`opens_at` is the square of the current, in parts of the rated one, at which it opens in the end."""

    opens_at: float
    tau_s: float


def release(*, opens_at_in: float, seconds_at_255: float) -> Release:
    """The release that just opens at `opens_at_in` times its current, and from cold after so long at 2.55 times."""
    opens_at = opens_at_in**2
    return Release(opens_at=opens_at, tau_s=-seconds_at_255 / log(1 - opens_at / 2.55**2))


TYPICAL: Final = release(opens_at_in=1.29, seconds_at_255=20.0)
TOUCHY: Final = release(opens_at_in=1.13, seconds_at_255=10.0)


class Breaker:
    """One pole. After it has opened it is closed again, as warm as at its rated current."""

    __slots__ = ("_from_s", "_share", "damage", "heat", "release", "trips")

    def __init__(self, kind: Release, at_s: float) -> None:
        self.release, self.heat, self.trips, self.damage = kind, 0.5, 0, 0.0
        self._from_s, self._share = at_s, 0.0

    def carry(self, share: float, at_s: float) -> None:
        """From `at_s` on it carries `share` of its rated current; `damage` is the worst so far, 1 is a trip."""
        end = self._share * self._share
        kind = self.release
        heat = end + (self.heat - end) * exp((self._from_s - at_s) / kind.tau_s)
        self._from_s, self._share = at_s, share
        self.damage = max(self.damage, (heat - 1) / (kind.opens_at - 1))
        if heat >= kind.opens_at:
            self.trips, heat = self.trips + 1, 1.0
        self.heat = heat


def seconds_to_open(kind: Release, share: float, *, heat: float = 0.0) -> float | None:
    """How long it carries `share` of its rated current, beginning at `heat`; None: for ever."""
    end = share**2
    return None if end <= kind.opens_at else kind.tau_s * log((end - heat) / (end - kind.opens_at))
