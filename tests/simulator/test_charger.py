"""A charger lives through its nights: plans, orders, physics and what it tells about them."""

import msgspec
import pytest

from device_shadows.charging import ChargingDesired, ChargingMode, RunOrder, RunState
from device_shadows.reading import ReadingKind
from device_shadows.status import EvseState, Reason
from simulator.car import Car
from simulator.charger import Charger
from simulator.records import Happening, Hardware
from tests.simulator.nights import CONFIG, a_charger, a_plan, at, epoch_s, readings, smart, what_was_read

POWER_W = 16 * 230


def a_night(need_wh: int = 10_000, **car: int) -> Charger:
    """Plugged in at 18:00; a plan from 02:00 to 05:00 came a minute later."""
    charger = a_charger()
    charger.plug_in(Car(need_wh=need_wh, **car), at(-6))
    charger.apply_charging(smart(a_plan((2, 5, 16))), at(-6, 60))
    return charger


def test_a_night_with_a_plan_is_charged_in_its_hours() -> None:
    """Energy flows from the first second of the plan until the car is full, and the readings tell so."""
    charger = a_night(need_wh=4600)  # 1 h 15 min at 3680 W
    charger.advance(at(8))
    assert what_was_read(charger) == [
        ("session_start", -6.0, 0),
        ("flow_start", 2.0, 0),
        ("quarter", 2.25, 920),
        ("quarter", 2.5, 1840),
        ("quarter", 2.75, 2760),
        ("quarter", 3.0, 3680),
        ("flow_stop", 3.25, 4600),
    ]


def test_register_battery_and_readings_agree_to_the_watt_hour() -> None:
    """However the night is cut, the register grows by exactly what the car took."""
    charger = a_night(need_wh=9_999)
    for minute in range(14 * 60):
        charger.advance(at(-6, minute * 60 + minute % 7))
    car = charger.car
    steps = [
        later.register_wh - earlier.register_wh
        for earlier, later in zip(readings(charger), readings(charger)[1:], strict=False)
    ]
    assert car is not None
    assert (charger.register_wh, car.battery_wh, sum(steps), car.is_full) == (9_999, 9_999, 9_999, True)


def test_a_late_wake_up_makes_the_same_readings_as_a_prompt_one() -> None:
    """Seconds, registers and status times are those of the events, not those of the process."""
    prompt, late = a_night(need_wh=7_777), a_night(need_wh=7_777)
    for second in range(0, 14 * 3600, 13):
        prompt.advance(at(-6, second))
    prompt.advance(at(8))
    late.advance(at(8))
    assert readings(late) == readings(prompt)
    assert (list(late.statuses), late.log, late.memory()) == (list(prompt.statuses), prompt.log, prompt.memory())


def test_an_edge_of_the_plan_is_exact_to_the_second() -> None:
    """Nothing is rounded to quarters."""
    charger = a_charger()
    charger.plug_in(Car(need_wh=50_000), at(-6))
    charger.apply_charging(smart(a_plan((2 + 7 / 3600, 3 + 11 / 3600, 16))), at(-6))
    charger.advance(at(4))
    assert [(r.kind, r.ts) for r in readings(charger) if r.kind in {ReadingKind.FLOW_START, ReadingKind.FLOW_STOP}] == [
        (ReadingKind.FLOW_START, epoch_s(2, 7)),
        (ReadingKind.FLOW_STOP, epoch_s(3, 11)),
    ]
    assert charger.register_wh == (3604 * POWER_W) // 3600


def test_a_plug_out_while_charging_ends_flow_and_session() -> None:
    """Two readings at the same second, the same register."""
    charger = a_night()
    charger.unplug(at(2.6))
    assert what_was_read(charger)[-3:] == [
        ("quarter", 2.5, 1840),
        ("flow_stop", 2.6, 2208),
        ("session_end", 2.6, 2208),
    ]
    assert (charger.status.evse_state, charger.status.reason, charger.drawn_w) == (EvseState.A, "no_car", 0)


def test_a_replaced_plan_holds_from_the_second_it_comes() -> None:
    """The old plan charged until then, the new one pauses now and goes on at its own hour."""
    charger = a_night()
    charger.apply_charging(smart(a_plan((4, 5, 10), plan_id="new")), at(2.5))
    charger.advance(at(8))
    assert what_was_read(charger)[-6:] == [
        ("flow_stop", 2.5, 1840),
        ("flow_start", 4.0, 1840),
        ("quarter", 4.25, 2415),
        ("quarter", 4.5, 2990),
        ("quarter", 4.75, 3565),
        ("flow_stop", 5.0, 4140),
    ]
    assert charger.charging_report.plan_id == "new"


def test_a_replaced_plan_that_goes_on_does_not_interrupt() -> None:
    """The current changes inside the run; no stop, no start."""
    charger = a_night()
    charger.apply_charging(smart(a_plan((2, 5, 8), plan_id="new")), at(2.1))
    charger.advance(at(2.2))
    assert [entry.happening for entry in charger.log][-2:] == [Happening.PLAN_APPLIED, Happening.FLOW_CHANGED]
    assert (charger.drawn_w, charger.status.offered_a) == (8 * 230, 8)


def test_a_plan_for_another_car_is_ignored() -> None:
    """A plan that was meant for the last plug-in never moves the next one: the default night holds."""
    charger = a_charger()
    charger.plug_in(Car(need_wh=9_000), at(-6))
    charger.apply_charging(smart(a_plan((-5, 5, 16), plug_seq=2)), at(-6, 60))
    charger.advance(at(-3))
    assert (charger.register_wh, charger.charging_report.plan_id, charger.status.reason) == (0, None, "night_pause")
    assert charger.log[-1].happening is Happening.PLAN_IGNORED


def test_after_the_last_interval_it_waits_and_then_falls_back_to_the_night() -> None:
    """The cloud plans again; if it does not, `valid_until` ends the wait."""
    charger = a_charger()
    charger.plug_in(Car(need_wh=50_000), at(-6))
    charger.apply_charging(smart(a_plan((-1, 0, 16), valid_until=2)), at(-6))
    charger.advance(at(1))
    waiting = charger.status
    charger.advance(at(3))
    assert (waiting.offered_a, waiting.reason) == (0, "plan_ended")
    assert (charger.status.offered_a, charger.status.reason, charger.drawn_w) == (10, "night", 2300)
    assert charger.charging_report.plan_id is None


def test_a_car_without_a_plan_charges_in_the_default_night() -> None:
    """22:00 to 06:00 on the wall, at the night's current."""
    charger = a_charger()
    charger.plug_in(Car(need_wh=50_000), at(-6))
    charger.advance(at(8))
    started, stopped = what_was_read(charger)[1], what_was_read(charger)[-1]
    assert (started, stopped) == (("flow_start", -2.0, 0), ("flow_stop", 6.0, 8 * 2300))


def test_a_car_that_comes_in_the_night_is_given_five_minutes_for_a_plan() -> None:
    """Otherwise every late plug-in would start at once and be stopped again."""
    charger = a_charger()
    charger.plug_in(Car(need_wh=50_000), at(1))
    before = charger.status.reason
    charger.advance(at(2))
    assert (before, what_was_read(charger)[1]) == ("awaiting_plan", ("flow_start", 1 + 300 / 3600, 0))


@pytest.mark.parametrize(
    ("limit_a", "installer_a", "car_a", "offered_a", "drawn_w"),
    [
        (16, 32, 32, 16, 3680),
        (32, 32, 32, 20, 4600),
        (32, 10, 32, 10, 2300),
        (6, 32, 32, 6, 1380),
        (5, 32, 32, 0, 0),
        (32, 32, 13, 20, 2990),
    ],
    ids=["config", "plan", "installer", "just enough", "too little", "car"],
)
def test_the_smallest_limit_holds(limit_a: int, installer_a: int, car_a: int, offered_a: int, drawn_w: int) -> None:
    """The plan asks for 20 A; configuration, installer and car may each allow less; under 6 A is a pause."""
    config = msgspec.structs.replace(CONFIG, max_current_a=limit_a)
    charger = a_charger(config=config, hardware=Hardware(max_current_a=installer_a, phases=1))
    charger.plug_in(Car(need_wh=50_000, max_current_a=car_a), at(-6))
    charger.apply_charging(smart(a_plan((-6, 5, 20))), at(-6))
    assert (charger.status.offered_a, charger.drawn_w) == (offered_a, drawn_w)


@pytest.mark.parametrize(
    ("hardware", "phases", "drawn_a", "drawn_w"),
    [
        (Hardware(phases=3, grid="IT"), 1, (16, 16, 0), 3680),
        (Hardware(phases=3, grid="TN"), 1, (16, 0, 0), 3680),
        (Hardware(phases=3, grid="TN"), 3, (16, 16, 16), 11040),
        (Hardware(phases=3, grid="IT"), 3, (16, 16, 16), 6373),
        (Hardware(phases=1, grid="TN"), 3, (16, 0, 0), 3680),
    ],
)
def test_power_is_that_of_the_grid_and_the_phases(
    hardware: Hardware, phases: int, drawn_a: tuple[float, ...], drawn_w: int
) -> None:
    """One phase 230 V, TN 3 x 230 V, IT sqrt(3) x 230 V; on IT one phase loads two lines."""
    charger = a_charger(hardware=hardware)
    charger.plug_in(Car(need_wh=50_000, phases=phases), at(-6))
    charger.apply_charging(smart(a_plan((-6, 5, 16))), at(-6))
    assert (charger.status.drawn_a, charger.drawn_w) == (drawn_a, drawn_w)


def test_an_it_grid_in_three_phases_adds_up_to_the_watt_hour_too() -> None:
    """The root of three is rounded once, in the power, never in the energy."""
    charger = a_charger()
    charger.plug_in(Car(need_wh=20_001, phases=3), at(-6))
    charger.apply_charging(smart(a_plan((0, 5, 16))), at(-6))
    for second in range(0, 12 * 3600, 17):
        charger.advance(at(-6, second))
    assert (charger.register_wh, charger.car and charger.car.battery_wh) == (20_001, 20_001)


@pytest.mark.parametrize(
    ("orders", "offered_a", "reason"),
    [
        (ChargingDesired(mode=ChargingMode.FULL), 16, "full_mode"),
        (ChargingDesired(mode=ChargingMode.FULL, run=RunOrder(state=RunState.STOPPED, plug_seq=1)), 0, "stopped"),
        (ChargingDesired(mode=ChargingMode.FULL, run=RunOrder(state=RunState.STOPPED, plug_seq=0)), 16, "full_mode"),
        (ChargingDesired(mode=ChargingMode.UNKNOWN), 0, "awaiting_plan"),
    ],
    ids=["full", "stopped", "stopped the car before", "a mode of the future"],
)
def test_mode_and_run_are_obeyed_for_this_car(orders: ChargingDesired, offered_a: int, reason: str) -> None:
    """A stop for an earlier plug-in does not touch this one."""
    charger = a_charger()
    charger.plug_in(Car(need_wh=9_000), at(-6))
    charger.apply_charging(orders, at(-6, 1))
    assert (charger.status.offered_a, charger.status.reason) == (offered_a, reason)


def test_a_disabled_charger_stops_the_running_session() -> None:
    """At the second the configuration comes."""
    charger = a_night()
    charger.apply_config(msgspec.structs.replace(CONFIG, disabled=True), at(2.5))
    assert (charger.status.reason, charger.drawn_w, what_was_read(charger)[-1]) == (
        "disabled",
        0,
        ("flow_stop", 2.5, 1840),
    )


def test_a_charger_that_was_never_configured_offers_nothing() -> None:
    """The installer's and the owner's limits are not known yet."""
    charger = a_charger(config=None)
    charger.plug_in(Car(need_wh=9_000), at(-6))
    charger.advance(at(5))
    assert (charger.register_wh, charger.status.reason) == (0, "no_config")


def test_each_change_of_status_is_told_with_its_own_time() -> None:
    """A car comes, waits, charges, is full: in this order, whatever the process was doing."""
    charger = a_night(need_wh=1840)
    charger.advance(at(8))
    told = [(str(s.evse_state), s.reason, (s.ts - epoch_s(0)) / 3600, s.car_full) for s in charger.statuses]
    assert told == [
        ("B", Reason.AWAITING_PLAN, -6.0, False),
        ("B", Reason.PLAN_PAUSE, -6 + 60 / 3600, False),
        ("C", Reason.PLAN, 2.0, False),
        ("B", Reason.CAR_FULL, 2.5, True),
        ("B", Reason.CAR_FULL, 5.0, True),
    ]


def test_the_status_names_the_last_reading() -> None:
    """Epoch, seq, time and register are those of the message, so a missing one shows."""
    charger = a_night(need_wh=1840)
    charger.advance(at(8))
    last = readings(charger)[-1]
    register = charger.status.register
    assert (register.epoch, register.seq, register.ts, register.register_wh) == (
        last.epoch,
        last.seq,
        last.ts,
        last.register_wh,
    )


def test_readings_of_quarters_are_sent_up_to_45_seconds_late() -> None:
    """Stamped with the boundary, sent at a moment of the charger's own; the others at once."""
    charger = a_night()
    charger.advance(at(4))
    delays: dict[ReadingKind, set[int]] = {o.reading.kind: set() for o in charger.outbox}
    for outgoing in charger.outbox:
        delays[outgoing.reading.kind].add(outgoing.due_s - outgoing.reading.ts)
    assert delays[ReadingKind.FLOW_START] == delays[ReadingKind.SESSION_START] == {0}
    assert len(delays[ReadingKind.QUARTER]) > 3
    assert delays[ReadingKind.QUARTER] <= set(range(46))


def test_a_reading_waits_until_the_broker_has_acknowledged_it() -> None:
    """Offline readings stay in order; what is acknowledged goes."""
    charger = a_night()
    charger.advance(at(3))
    first, second = charger.due_readings()[:2]
    charger.acknowledge(first)
    assert (charger.due_readings()[0], len(charger.outbox)) == (second, 5)


def test_a_power_cut_loses_neither_register_nor_order() -> None:
    """Register, plug-in count, readings, configuration and plan are there after the restart."""
    before = a_night()
    before.unplug(at(2.5))
    after = Charger(before.serial, at=at(3), memory=before.memory())
    after.plug_in(Car(need_wh=1_000), at(3))
    assert (after.register_wh, after.plug_seq, after.config) == (1840, 2, CONFIG)
    assert [r.seq for r in readings(after)] == [1, 2, 3, 4, 5, 6, 7]


def test_a_session_that_a_restart_has_lost_is_ended() -> None:
    """The cloud must not wait for ever for a session_end; the register goes on where the last reading left it."""
    before = a_night()
    before.advance(at(2.5))
    after = Charger(before.serial, at=at(3), memory=before.memory())
    assert what_was_read(after)[-2:] == [("quarter", 2.5, 1840), ("session_end", 3.0, 1840)]
    assert (readings(after)[-1].seq, after.status.evse_state) == (5, EvseState.A)


def test_one_car_at_a_time() -> None:
    """A second plug-in, or a plug-out of nothing, is an error of whoever plays with the plug."""
    charger = a_charger()
    with pytest.raises(ValueError, match="no car"):
        charger.unplug(at(-6))
    charger.plug_in(Car(need_wh=1), at(-6))
    with pytest.raises(ValueError, match="already"):
        charger.plug_in(Car(need_wh=1), at(-6))


def test_the_log_lets_somebody_else_check_the_energy() -> None:
    """Power between the entries gives the register; every plan is there from the second it held."""
    charger = a_night(need_wh=9_000)
    charger.apply_charging(smart(a_plan((2, 3, 8), (4, 5, 16), plan_id="new")), at(2.25))
    charger.advance(at(8))
    added_wh = sum(
        earlier.power_w * (later.at_s - earlier.at_s) / 3600
        for earlier, later in zip(charger.log, charger.log[1:], strict=False)
    )
    assert added_wh == pytest.approx(charger.register_mj / 3_600_000)
    assert [(e.plan.plan_id, e.at_s) for e in charger.log if e.plan] == [("p", epoch_s(-6, 60)), ("new", epoch_s(2.25))]


@pytest.mark.parametrize("time_zone", ["Europe/Nowhere", "", "../etc"])
def test_a_configuration_with_a_time_zone_that_is_none_is_not_applied(time_zone: str) -> None:
    """The one before stays in force."""
    charger = a_charger()
    with pytest.raises((KeyError, ValueError)):
        charger.apply_config(msgspec.structs.replace(CONFIG, time_zone=time_zone), at(-5))
    assert charger.config == CONFIG
