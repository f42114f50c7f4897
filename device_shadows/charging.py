"""The `charging` shadow: smart or full, start or stop, and the plan.

The rules a charger follows, strongest first, at each whole second of its own clock:

1. no configuration, disabled, or `run.state` stopped for the present `plug_seq`: no current
2. mode full, for every plug-in or for the present `plug_seq`: the highest current the configuration allows
3. a plan for the present `plug_seq` that is still valid: the interval that covers this second, else no current.
   When its last interval has ended the charger waits for the next plan until `valid_until`
4. else `config.default_night`, but not earlier than 300 s after plug-in (`config.PLAN_PATIENCE_S`)

No rule ever offers more than `config.max_current_a` or the installer's maximum; less than 6 A is no current.
An order or a plan for another `plug_seq` is ignored, so nothing that was meant for one car acts on the next.
"""

import itertools
from typing import Annotated

import msgspec

from device_shadows.values import MIN_CURRENT_A, Code, Counter, CurrentA, EpochS, WireEnum


class ChargingMode(WireEnum):
    """Smart: the plan decides. Full: charge now. A charger that reads UNKNOWN acts as `smart`."""

    SMART = "smart"
    FULL = "full"
    UNKNOWN = "UNKNOWN"


class RunState(WireEnum):
    """Auto: charge when mode and plan say so. Stopped: not at all. A charger that reads UNKNOWN acts as `auto`."""

    AUTO = "auto"
    STOPPED = "stopped"
    UNKNOWN = "UNKNOWN"


class RunOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Start or stop of one plug-in; for any other `plug_seq` it means auto."""

    state: RunState
    plug_seq: Counter


class PlanInterval(msgspec.Struct, frozen=True, kw_only=True):
    """Offer `current_a` in [start, end); 0 is a pause that carries its reason, 1 to 5 A cannot be expressed."""

    start: EpochS
    end: EpochS
    current_a: CurrentA
    reason: Code

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError("an interval ends after it starts")
        if 0 < self.current_a < MIN_CURRENT_A:
            raise ValueError(f"a current is 0 or at least {MIN_CURRENT_A} A")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """When to offer which current to the car of this `plug_seq`. Intervals are in order of time and do not overlap.

    Between intervals nothing is offered. From `valid_until` on the plan counts as absent. Always written whole, so
    that no field of the plan before is left.
    """

    plan_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    plug_seq: Counter
    intervals: Annotated[tuple[PlanInterval, ...], msgspec.Meta(max_length=100)]
    valid_until: EpochS

    def __post_init__(self) -> None:
        if any(later.start < earlier.end for earlier, later in itertools.pairwise(self.intervals)):
            raise ValueError("intervals are in order of time and do not overlap")


class ChargingDesired(msgspec.Struct, frozen=True, kw_only=True):
    """What the cloud wants, as a charger reads it: a section that was never written is absent.

    A charger does not hear of a section that is removed (a delta holds only what is there): to end a stop write `auto`,
    to withdraw a plan write one without intervals.
    """

    mode: ChargingMode = ChargingMode.SMART
    full_plug_seq: Counter = 0
    """Mode full holds for this plug-in alone, and any other is smart; 0: full holds until the mode changes."""
    run: RunOrder | None = None
    plan: Plan | None = None

    def is_full_at(self, plug_seq: int) -> bool:
        """Whether this plug-in is charged at once."""
        return self.mode is ChargingMode.FULL and self.full_plug_seq in {0, plug_seq}


class ChargingChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the cloud writes: the sections that change; None leaves a section as it is."""

    mode: ChargingMode | None = None
    full_plug_seq: Counter | None = None
    run: RunOrder | None = None
    plan: Plan | None = None


class ChargingReported(msgspec.Struct, frozen=True, kw_only=True):
    """What the charger acts on. `plan_id` is None when it follows no plan, `run` when it was never told any.

    Either is then reported as null, by which the shadow service removes the field: it is not in what the cloud reads.
    `plan_id` names a plan only if it is for the present `plug_seq`. The plan itself is not echoed: it stays in every
    delta, which the charger recognises by `plan_id` and does not report again.
    """

    mode: ChargingMode
    run: RunOrder | None = None
    plan_id: str | None = None
    plug_seq: Counter
    applied_at: EpochS
    full_plug_seq: Counter = 0
