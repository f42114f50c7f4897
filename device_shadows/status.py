"""The `status` shadow: what the charger is and does. Reported whole, on every change, never on a timer."""

from enum import StrEnum
from typing import Annotated, Final

import msgspec

from device_shadows.ticket import Subject
from device_shadows.values import Code, Counter, CurrentA, EnergyWh, EpochS, LineCurrentA, WireEnum

PROTOCOL: Final = 1
"""The version of this contract. A charger reports the highest it knows; the cloud writes the highest both know."""


class EvseState(WireEnum):
    """IEC 61851: A no car, B car that draws nothing, C charging, D charging with ventilation, E and F faults."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"
    UNKNOWN = "UNKNOWN"


class Reason(StrEnum):
    """Why the charger is in its state; `StatusReported.reason` may hold others, which a newer charger knows."""

    NO_CAR = "no_car"
    NO_CONFIG = "no_config"
    DISABLED = "disabled"
    LOCKED = "locked"
    """Access is `via_phone` and no phone has unlocked this plug-in, or the right of the one that did has ended."""
    STOPPED = "stopped"
    FULL_MODE = "full_mode"
    """Current is offered because the mode is full."""
    PLAN = "plan"
    """Current is offered by the plan."""
    PLAN_PAUSE = "plan_pause"
    """The plan has a later interval."""
    PLAN_ENDED = "plan_ended"
    """The plan has no later interval; the charger waits for the next plan or `valid_until`."""
    AWAITING_PLAN = "awaiting_plan"
    """Just plugged in; no plan for this car yet."""
    NIGHT = "night"
    """No plan: current is offered by the default night."""
    NIGHT_PAUSE = "night_pause"
    """No plan: the default night has not begun."""
    CAR_FULL = "car_full"
    """The car has signalled that it is full."""
    CAR_PAUSED = "car_paused"
    """Current is offered and the car draws none."""
    LIMIT = "limit"
    """Load balancing allows less than is wanted, perhaps nothing."""
    FALLBACK = "fallback"
    """Load balancing is on and no limit has come in time: at most the fallback current is offered."""
    NO_TIME = "no_time"
    """The clock was not set since power-on: neither plan nor night can be followed, the night's current is offered."""
    FAULT = "fault"
    """A fault that `faults` names forbids charging."""


class Fault(StrEnum):
    """What is broken; `StatusReported.faults` may hold others, which a newer charger knows. Each stops charging."""

    CONTACTOR = "contactor_fault"
    GROUND = "ground_fault"
    PILOT = "pilot_fault"
    OVERHEATED = "overheated"
    ENERGY_METER = "energy_meter_fault"


class NetworkKind(WireEnum):
    """How the charger is connected."""

    WIFI = "wifi"
    CELLULAR = "4g"
    UNKNOWN = "UNKNOWN"


class NetworkReason(StrEnum):
    """Why a connection could not be made; `NetworkFailure.reason` may hold others, which a newer charger knows."""

    NOT_FOUND = "network_not_found"
    """No such Wi-Fi in reach (2.4 GHz only), or no cell."""
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a reason, not a secret
    NO_ADDRESS = "no_address"
    """Joined, but no IP address was given."""
    NO_INTERNET = "no_internet"
    """An address, but no name could be resolved or the server was not reached."""
    SIM_REFUSED = "sim_refused"
    REFUSED = "connection_refused"
    """The cloud was reached and did not let the charger in."""


class NetworkFailure(msgspec.Struct, frozen=True, kw_only=True):
    """A try to connect that failed at `ts`; told as soon as another try, of whatever kind, has succeeded."""

    kind: NetworkKind
    reason: Code
    ts: EpochS


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """The connection in use and its signal strength, dBm."""

    kind: NetworkKind
    signal_dbm: Annotated[int, msgspec.Meta(ge=-200, le=50)]
    failure: NetworkFailure | None = None
    """The last try that failed since the network was configured; None: none did, or this firmware does not tell."""


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """The last reading the charger has made: same `epoch`, `seq`, `ts` and `register_wh` as in the message.

    `seq` 0 stands for a charger that has made none. The cloud sees here whether readings are missing.
    """

    epoch: Counter
    seq: Counter
    ts: EpochS
    register_wh: EnergyWh


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """The last time that somebody who may not tried to charge while access was `via_phone`."""

    seq: Counter
    """Grows by one with each attempt, through power cuts."""
    plug_seq: Counter
    """The plug-in it was made at; without a car the one before."""
    reason: Code
    """`no_ticket`, or the refusal of what was presented (`ticket.UnlockRefusal`)."""


NO_TICKET: Final = "no_ticket"
"""A car was plugged in and nobody unlocked."""
NO_TICKET_AFTER_S: Final = 180
"""How long a car may wait for its ticket before that is an attempt, seconds of the charger's own clock."""
SAME_ATTEMPT_S: Final = 600
"""What follows within this time at the same plug-in is the same attempt."""

GATHER_S: Final = 5
"""Changes of nothing but currents are told so long after the first of them, in one report, seconds."""


class StatusReported(msgspec.Struct, frozen=True, kw_only=True):
    """The whole status at `ts`; sections that end (plugged_at, session_start_wh) are reported as null."""

    protocol: Counter
    ts: EpochS
    evse_state: EvseState
    plug_seq: Counter
    """Grows by one at each plug-in, through power cuts; 0 before the first."""
    plugged_at: EpochS | None = None
    offered_a: CurrentA
    """What the pilot signal offers; 0 is a pause."""
    drawn_a: tuple[LineCurrentA, LineCurrentA, LineCurrentA]
    """Line currents L1, L2, L3, A. On an IT grid a one-phase car shows the same current on two lines."""
    reason: Code
    car_full: bool
    """The car has stopped by itself after drawing what it was offered."""
    faults: Annotated[tuple[Code, ...], msgspec.Meta(max_length=16)] = ()
    network: Network
    firmware: Annotated[str, msgspec.Meta(max_length=40)]
    register: Register
    session_start_wh: EnergyWh | None = None
    """The register at plug-in."""
    unlocked_by: Subject | None = None
    """Whose ticket unlocked the present plug-in; None without one."""
    attempt: Attempt | None = None
    """The last since power-on."""
    lease_ends_soon: bool = False
    """More than the fallback is offered, and the lease that allows it has 18 s or less to go (`limit.SOON_S`)."""
