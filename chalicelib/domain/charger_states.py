"""What a charger last said about itself, in the cloud's own words."""

from datetime import datetime
from enum import StrEnum

import msgspec


class EvseState(StrEnum):
    """IEC 61851: A no car, B car that draws nothing, C and D charging, E and F faults."""

    NO_CAR = "A"
    CONNECTED = "B"
    CHARGING = "C"
    CHARGING_VENTILATED = "D"
    ERROR = "E"
    FAULT = "F"
    UNKNOWN = "UNKNOWN"


class ChargerState(msgspec.Struct, frozen=True, kw_only=True):
    """One report. `version` is the shadow's and only grows; `plug_seq` grows by one with each car that is plugged in.

    `plugged_at` is None without a car; currents are per line; `reason` is the charger's own code.
    """

    version: int
    reported_at: datetime
    evse_state: EvseState
    plug_seq: int
    plugged_at: datetime | None
    offered_a: int
    drawn_a: tuple[float, float, float]
    reason: str
    car_full: bool
    faults: tuple[str, ...]
    network: str
    signal_dbm: int
    firmware: str
    protocol: int
    register_wh: int

    @property
    def has_car(self) -> bool:
        """Whether a cable is in a car."""
        return self.evse_state is not EvseState.NO_CAR and self.plugged_at is not None

    @property
    def is_drawing(self) -> bool:
        """Whether energy flows."""
        return any(current_a > 0 for current_a in self.drawn_a)

    @property
    def is_faulty(self) -> bool:
        """Whether it says that something is wrong with it."""
        return bool(self.faults) or self.evse_state in {EvseState.ERROR, EvseState.FAULT}
