"""What a charger does when things go wrong: power, clock, register, parts, limits."""

import msgspec
import pytest

from device_shadows.charging import ChargingDesired, ChargingMode
from device_shadows.limit import Limit
from device_shadows.status import EvseState
from simulator.car import Car
from simulator.charger import Charger
from tests.simulator.nights import CONFIG, a_charger, a_plan, at, epoch_s, readings, smart, what_was_read

BALANCED = msgspec.structs.replace(CONFIG, load_balancing=True)


def charging(*, config: object = CONFIG, from_hour: float = -6) -> Charger:
    """A car that draws 16 A by a plan from `from_hour` on, for hours."""
    assert isinstance(config, type(CONFIG))
    charger = a_charger(from_hour, config=config)
    charger.plug_in(Car(need_wh=100_000), at(from_hour))
    charger.apply_charging(smart(a_plan((from_hour, 8, 16), valid_until=9)), at(from_hour))
    return charger


def a_limit(seq: int, limit_a: int, hour: float, second: int = 0, boot_epoch: int = 1) -> Limit:
    issued_at = epoch_s(hour, second)
    return Limit(seq=seq, boot_epoch=boot_epoch, limit_a=limit_a, ttl_s=60, issued_at=issued_at, reason="main_fuse")


# power


def test_a_power_cut_stops_the_flow_and_the_session_goes_on() -> None:
    """The last second with power is in the readings; the plan still counts for the same plug-in."""
    charger = charging()
    charger.lose_power(at(-5))
    charger.regain_power(at(-4))
    charger.advance(at(-3))
    flows = [(kind, hour, wh) for kind, hour, wh in what_was_read(charger) if not kind.startswith("quarter")]
    assert flows == [
        ("session_start", -6.0, 0),
        ("flow_start", -6.0, 0),
        ("flow_stop", -5.0, 3680),
        ("flow_start", -4.0, 3680),
    ]
    assert (charger.plug_seq, charger.charging_report.plan_id, charger.register_wh) == (1, "p", 7360)


def test_without_power_nothing_happens() -> None:
    """No reading, no energy, no car."""
    charger = charging()
    charger.lose_power(at(-5))
    before = charger.memory()
    charger.advance(at(3))
    assert (charger.memory(), charger.next_wake_s(), charger.drawn_w) == (before, None, 0)
    with pytest.raises(ValueError, match="no power"):
        charger.unplug(at(3))


# the clock


def test_with_an_unknown_clock_it_charges_at_the_current_of_the_night() -> None:
    """Neither plan nor night can be followed; after five minutes of waiting for the time, the car is not left alone."""
    charger = charging()
    charger.lose_power(at(-5))
    charger.regain_power(at(-4), is_clock_known=False)
    charger.advance(at(-4, 299))
    waiting = (charger.status.offered_a, charger.status.reason)
    charger.advance(at(-4, 300))
    assert (waiting, (charger.status.offered_a, charger.status.reason)) == ((0, "no_time"), (10, "no_time"))
    assert (charger.charging_report.plan_id, charger.status.ts) == (None, 300)


def test_readings_of_an_unknown_time_wait_and_are_stamped_when_the_clock_is_set() -> None:
    """To the second, from the monotonic clock; until then none is sent."""
    charger = charging()
    charger.lose_power(at(-5))
    charger.regain_power(at(-4), is_clock_known=False)
    charger.advance(at(-3))
    held = [reading.ts for reading in charger.due_readings()]
    charger.set_clock(at(-3))
    charger.advance(at(-3, 60))
    assert (min(held), max(held)) == (epoch_s(-6), epoch_s(-5))
    assert what_was_read(charger)[-2:] == [
        ("flow_start", -4 + 300 / 3600, 3680),
        ("quarter", -3.0, 3680 + 2300 * 55 // 60),
    ]
    assert len(charger.due_readings()) == len(charger.outbox)


def test_a_reading_whose_time_was_lost_counts_from_the_next_power_on() -> None:
    """Power went before the clock was set: nobody knows any more."""
    charger = charging()
    charger.lose_power(at(-5))
    charger.regain_power(at(-4), is_clock_known=False)
    charger.advance(at(-3.5))
    charger.lose_power(at(-3))
    charger.regain_power(at(-2))
    charger.set_clock(at(-2))
    lost = [reading.ts for reading in readings(charger) if reading.seq in {8, 9}]
    assert lost == [epoch_s(-2)] * 2


def test_a_stamped_reading_never_changes() -> None:
    """(epoch, seq) names it for ever, also when the clock turns out to have been wrong."""
    charger = charging()
    charger.disturb_clock(3600, at(-5))
    charger.advance(at(-4))
    before = readings(charger)
    charger.set_clock(at(-4))
    assert readings(charger)[: len(before)] == before


@pytest.mark.parametrize(("error_s", "starts_at"), [(3600, 1.0), (-3600, 3.0)], ids=["ahead", "behind"])
def test_a_clock_that_is_an_hour_wrong_follows_the_plan_an_hour_off(error_s: int, starts_at: float) -> None:
    """The plan is for 02:00; the reading is stamped with what the charger believes."""
    charger = a_charger()
    charger.plug_in(Car(need_wh=100_000), at(-6))
    charger.apply_charging(smart(a_plan((2, 5, 16))), at(-6))
    charger.disturb_clock(error_s, at(-6))
    charger.advance(at(starts_at, 1))
    assert charger.drawn_w == 3680
    assert readings(charger)[-1].ts == epoch_s(2)


def test_when_the_clock_is_set_the_plan_is_followed_at_once() -> None:
    """An hour ahead it had begun; now it is a pause again."""
    charger = a_charger()
    charger.plug_in(Car(need_wh=100_000), at(-6))
    charger.apply_charging(smart(a_plan((2, 5, 16))), at(-6))
    charger.disturb_clock(3600, at(-6))
    charger.advance(at(1.5))
    charger.set_clock(at(1.5))
    assert (charger.drawn_w, charger.status.reason) == (0, "plan_pause")


# the register


def test_a_register_reset_begins_an_epoch_and_loses_no_energy_after_it() -> None:
    """Sequence numbers start from 1; the session counts from zero."""
    charger = charging()
    charger.reset_register(at(-5))
    charger.advance(at(-4))
    new = [reading for reading in readings(charger) if reading.epoch == 2]
    assert [(r.seq, r.kind, r.register_wh) for r in new][:2] == [(1, "flow_start", 0), (2, "quarter", 920)]
    assert (charger.register_wh, charger.status.session_start_wh, charger.status.register.epoch) == (3680, 0, 2)


def test_a_register_reset_of_an_idle_charger_is_told_by_its_next_reading() -> None:
    """Nobody is there: nothing to say yet."""
    charger = a_charger()
    charger.reset_register(at(-5))
    assert readings(charger) == []
    charger.plug_in(Car(need_wh=1000), at(-4))
    assert [(r.epoch, r.seq) for r in readings(charger)] == [(2, 1)]


# parts


def test_a_broken_contactor_stops_charging_until_it_is_reset() -> None:
    """State F, nothing offered, and the repair alone does not bring it back."""
    charger = charging()
    charger.break_down("contactor_fault", at(-5))
    assert (charger.status.evse_state, charger.status.reason, charger.status.faults, charger.drawn_w) == (
        EvseState.F,
        "fault",
        ("contactor_fault",),
        0,
    )
    refused = charger.reset_faults()
    charger.repair("contactor_fault", at(-4))
    still = charger.status.evse_state
    done = charger.reset_faults()
    assert (refused, still, done, charger.drawn_w) == ("fault_persists", EvseState.F, None, 3680)


def test_a_reset_clears_only_what_is_repaired() -> None:
    """Two faults, one of them mended."""
    charger = charging()
    charger.break_down("contactor_fault", at(-5))
    charger.break_down("overheated", at(-5))
    charger.repair("overheated", at(-4))
    assert (charger.reset_faults(), charger.faults) == ("fault_persists", ("contactor_fault",))


def test_there_is_nothing_to_reset_on_a_sound_charger() -> None:
    """It says so."""
    assert charging().reset_faults() == "no_fault"


# limits


def test_a_lease_is_obeyed_and_ends_in_the_fallback() -> None:
    """16 A by plan, 10 A by limit for a minute, then 6 A: nobody renewed it."""
    charger = charging(config=BALANCED)
    charger.hear_limit(a_limit(1, 10, -5), at(-5))
    first = (charger.status.offered_a, charger.status.reason)
    charger.advance(at(-5, 60))
    assert (first, (charger.status.offered_a, charger.status.reason)) == ((10, "limit"), (6, "fallback"))
    assert charger.status.ts == epoch_s(-5, 60)


def test_a_limit_below_the_plan_pauses_and_one_above_is_not_told() -> None:
    """0 A is a pause for a reason; 32 A leaves the plan as it is."""
    charger = charging(config=BALANCED)
    charger.hear_limit(a_limit(1, 0, -5), at(-5))
    paused = (charger.status.offered_a, charger.status.reason, charger.drawn_w)
    charger.hear_limit(a_limit(2, 32, -5, 10), at(-5, 10))
    assert (paused, (charger.status.offered_a, charger.status.reason)) == ((0, "limit", 0), (16, "plan"))


@pytest.mark.parametrize("mode", [ChargingMode.FULL, ChargingMode.SMART])
def test_a_limit_holds_in_every_mode(mode: ChargingMode) -> None:
    """Full means as much as is allowed."""
    charger = charging(config=BALANCED)
    charger.apply_charging(ChargingDesired(mode=mode, plan=charger.charging.plan), at(-5))
    charger.hear_limit(a_limit(1, 8, -5), at(-5))
    assert (charger.status.offered_a, charger.status.reason) == (8, "limit")


def test_without_load_balancing_nothing_is_held_down_when_no_limit_comes() -> None:
    """The fallback is for sites that have a reader at the meter."""
    charger = charging()
    charger.hear_limit(a_limit(1, 8, -5), at(-5))
    limited = charger.status.offered_a
    charger.advance(at(-5, 61))
    assert (limited, charger.status.offered_a) == (8, 16)


def test_a_restart_begins_at_the_fallback() -> None:
    """Every limit heard before is forgotten, and an old one does not come back."""
    charger = charging(config=BALANCED)
    charger.hear_limit(a_limit(7, 16, -5), at(-5))
    charger.lose_power(at(-5, 5))
    charger.regain_power(at(-5, 40))
    charger.hear_limit(a_limit(7, 16, -5), at(-5, 41))
    assert (charger.status.offered_a, charger.status.reason) == (6, "fallback")


@pytest.mark.parametrize("error_s", [3600, -3600, -epoch_s(-5)], ids=["ahead", "behind", "1970"])
def test_a_wrong_clock_never_raises_a_limit(error_s: int) -> None:
    """It lowers, and it ends after the same minute."""
    charger = charging(config=BALANCED)
    charger.disturb_clock(error_s, at(-5))
    charger.apply_charging(ChargingDesired(mode=ChargingMode.FULL), at(-5))
    charger.hear_limit(a_limit(1, 16, -5), at(-5))
    not_raised = charger.status.offered_a
    charger.hear_limit(a_limit(2, 0, -5, 1), at(-5, 1))
    lowered = charger.status.offered_a
    charger.advance(at(-5, 61))
    assert (not_raised, lowered, charger.status.offered_a) == (6, 0, 6)


def test_setting_the_clock_during_a_lease_neither_ends_nor_prolongs_it() -> None:
    """The lease runs on the monotonic clock."""
    charger = charging(config=BALANCED)
    charger.hear_limit(a_limit(1, 10, -5), at(-5))
    charger.disturb_clock(-3600, at(-5, 10))
    charger.advance(at(-5, 59))
    running = charger.offer.current_a
    charger.set_clock(at(-5, 59))
    charger.advance(at(-5, 60))
    assert (running, charger.offer.current_a) == (10, 6)


def test_a_new_car_stays_at_the_fallback_until_a_limit_knows_of_it() -> None:
    """The limit of a moment ago was for an empty cable."""
    charger = a_charger(config=BALANCED)
    charger.hear_limit(a_limit(1, 16, -6), at(-6))
    charger.apply_charging(ChargingDesired(mode=ChargingMode.FULL), at(-6))
    charger.plug_in(Car(need_wh=50_000), at(-6, 5))
    first = charger.status.offered_a
    charger.hear_limit(a_limit(2, 16, -6, 10), at(-6, 10))
    assert (first, charger.status.offered_a) == (6, 16)
