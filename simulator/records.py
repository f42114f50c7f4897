"""What a charger is built of, keeps through a power cut, and writes down for whoever checks it."""

from enum import StrEnum

import msgspec

from device_shadows.charging import ChargingDesired, Plan
from device_shadows.config import ConfigDesired
from device_shadows.reading import Reading
from device_shadows.status import Register
from simulator.electricity import GridType


class Hardware(msgspec.Struct, frozen=True, kw_only=True):
    """What the installer has connected: the most the charger may ever offer, its phases (1 or 3), the grid."""

    max_current_a: int = 32
    phases: int = 3
    grid: GridType = "IT"


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A reading that the broker has not acknowledged yet, to be sent from `due_s` on."""

    due_s: int
    reading: Reading


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What survives a power cut."""

    epoch: int = 1
    seq: int = 0
    register_mj: int = 0
    plug_seq: int = 0
    is_in_session: bool = False
    last_register: Register | None = None
    config: ConfigDesired | None = None
    charging: ChargingDesired = ChargingDesired()
    outbox: tuple[Outgoing, ...] = ()


class Happening(StrEnum):
    """What the event log records."""

    PLUGGED_IN = "plugged_in"
    UNPLUGGED = "unplugged"
    PLAN_APPLIED = "plan_applied"
    PLAN_IGNORED = "plan_ignored"
    FLOW_STARTED = "flow_started"
    FLOW_CHANGED = "flow_changed"
    FLOW_STOPPED = "flow_stopped"
    CAR_FULL = "car_full"


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What happened at device time `at_s` (epoch): power from then on, the register then, the plan if one came."""

    at_s: int
    happening: Happening
    power_w: float
    register_wh: float
    plan: Plan | None = None
