"""What is known of a charger at this moment: its last report, its plan, what its car and the month have taken."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from chalicelib.domain.chargers import ChargingMode, RunState
from chalicelib.domain.connections import Connection
from chalicelib.domain.costs import Cost
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.plans import PlanSummary


class EvseState(StrEnum):
    """IEC 61851: A no car, B car that draws nothing, C and D charging, E and F faults."""

    NO_CAR = "A"
    CONNECTED = "B"
    CHARGING = "C"
    CHARGING_VENTILATED = "D"
    ERROR = "E"
    FAULT = "F"
    UNKNOWN = "UNKNOWN"


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody without a right tried to charge. `seq` grows with each try of one charger; `reason` is the charger's."""

    seq: int
    plug_seq: int
    reason: str


class NetworkFailure(msgspec.Struct, frozen=True, kw_only=True):
    """A try of the charger to connect that failed, as it tells later; `kind` and `reason` are its own words."""

    kind: str
    reason: str
    at: datetime


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
    network_failure: NetworkFailure | None = None
    firmware: str
    protocol: int
    register_wh: int
    unlocked_by: str | None = None
    """Who unlocked this plug-in: `owner` or the id of a guest's grant; None where nobody had to."""
    attempt: Attempt | None = None
    """The last time that somebody without a right tried."""
    lease_ends_soon: bool = False
    """It has missed renewals of its limit, and will go to its fallback within seconds."""

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
        return bool(self.fault_codes)

    @property
    def fault_codes(self) -> tuple[str, ...]:
        """What is wrong in the words that support needs: its own codes, or else its EVSE state."""
        if self.faults or self.evse_state not in {EvseState.ERROR, EvseState.FAULT}:
            return self.faults
        return (f"evse_state_{self.evse_state.lower()}",)


class AppliedConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Which configuration the charger has applied: a digest of each field, and the version of the shadow with it."""

    version: int
    digests: dict[str, str]


class AppliedOrders(msgspec.Struct, frozen=True, kw_only=True):
    """Which orders the charger acts on; fields as of `Charger`. `version` is the shadow's."""

    version: int
    mode: ChargingMode
    full_plug_seq: int
    stopped_plug_seq: int | None

    def mode_at(self, plug_seq: int) -> ChargingMode:
        """The mode of this plug-in."""
        return self.mode if self.full_plug_seq in {0, plug_seq} else ChargingMode.SMART

    def run_at(self, plug_seq: int) -> RunState:
        """Whether this plug-in is stopped."""
        return RunState.STOPPED if self.stopped_plug_seq == plug_seq else RunState.AUTO


NO_ORDERS: Final = AppliedOrders(version=0, mode=ChargingMode.SMART, full_plug_seq=0, stopped_plug_seq=None)
"""What a charger acts on that has never been told anything."""


class SessionEnergy(msgspec.Struct, frozen=True, kw_only=True):
    """What one session has taken so far, how often energy began to flow, and the cost."""

    plug_seq: int
    energy_wh: int
    starts: int
    cost: Cost
    total_cost: Cost | None = None


class MonthEnergy(msgspec.Struct, frozen=True, kw_only=True):
    """What a charger has taken in one local month (YYYY-MM)."""

    month: str
    energy_wh: int
    cost: Cost
    total_cost: Cost | None = None


class ChargerOverview(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the home screen shows of a charger but its settings; None for what has never been told."""

    charger_id: ChargerId
    state: ChargerState | None = None
    plan: PlanSummary | None = None
    session: SessionEnergy | None = None
    month: MonthEnergy | None = None
    connection: Connection | None = None
    derived_wh: int | None = None
    """The register of the last reading from which energy has been derived."""
    config: AppliedConfig | None = None
    orders: AppliedOrders = NO_ORDERS

    @property
    def is_connected(self) -> bool:
        """Whether it is connected as far as is known: one that has reported is, until the broker says otherwise."""
        return self.connection is None or self.connection.is_connected

    @property
    def present_plan(self) -> PlanSummary | None:
        """The plan, if it is for the car that is plugged in now."""
        is_present = self.plan is not None and self.state is not None and self.state.has_car
        return self.plan if is_present and self.plan and self.plan.plug_seq == self.plug_seq else None

    @property
    def present_session(self) -> SessionEnergy | None:
        """What the car that is plugged in now has taken."""
        return self.session if self.session is not None and self.session.plug_seq == self.plug_seq else None

    @property
    def plug_seq(self) -> int | None:
        """The present session, None without a car."""
        return self.state.plug_seq if self.state is not None and self.state.has_car else None

    @property
    def has_measured(self) -> bool:
        """Whether energy was ever measured, and so paid."""
        return self.month is not None or self.session is not None

    @property
    def order_seq(self) -> int:
        """The plug-in that an order given now is for: the present one, else the next."""
        if self.plug_seq is not None:
            return self.plug_seq
        return self.state.plug_seq + 1 if self.state is not None else 1
