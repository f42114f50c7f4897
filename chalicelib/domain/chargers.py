"""A charger as its owner sees it: where it stands and how it shall behave."""

from datetime import datetime, time
from enum import StrEnum
from typing import Final

import msgspec

from chalicelib.domain.errors import Conflict
from chalicelib.domain.ids import AccountId, ChargerId, Serial, SiteId
from chalicelib.domain.sites import GridType, Phases

DEFAULT_CIRCUIT_FUSE_A: Final = 32
DEFAULT_READY_BY: Final = time(7, 0)
DEFAULT_MAX_STARTS: Final = 2
FALLBACK_CURRENT_A: Final = 6  # the least a car may be offered (IEC 61851-1)


class ChargerAccess(StrEnum):
    """Who may charge."""

    EVERYONE = "everyone"
    VIA_PHONE = "via_phone"


class ChargingMode(StrEnum):
    """Whether the planner decides when, or the car charges at once."""

    SMART = "smart"
    FULL = "full"


class FullUntil(StrEnum):
    """How long mode full holds: for one plug-in, or until somebody changes the mode."""

    UNPLUG = "unplug"
    CHANGED = "changed"


class RunState(StrEnum):
    """Whether the present plug-in is charged as mode and plan say, or not at all."""

    AUTO = "auto"
    STOPPED = "stopped"


class CircuitFuseTooLarge(Conflict):
    """A circuit fuse behind a smaller main fuse protects nothing."""

    code = "circuit_fuse_too_large"


class Charger(msgspec.Struct, frozen=True, kw_only=True):
    """One claimed charger; `charger_id` is minted per claim, `version` counts the changes of its settings.

    `circuit_fuse_a` is the most it may ever offer; `phases` is how many a car here is expected to use;
    `ready_by` is wall clock in the site's time zone; `max_starts` holds for a session; `leaves_early` says that the car
    may be gone before ready_by. Mode full holds for the plug-in `full_plug_seq` alone (0: for every one), and only the
    plug-in `stopped_plug_seq` is stopped: an order never acts on the next car. Orders do not count in `version`.
    """

    charger_id: ChargerId
    serial: Serial
    owner: AccountId
    site_id: SiteId
    name: str
    phases: Phases = 1
    circuit_fuse_a: int = DEFAULT_CIRCUIT_FUSE_A
    fallback_current_a: int = FALLBACK_CURRENT_A
    ready_by: time = DEFAULT_READY_BY
    access: ChargerAccess = ChargerAccess.EVERYONE
    access_epoch: int = 0
    disabled: bool = False
    full_until: FullUntil = FullUntil.UNPLUG
    max_starts: int = DEFAULT_MAX_STARTS
    leaves_early: bool = False
    mode: ChargingMode = ChargingMode.SMART
    full_plug_seq: int = 0
    stopped_plug_seq: int | None = None
    claim_epoch: int
    version: int = 1
    created_at: datetime

    def mode_at(self, plug_seq: int) -> ChargingMode:
        """The mode of this plug-in."""
        return self.mode if self.full_plug_seq in {0, plug_seq} else ChargingMode.SMART

    def run_at(self, plug_seq: int) -> RunState:
        """Whether this plug-in was stopped."""
        return RunState.STOPPED if self.stopped_plug_seq == plug_seq else RunState.AUTO


def expected_phases(grid_type: GridType, site_phases: Phases) -> Phases:
    """How many phases to plan with before a car has shown it: most cars use one on an IT grid."""
    return 1 if grid_type == "IT" else site_phases
