"""What a charger is built of, keeps through a power cut, and writes down for whoever checks it."""

from enum import StrEnum

import msgspec

from device_shadows.charging import ChargingDesired, Plan
from device_shadows.command import CommandLog, Result
from device_shadows.config import ConfigDesired
from device_shadows.firmware import Installed
from device_shadows.reading import Reading
from device_shadows.status import Register
from simulator.electricity import GridType

MODEL = "simulated"
FACTORY_IMAGE = Installed(model=MODEL, version="sim-1.0.0", counter=1)


class Hardware(msgspec.Struct, frozen=True, kw_only=True):
    """What the installer has connected: the most the charger may ever offer, its phases (1 or 3), the grid."""

    max_current_a: int = 32
    phases: int = 3
    grid: GridType = "IT"


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A reading that the broker has not acknowledged yet, to be sent from `due_s` on, when it has its time."""

    due_s: int
    reading: Reading
    is_stamped: bool = True
    """False: made at `due_s` (monotonic) while the time was unknown; `reading.ts` means nothing yet."""


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
    commands: CommandLog = CommandLog()
    results: tuple[Result, ...] = ()
    image: Installed = FACTORY_IMAGE
    attempts: int = 0


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
    POWER_LOST = "power_lost"
    POWER_BACK = "power_back"
    REGISTER_RESET = "register_reset"
    FAULT = "fault"
    UNLOCKED = "unlocked"
    IDENTIFIED = "identified"


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What happened at the second `at_s` (epoch): power from then on, the register then, the plan if one came."""

    at_s: int
    happening: Happening
    power_w: float
    register_wh: float
    plan: Plan | None = None
