"""When a charger tells of itself, and what goes into one report."""

import msgspec

from device_shadows.limit import SOON_S, Limit
from device_shadows.status import GATHER_S, StatusReported
from simulator.car import Car
from simulator.charger import Charger
from tests.simulator.nights import CONFIG, a_charger, a_plan, at, epoch_s, smart


def limited(second: int, limit_a: int, seq: int) -> Limit:
    """A limit issued so many seconds after midnight."""
    return Limit(seq=seq, boot_epoch=1, limit_a=limit_a, ttl_s=60, issued_at=epoch_s(0, second), reason="main_fuse")


def charging() -> Charger:
    """It has charged under a limit of 10 A for a moment at midnight, and all of that is told."""
    charger = a_charger(config=msgspec.structs.replace(CONFIG, load_balancing=True))
    charger.plug_in(Car(need_wh=40_000), at(-6))
    charger.apply_charging(smart(a_plan((-1, 5, 16))), at(-6, 60))
    charger.hear_limit(limited(0, 10, 1), at(0))
    charger.advance(at(0, GATHER_S + 1))
    charger.statuses.clear()
    return charger


def told(charger: Charger) -> list[tuple[int, int, bool]]:
    """(seconds after midnight, offered, whether its lease ends soon) of every report since."""
    return [(one.ts - epoch_s(0), one.offered_a, one.lease_ends_soon) for one in statuses(charger)]


def statuses(charger: Charger) -> list[StatusReported]:
    found = list(charger.statuses)
    charger.statuses.clear()
    return found


def test_changes_of_current_are_told_together_some_seconds_later() -> None:
    """Two limits within seconds are one report, of what holds then."""
    charger = charging()
    charger.hear_limit(limited(10, 8, 2), at(0, 10))
    charger.hear_limit(limited(13, 9, 3), at(0, 13))
    charger.advance(at(0, 30))
    assert told(charger) == [(10 + GATHER_S, 9, False)]


def test_a_change_that_is_taken_back_is_not_told() -> None:
    """Nothing is other than it was told."""
    charger = charging()
    charger.hear_limit(limited(10, 8, 2), at(0, 10))
    charger.hear_limit(limited(13, 10, 3), at(0, 13))
    charger.advance(at(0, 30))
    assert told(charger) == []


def test_a_pause_is_told_at_once() -> None:
    """More than a current has changed: nothing flows any more."""
    charger = charging()
    charger.hear_limit(limited(10, 0, 2), at(0, 10))
    assert told(charger) == [(10, 0, False)]


def test_a_lease_that_ends_soon_is_told_once_and_its_renewal_not_at_all() -> None:
    """Renewals were lost: whoever is told sends the next one at once."""
    charger = charging()
    charger.advance(at(0, 60 - SOON_S + 5))
    assert told(charger) == [(60 - SOON_S, 10, True)]
    charger.hear_limit(limited(50, 10, 2), at(0, 50))
    charger.advance(at(0, 50 + 60 - SOON_S - 1))
    assert told(charger) == []


def test_a_lease_of_no_more_than_the_fallback_may_end_untold() -> None:
    """Nothing is lost with it."""
    charger = charging()
    charger.hear_limit(limited(20, 6, 2), at(0, 20))
    charger.advance(at(0, 75))
    assert told(charger) == [(20 + GATHER_S, 6, False)]
