"""What load balancing is told, what it remembers and what it says."""

from datetime import datetime
from typing import Final

import msgspec

from chalicelib.domain.ids import ChargerId
from chalicelib.domain.sites import GridType, Phases

MIN_CURRENT_A: Final = 6
"""The least a car may be offered (IEC 61851-1); less means a pause."""

Lines = tuple[float, float, float]
MaybeLines = tuple[float | None, float | None, float | None]
Loads = tuple[bool, bool, bool]
"""Which of the meter's lines L1, L2, L3 a charger loads."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers; a simulation may take one away to see what it is for. Currents in amperes, times in seconds."""

    margin_a: float = 1.0
    margin_share: float = 0.04
    """The margin under the main fuse is the larger of `margin_a` and this share of the fuse."""
    spare_a: float = 0.5
    """A limit is raised only if this much would still be left, so that the last digit of a meter moves nothing."""
    lease_s: int = 60
    renew_s: float = 18.0
    """A lease is renewed with the first sample after so long: of ten seconds each, with every second one."""
    rest_s: float = 200.0
    """A gap of up to so much is time that has passed, though nobody saw room in it: pauses and hours go on."""
    quiet_s: float = 15.0
    """A sample that changes nothing is not remembered if the one before it was and is no older."""
    stale_s: float = 30.0
    """A gap between good samples of more than this begins every wait for room again."""
    clock_s: float = 90.0
    """By how much the meter's own clock may differ from the cloud's."""
    room_s: float = 120.0
    raise_a: int = 2
    raise_every_s: float = 10.0
    pause_s: float = 300.0
    restarts_per_hour: int = 6
    often: int = 8
    often_s: float = 6 * 3600.0
    seldom_s: float = 2400.0
    """After `often` restarts in `often_s` it is restarted only so long after the last: at most 30 in 16 hours."""
    settle_s: float = 15.0
    """How long after a change the meter and the charger's report may speak of different moments."""
    follow_s: float = 8.0
    """How long after a lowering a charger may still report more before it counts as one that does not follow."""
    lost_s: float = 65.0
    """When a lease has surely ended: its length, and 5 s for the car to follow."""
    most_share: float = 3.0
    """A line above this many times the main fuse is no measurement."""
    same_s: float = 60.0
    same_change_a: float = 3.0
    """Lines that stay the same to the last digit this long while our chargers changed by this much are frozen."""
    still_s: float = 45.0
    """So are lines and power that stay the same this long while a car charges: mains voltage alone moves a digit."""
    still_lines_s: float = 180.0
    """So are lines that stay the same this long while a car charges, whatever the power does."""
    learn_a: float = 4.0
    """A step of a charger's current that is large enough to see which lines it loads."""
    learn_s: float = 5.0
    """A draw that the charger has reported for so long is in the sample."""
    votes: int = 3
    """How many such steps must agree, with none against."""


RULES: Final = Rules()


class Supply(msgspec.Struct, frozen=True, kw_only=True):
    """What the site gets from the grid: the main fuse per line, the grid's type and the number of phases."""

    main_fuse_a: int
    grid_type: GridType
    phases: Phases = 3


class LineSample(msgspec.Struct, frozen=True, kw_only=True):
    """What a meter said of the lines, as the cloud received it; None is a line that nobody measured.

    On IT a meter's zero of line 2 must already have become None. `measured_at` is the meter's own time, if it has one.
    """

    currents_a: MaybeLines
    received_at: datetime
    measured_at: datetime | None = None
    power_w: float | None = None
    """From the grid, of the same moment; its last digit moves when that of small currents does not."""


class BalancedCharger(msgspec.Struct, frozen=True, kw_only=True):
    """One charger of the site with a car, as it is known at this moment. One without a car is left out."""

    charger_id: ChargerId
    plug_seq: int
    phases: Phases
    """How many phases it may use; what it draws tells how many it does use."""
    max_a: int
    """The least of circuit fuse and main fuse; what cable and installer allow, the charger itself never exceeds."""
    fallback_a: int
    """What it offers when no lease runs, 0 or at least 6."""
    wanted_a: int
    """What plan and mode ask for now and car, cable and installer let flow, as far as that is known; 0 when nothing is
    to flow (planned pause, full, stopped, disabled, fault). Fair shares go so far; what is left, up to `max_a`."""
    starts_in_s: float | None = None
    """How long until its plan begins to want current; None if it wants some now, or has no such plan."""
    offered_a: int
    """Its last report."""
    drawn_a: Lines
    """Its last report, by its own names of the lines."""
    drawn_since: datetime | None = None
    """The time of the report with which it began to draw this; None if nobody knows."""
    at_fallback: bool = False
    """Its last report says that no lease runs (reason `fallback`)."""
    asked_at: datetime | None = None
    """The time of its last report if that says that its lease ends soon: it has missed what was sent."""
    is_connected: bool = True
    needed_a: int = 0
    """The current it needs from now on to be ready in time; 0 without a deadline (see `urgency`)."""
    slack_s: float | None = None
    """How long it could still wait and be ready in time at `max_a`; None without a deadline."""


class LimitOrder(msgspec.Struct, frozen=True, kw_only=True):
    """To be sent at once: the charger may offer `limit_a` per line for `ttl_s` seconds from now."""

    charger_id: ChargerId
    limit_a: int
    ttl_s: int
    seq: int
    boot_epoch: int
    reason: str
    """`main_fuse` (the house leaves no more), `shared` (other cars do not), `waiting` (room is not yet trusted),
    `restarts` (too many this hour), `not_wanted`, or `max` (nothing holds it down)."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of one charger. Times are the site's own clock (`BalancingState.elapsed_s`)."""

    charger_id: ChargerId
    plug_seq: int
    limit_a: int = 0
    reason: str = "waiting"
    sent_s: float = -1e9
    sent_a: int = -1
    leased_s: float = -1e9
    """When it was last sent a lease while it was in contact."""
    asked_at: datetime | None = None
    """When it last said that its lease ends soon, and was answered."""
    said_fallback: bool = False
    """Its last report said that no lease runs; the same report again is no news."""
    higher_a: int = 0
    """A limit of before that the charger may still obey if a lowering was lost."""
    higher_until_s: float = -1e9
    raised_s: float = -1e9
    lowered_s: float = -1e9
    room_since_s: float | None = None
    """Since when there has been room for more; None: there is none."""
    paused_s: float | None = None
    """When we took the current away; None if we did not."""
    has_started: bool = False
    restarts_s: tuple[float, ...] = ()
    """Those of the last six hours, whole seconds."""
    drawn_a: float = 0.0
    before_a: float = 0.0
    """What it drew before the last change."""
    changed_s: float = -1e9
    lines: Loads | None = None
    """What a one-phase car loads; None: not known, so the worst of all."""
    votes: int = 0
    candidate: Loads | None = None


class Anchor(msgspec.Struct, frozen=True):
    """Lines and draws of a moment when nothing was changing, to see the next step against."""

    currents_a: MaybeLines
    drawn_a: tuple[tuple[ChargerId, float], ...]


class BalancingState(msgspec.Struct, frozen=True, kw_only=True):
    """All that is remembered of a site between two steps; under 4 kB for four chargers.

    `boot_epoch` must be higher than that of any state that this site had before: a stored counter, never a time.
    """

    boot_epoch: int
    seq: int = 0
    elapsed_s: float = 0.0
    """The site's own clock: observed seconds. It never goes back, and a jump of a computer's clock does not move it."""
    stepped_at: datetime | None = None
    good_s: float = -1e9
    """When the last good sample was, by the site's own clock."""
    sample: LineSample | None = None
    """The last good one."""
    house_a: Lines | None = None
    """What the house takes without our chargers, worst case per line, at the last good sample."""
    doubt: str = ""
    """Why the last sample was not believed; empty if it was."""
    same_since_s: float = 0.0
    """Since when the lines have been the same to the last digit."""
    still_since_s: float = 0.0
    """Since when the power has been the same as well."""
    same_drawn_a: float = 0.0
    """What our chargers drew together then."""
    anchor: Anchor | None = None
    held: tuple[Held, ...] = ()

    def find(self, charger_id: ChargerId) -> Held | None:
        """What is remembered of a charger."""
        return next((held for held in self.held if held.charger_id == charger_id), None)


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Store `state` (only over the state it was made from), then send `orders`."""

    state: BalancingState
    orders: tuple[LimitOrder, ...]
