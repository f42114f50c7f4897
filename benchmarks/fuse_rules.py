"""The chosen rules, and each rule taken away: a simulation that cannot see what a rule is for proves nothing."""

from typing import Final

import msgspec

from benchmarks.fuse_devices import Mutant
from benchmarks.fuse_faults import NONE, Faults
from chalicelib.domain.balancing import RULES, Rules

_NEVER = 1e12


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A set of rules under a set of faults."""

    name: str
    rules: Rules = RULES
    mutant: Mutant = Mutant()
    faults: Faults = Faults()


def _without(name: str, **changes: float) -> Policy:
    return Policy(name=name, rules=msgspec.structs.replace(RULES, **changes))


def _mutant(name: str, **changes: bool) -> Policy:
    return Policy(name=name, mutant=msgspec.structs.replace(Mutant(), **changes))


CHOSEN: Final = Policy(name="the chosen rules")
PERFECT: Final = Policy(name="perfect links", faults=NONE)
REMOVED: Final = (
    Policy(name="no load balancing at all", mutant=Mutant(never_limited=True)),
    _mutant("the lease never ends", lease_ends=False),
    _mutant("the cloud renews in silence", renews_in_silence=True),
    _mutant("both of these", lease_ends=False, renews_in_silence=True),
    _mutant("late messages are obeyed", checks_time=False),
    _mutant("old messages are obeyed", checks_order=False),
    _mutant("the fallback is 16 A", fallback_holds=False),
    _mutant("own chargers are not taken off", knows_own_draw=False),
    _mutant("line 2 not measured is read as 0", measures_line_2=False),
    _without("no margin", margin_a=0.0, margin_share=0.0),
    _without("raised at once", room_s=0.0, raise_a=64, raise_every_s=0.0, pause_s=0.0),
    _without("no wait after a pause", pause_s=0.0, room_s=0.0),
    _without("no limit on restarts", restarts_per_hour=1000000),
    _without("nothing to spare", spare_a=0.0),
    _without("reports are taken as of now", settle_s=0.0),
    _without("frozen meters are believed", same_s=_NEVER, still_s=_NEVER),
    _without("the meter's clock is not looked at", clock_s=_NEVER),
    _without("lines are never learned", votes=1000000),
)
