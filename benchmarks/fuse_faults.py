"""What goes wrong at a site in a simulated night: how often, how long, and how late messages are."""

import random

import msgspec

HOUR_S = 3600.0


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """Rates per site-day of 16 hours, lengths in seconds (means), shares of messages."""

    meter_gaps: float = 6.0
    meter_gap_s: float = 180.0
    meter_frozen: float = 0.5
    meter_frozen_s: float = 900.0
    link_losses: float = 4.0
    link_loss_s: float = 180.0
    meter_lags: float = 0.5
    meter_lag_s: float = 600.0
    lag_s: float = 150.0
    """While it lags, a reader hands over by MQTT what it measured so long ago."""
    reboots: float = 1.0
    cloud_restarts: float = 0.5
    cloud_jumps: float = 0.5
    charger_jumps: float = 0.5
    meter_jumps: float = 0.3
    jump_s: float = 3600.0
    lost: float = 0.02
    doubled: float = 0.01
    late: float = 0.01
    echo_s: float = 0.0
    """A doubled message comes for the second time up to so long after the first."""
    late_most_s: float = 40.0
    """This share of messages takes 5 s to so long."""
    sample_s: float = 0.6
    order_s: float = 0.3
    report_s: float = 0.6
    gather_s: float = 5.0
    """A charger tells changes of current so long after the first of them (docs/device-protocol.md, 4.3)."""
    car_s: float = 4.0
    """The car follows within this time at most; IEC 61851-1 gives it 5 s."""
    all_tell_time: bool = False
    """Every reader speaks MQTT and tells the meter's time, else half of them."""
    none_tell_time: bool = False
    """None does: all speak HTTPS, slowly when nothing is to charge."""
    heater_off_s: float = 0.0
    """The house has a heater that is on for a minute and off for so long (mean); 0: none."""
    heater_until_s: float = 1e9
    leaves_a: float = 0.0
    """The house always takes all but so much of what the fuse allows; 0: it does not."""
    break_s: tuple[float, float] = (1e9, 1e9)
    """From the first to the second, seconds from the start, all plans pause."""
    hides_line_2: bool = False
    """No meter of an IT site measures line 2."""
    fuse_share: float = 1.0
    """What the main fuse carries of its current: breakers are set at 30 degrees, and carry less in a warm box."""
    meter_share: float = 1.0
    """What the meter shows of the current."""


NONE = Faults(
    meter_gaps=0,
    meter_frozen=0,
    meter_lags=0,
    link_losses=0,
    reboots=0,
    cloud_restarts=0,
    cloud_jumps=0,
    charger_jumps=0,
    meter_jumps=0,
    lost=0,
    doubled=0,
    late=0,
    sample_s=0.05,
    order_s=0.05,
    report_s=0.05,
)
"""Perfect links."""


def times(rng: random.Random, rate: float, length_s: float, end_s: float) -> list[tuple[float, float]]:
    """(start, end) of the spells of one kind of fault, in order, without overlap."""
    spells, at_s = [], 0.0
    while rate:
        at_s += rng.expovariate(rate / (16 * HOUR_S))
        if at_s >= end_s:
            break
        until_s = at_s + (rng.expovariate(1 / length_s) if length_s else 0.0)
        spells.append((at_s, until_s))
        at_s = until_s
    return spells


def delay_s(rng: random.Random, faults: Faults, typical_s: float) -> float:
    """How long one message takes."""
    if rng.random() < faults.late:
        return rng.uniform(5, faults.late_most_s)
    return typical_s * rng.lognormvariate(0, 0.5)
