"""The chosen rules, and each rule taken away, in conditions in which it matters.

A simulation that cannot see what a rule is for proves nothing. Every policy without a rule stands beside the chosen
rules in the same conditions: the usual faults, or some that are rare at one home and certain among many.
"""

from typing import Final

import msgspec

from benchmarks.fuse_devices import Mutant
from benchmarks.fuse_faults import NONE, Faults
from chalicelib.domain.balancing import RULES, Rules

_NEVER = 1e12


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A set of rules under a set of faults; `among` is what the faults are called."""

    name: str
    among: str = "usual faults"
    rules: Rules = RULES
    mutant: Mutant = Mutant()
    faults: Faults = Faults()


CHOSEN: Final = Policy(name="the chosen rules")
PERFECT: Final = Policy(name="the chosen rules", among="perfect links", faults=NONE)

LONG_SILENCES: Final = Policy(
    name=CHOSEN.name, among="silences of 30 min", faults=Faults(meter_gaps=4, meter_gap_s=1800)
)
SLOW_NETWORK: Final = Policy(
    name=CHOSEN.name, among="slow network", faults=Faults(late=0.3, late_most_s=90, doubled=0.3)
)
ECHOES: Final = Policy(name=CHOSEN.name, among="echoes", faults=Faults(doubled=0.9, echo_s=14))
SLOW_REPORTS: Final = Policy(name=CHOSEN.name, among="slow reports", faults=Faults(report_s=8))
LATE_READERS: Final = Policy(
    name=CHOSEN.name, among="late readers", faults=Faults(meter_lags=8, meter_lag_s=1200, all_tell_time=True)
)
THERMOSTAT: Final = Policy(name=CHOSEN.name, among="a heater that cycles", faults=Faults(heater_off_s=360))
FREEZING: Final = Policy(name=CHOSEN.name, among="meters that freeze", faults=Faults(meter_frozen=8))
JUST_SIX: Final = Policy(name=CHOSEN.name, among="just 6 A are left", faults=Faults(leaves_a=6.2))
WARM_BOX: Final = Policy(name=CHOSEN.name, among="a warm fuse box", faults=Faults(fuse_share=0.92, meter_share=0.98))
HIDDEN_LINE: Final = Policy(name=CHOSEN.name, among="line 2 never measured", faults=Faults(hides_line_2=True))
BREAKS: Final = Policy(
    name=CHOSEN.name,
    among="restless evenings, then a planned break",
    faults=Faults(heater_off_s=360, heater_until_s=5 * 3600, break_s=(5 * 3600, 8 * 3600), none_tell_time=True),
)
LOSSY: Final = Policy(name=CHOSEN.name, among="a tenth of messages lost", faults=Faults(lost=0.1))
CONDITIONS: Final = (
    CHOSEN,
    LONG_SILENCES,
    SLOW_NETWORK,
    ECHOES,
    SLOW_REPORTS,
    LATE_READERS,
    FREEZING,
    THERMOSTAT,
    JUST_SIX,
    WARM_BOX,
    HIDDEN_LINE,
    BREAKS,
    LOSSY,
)
"""The chosen rules in each of the conditions."""


def _without(name: str, among: Policy = CHOSEN, **changes: float) -> Policy:
    return msgspec.structs.replace(among, name=name, rules=msgspec.structs.replace(RULES, **changes))


def _mutant(name: str, among: Policy = CHOSEN, **changes: bool) -> Policy:
    return msgspec.structs.replace(among, name=name, mutant=msgspec.structs.replace(Mutant(), **changes))


REMOVED: Final = (
    _mutant("no load balancing at all", never_limited=True),
    _mutant("the lease never ends", LONG_SILENCES, lease_ends=False),
    _mutant("the cloud renews in silence", LONG_SILENCES, renews_in_silence=True),
    _mutant("late messages are obeyed", SLOW_NETWORK, checks_time=False),
    _mutant("old messages are obeyed", ECHOES, checks_order=False),
    _mutant("a charger does not ask for a lease that ends", LOSSY, asks=False),
    _without("a planned break is no time", BREAKS, rest_s=0.0),
    _mutant("the fallback is 16 A", fallback_holds=False),
    _mutant("own chargers are not taken off", knows_own_draw=False),
    _mutant("line 2 not measured is read as 0", HIDDEN_LINE, measures_line_2=False),
    _without("no margin", WARM_BOX, margin_a=0.0, margin_share=0.0),
    _without("raised at once", room_s=0.0, raise_a=64, raise_every_s=0.0, pause_s=0.0),
    _without("no wait after a pause", pause_s=0.0, room_s=0.0),
    _without("no limit on restarts", THERMOSTAT, restarts_per_hour=1000000, seldom_s=0.0),
    _without("restarts are limited by the hour only", THERMOSTAT, seldom_s=0.0),
    _without("nothing to spare", JUST_SIX, spare_a=0.0),
    _without("reports are taken as of now", SLOW_REPORTS, settle_s=0.0),
    _without("frozen meters are believed", FREEZING, same_s=_NEVER, still_s=_NEVER, still_lines_s=_NEVER),
    _without("the meter's clock is not looked at", LATE_READERS, clock_s=_NEVER),
    _without("lines are never learned", votes=1000000),
)
