"""What a simulated night is made of and comes to."""

from datetime import datetime

import msgspec

from benchmarks.fuse_devices import Car, Wiring
from benchmarks.fuse_house import Currents
from chalicelib.domain.balancing import BalancedCharger, BalancingState, LineSample, Supply

Chargers = list[BalancedCharger]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One site-day."""

    supply: Supply
    house: list[tuple[float, Currents]]
    wirings: tuple[Wiring, ...]
    cars: tuple[Car, ...]
    measures_line_2: bool
    has_meter_time: bool
    """MQTT samples carry the meter's own time; those by HTTPS do not."""
    seed: int


class Night(msgspec.Struct, frozen=True, kw_only=True):
    """What happened."""

    trips: int
    touchy_trips: int
    damage: float
    """The worst heat of the touchy breaker above that of its rated current, 1 is a trip."""
    typical_damage: float
    over_s: float
    """Seconds above 1.13 times the main fuse."""
    taken_wh: float
    wanted_wh: float
    restarts: int
    """Of the charger that restarted most."""
    restarts_hour: int
    """The most of one charger within an hour."""
    orders: int
    samples: int
    """Of which the cloud heard."""
    writes: int
    """Samples after which the cloud stored what it remembers."""
    reports: int
    charging_s: float
    """Of all chargers together."""


class Known(msgspec.Struct, kw_only=True):
    """What the cloud has been told of a charger."""

    plug_seq: int = 0
    wants: bool = False
    offered_a: int = 0
    drawn_a: float = 0.0
    drawn_s: float = -1e9
    at_fallback: bool = False
    asked_s: float | None = None
    is_connected: bool = True
    seq: int = 0


class Call(msgspec.Struct, frozen=True):
    """What one decision was made from."""

    state: BalancingState
    sample: LineSample | None
    chargers: Chargers
    now: datetime
