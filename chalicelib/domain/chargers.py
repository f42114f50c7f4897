"""A charger as its owner sees it: where it stands and how it shall behave."""

from datetime import datetime, time
from enum import StrEnum
from typing import Final

import msgspec

from chalicelib.domain.ids import AccountId, ChargerId, Serial, SiteId
from chalicelib.domain.sites import GridType, Phases

DEFAULT_CIRCUIT_FUSE_A: Final = 32
DEFAULT_READY_BY: Final = time(7, 0)
FALLBACK_CURRENT_A: Final = 6  # the least a car may be offered (IEC 61851-1)


class ChargerAccess(StrEnum):
    """Who may charge."""

    EVERYONE = "everyone"
    VIA_PHONE = "via_phone"


class ChargingMode(StrEnum):
    """Whether the planner decides when, or the car charges at once."""

    SMART = "smart"
    FULL = "full"


class Charger(msgspec.Struct, frozen=True, kw_only=True):
    """One claimed charger; `charger_id` is minted per claim, `version` counts the changes of its settings.

    `circuit_fuse_a` is the most it may ever offer; `phases` is how many a car here is expected to use;
    `ready_by` is wall clock in the site's time zone.
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
    mode: ChargingMode = ChargingMode.SMART
    claim_epoch: int
    version: int = 1
    created_at: datetime


def expected_phases(grid_type: GridType, site_phases: Phases) -> Phases:
    """How many phases to plan with before a car has shown it: most cars use one on an IT grid."""
    return 1 if grid_type == "IT" else site_phases
