"""What an unlock opens and what ends it: cable, power, time, rights; and who is told of whoever has none."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_shadows.charging import ChargingDesired, ChargingMode, RunOrder, RunState
from device_shadows.config import Access, ConfigDesired, Right
from simulator.car import Car
from tests.simulator.nights import at, epoch_s
from tests.tickets import GUEST, LOCKED, RETIRED, Door

FULL = ChargingDesired(mode=ChargingMode.FULL)


def a_full_door(config: ConfigDesired = LOCKED) -> Door:
    """A locked charger that charges at once when it is opened; a car is plugged in at 18:00."""
    door = Door(config)
    door.charger.apply_charging(FULL, at(-6))
    door.charger.plug_in(Car(need_wh=50_000), at(-6))
    return door


def configured(door: Door, at_s: datetime, **changes: object) -> None:
    door.charger.apply_config(msgspec.structs.replace(door.charger.config or LOCKED, **changes), at_s)


@pytest.mark.parametrize("access", [Access.VIA_PHONE, Access.UNKNOWN])
def test_nothing_but_a_ticket_opens_a_locked_charger(access: Access) -> None:
    """Neither mode full nor a start; an access that the charger does not know is the stricter one."""
    door = a_full_door(msgspec.structs.replace(LOCKED, access=access))
    run = RunOrder(state=RunState.AUTO, plug_seq=1)
    door.charger.apply_charging(ChargingDesired(mode=ChargingMode.FULL, run=run), at(-6, 1))
    status = door.charger.present_status()
    assert (status.reason, status.offered_a, door.charger.power_mw) == ("locked", 0, 0)
    assert door.unlock() is None
    assert door.charger.power_mw > 0


def test_stopped_stays_stopped_when_it_is_unlocked() -> None:
    """A ticket gives a right, no order."""
    door = a_full_door()
    stop = RunOrder(state=RunState.STOPPED, plug_seq=1)
    door.charger.apply_charging(ChargingDesired(mode=ChargingMode.FULL, run=stop), at(-6, 1))
    assert door.unlock() is None
    assert door.charger.present_status().reason == "stopped"


def test_a_cable_that_is_moved_stops_and_locks() -> None:
    """Two seconds later another car gets nothing."""
    door = a_full_door()
    assert door.unlock() is None
    door.charger.unplug(at(-5))
    taken_mj = door.charger.register_mj
    door.charger.plug_in(Car(need_wh=9_000), at(-5, 2))
    door.charger.advance(at(-4))
    assert door.is_locked
    assert (taken_mj > 0, door.charger.register_mj) == (True, taken_mj)
    assert door.charger.present_status().unlocked_by is None


def test_a_power_cut_voids_and_a_restart_of_its_own_does_not() -> None:
    """Only in the first one cannot the charger see whether the cable was moved."""
    door, restarted = a_full_door(), a_full_door()
    assert (door.unlock(), restarted.unlock()) == (None, None)
    door.charger.lose_power(at(-5))
    door.charger.regain_power(at(-5, 1))
    restarted.charger.lose_power(at(-5), is_restart=True)
    restarted.charger.regain_power(at(-5, 1))
    assert (door.is_locked, restarted.is_locked) == (True, False)
    assert door.unlock() is None
    assert not door.is_locked


def test_a_charger_without_power_opens_for_nobody() -> None:
    """Its radio is off."""
    door = a_full_door()
    door.charger.lose_power(at(-5))
    with pytest.raises(ValueError, match="no power"):
        door.unlock()


@pytest.mark.parametrize(("later_s", "opens"), [(0, True), (120, True), (121, False)])
def test_whoever_unlocks_first_has_two_minutes_to_plug_in(later_s: int, *, opens: bool) -> None:
    """One plug-in only, and not that of somebody who comes by later."""
    door = Door()
    assert door.unlock() is None
    door.charger.plug_in(Car(need_wh=9_000), at(-6, later_s))
    assert door.is_locked is not opens
    door.charger.unplug(at(-6, later_s + 5))
    door.charger.plug_in(Car(need_wh=9_000), at(-6, later_s + 6))
    assert door.is_locked


@pytest.mark.parametrize("is_cached", [False, True])
def test_energy_stops_at_the_second_at_which_the_right_ends(*, is_cached: bool) -> None:
    """3600 s of 3680 W, not one more, though nobody tells the charger."""
    door = a_full_door()
    assert door.unlock(is_cached=is_cached, subject=GUEST, until=epoch_s(-5)) is None
    door.charger.advance(at(-3))
    assert door.is_locked
    assert door.charger.register_wh == 3680
    assert door.charger.present_status().unlocked_by == GUEST


def test_a_right_ends_on_time_though_the_clock_is_not_set() -> None:
    """Counted from the challenge on the monotonic clock."""
    door = a_full_door()
    door.charger.lose_power(at(-6, 10))
    door.charger.regain_power(at(-6, 10), is_clock_known=False)
    now_s = epoch_s(-6, 10)
    assert door.unlock(issued_at=now_s, expires_at=now_s + 120, until=now_s + 600) is None
    door.charger.advance(at(-6, 609))
    assert not door.is_locked
    door.charger.advance(at(-6, 610))
    assert door.is_locked


def test_a_revoked_guest_is_stopped_by_the_delta_and_others_are_not() -> None:
    """The owner's session goes on, though it was opened in the older epoch as well."""
    guest, owner = a_full_door(), a_full_door()
    assert (guest.unlock(subject=GUEST), owner.unlock()) == (None, None)
    for door in (guest, owner):
        configured(door, at(-5), access_epoch=4, rights=(Right(subject="owner"),))
    assert (guest.is_locked, guest.charger.power_mw) == (True, 0)
    assert (owner.is_locked, owner.charger.power_mw > 0) == (False, True)
    configured(owner, at(-4), access_epoch=5, rights=(Right(subject="owner"),))
    assert not owner.is_locked


def test_a_guest_whose_window_was_changed_charges_to_the_new_end() -> None:
    """Longer or shorter, and without end."""
    longer, shorter, endless = a_full_door(), a_full_door(), a_full_door()
    for door, until in ((longer, epoch_s(-3)), (shorter, epoch_s(-5, 60)), (endless, None)):
        assert door.unlock(subject=GUEST, until=epoch_s(-4)) is None
        configured(door, at(-5), access_epoch=4, rights=(Right(subject=GUEST, until=until),))
        door.charger.advance(at(-5, 120))
    assert [door.is_locked for door in (longer, shorter, endless)] == [False, True, False]
    for door in (longer, endless):
        door.charger.advance(at(-3, 1))
    assert [door.is_locked for door in (longer, endless)] == [True, False]


def test_settings_that_change_without_an_epoch_stop_nobody() -> None:
    """A guest who came after the rights were written is not among them."""
    door = a_full_door()
    assert door.unlock(subject=GUEST) is None
    configured(door, at(-5), max_current_a=10)
    assert not door.is_locked


def test_a_ticket_of_a_newer_epoch_than_the_configuration_is_good() -> None:
    """The delta is on its way, and stops nobody when it comes."""
    door = a_full_door()
    assert door.unlock(subject=GUEST, access_epoch=4) is None
    configured(door, at(-6, 3), access_epoch=4, rights=(Right(subject="owner"),))
    assert not door.is_locked


def test_somebody_elses_ticket_does_not_take_over_a_session() -> None:
    """Not its name, not its end; after the end it does."""
    door = a_full_door()
    assert door.unlock(subject=GUEST, until=epoch_s(-5)) is None
    assert door.unlock(subject="owner") is None
    assert door.charger.present_status().unlocked_by == GUEST
    door.charger.advance(at(-5, 1))
    assert door.is_locked
    assert door.unlock(subject="owner") is None
    assert (door.is_locked, door.charger.present_status().unlocked_by) == (False, "owner")


def test_access_that_changes_locks_and_unlocks_at_once() -> None:
    """Whoever has not unlocked must; for everyone nobody has to."""
    door = a_full_door(msgspec.structs.replace(LOCKED, access=Access.EVERYONE))
    seen = [door.is_locked]
    for hour, access in ((-5, Access.VIA_PHONE), (-4, Access.EVERYONE)):
        configured(door, at(hour), access=access)
        seen.append(door.is_locked)
    assert seen == [False, True, False]


@given(
    own=st.integers(3, 6),
    ticket=st.integers(3, 6),
    ends_after_s=st.none() | st.integers(1, 7200),
    right_s=st.sampled_from([None, "absent"]) | st.integers(-60, 7200),
    looked_after_s=st.integers(0, 7200),
)
def test_after_any_change_of_rights_only_those_who_have_one_charge(
    own: int, ticket: int, ends_after_s: int | None, right_s: int | str | None, looked_after_s: int
) -> None:
    """Epochs and windows against the rule written a second time; the change comes a minute after the unlock."""
    door = a_full_door()
    start_s = door.charger.now_s
    until = None if ends_after_s is None else start_s + ends_after_s
    assert door.unlock(subject=GUEST, access_epoch=ticket, until=until) is None
    rights = () if right_s == "absent" else (Right(subject=GUEST, until=_plus(start_s, right_s)),)
    change_at = at(-6, 60)
    configured(door, change_at, access_epoch=own, rights=rights)
    end_s = ends_after_s
    if own > ticket:
        end_s = 0 if right_s == "absent" else right_s if isinstance(right_s, int) else None
    door.charger.advance(change_at + timedelta(seconds=looked_after_s))
    assert door.is_locked == (end_s is not None and 60 + looked_after_s >= end_s)


def _plus(start_s: int, right_s: int | str | None) -> int | None:
    return start_s + right_s if isinstance(right_s, int) else None


def test_a_car_that_nobody_unlocks_is_an_attempt_after_three_minutes() -> None:
    """Once for the plug-in, however long it stands; the next car is the next attempt."""
    door = a_full_door()
    door.charger.advance(at(-6, 179))
    assert door.charger.present_status().attempt is None
    door.charger.advance(at(0))
    told = door.charger.present_status().attempt
    assert told is not None
    assert (told.seq, told.plug_seq, told.reason) == (1, 1, "no_ticket")
    door.charger.unplug(at(1))
    door.charger.plug_in(Car(need_wh=9_000), at(1, 60))
    door.charger.advance(at(2))
    assert door.charger.present_status().attempt == msgspec.structs.replace(told, seq=2, plug_seq=2)


def test_it_is_no_attempt_when_somebody_unlocks_or_the_lock_came_later() -> None:
    """Nor after a power cut, nor when the owner changes access while a car is there, nor when a right has ended."""
    unlocked, cut, changed, ended = a_full_door(), a_full_door(), a_full_door(), a_full_door()
    assert unlocked.unlock() is None
    cut.charger.lose_power(at(-6, 60))
    cut.charger.regain_power(at(-6, 90))
    configured(changed, at(-6, 60), access=Access.EVERYONE)
    configured(changed, at(-6, 90), access=Access.VIA_PHONE)
    assert ended.unlock(until=epoch_s(-6, 60)) is None
    for door in (unlocked, cut, changed, ended):
        door.charger.advance(at(0))
        assert door.charger.present_status().attempt is None


def test_a_bad_ticket_is_an_attempt_and_an_expired_one_is_not() -> None:
    """People who may charge come too late now and then; nobody has a ticket of a retired key by chance."""
    door = Door()
    assert door.unlock(is_cached=True, expires_at=door.charger.now_s - 3600) == "expired"
    assert door.charger.present_status().attempt is None
    assert door.unlock(issuer=RETIRED) == "unknown_key"
    assert door.unlock(access_epoch=1) == "old_epoch"
    told = door.charger.present_status().attempt
    assert told is not None
    assert (told.seq, told.plug_seq, told.reason) == (1, 0, "unknown_key")
    door.charger.advance(at(-6, 600))
    assert door.unlock(access_epoch=1) == "old_epoch"
    assert door.charger.lock.attempts == 2


def test_where_everyone_may_charge_nobody_is_a_stranger() -> None:
    """A bad ticket is refused and forgotten."""
    door = a_full_door(msgspec.structs.replace(LOCKED, access=Access.EVERYONE))
    assert door.unlock(issuer=RETIRED) == "unknown_key"
    door.charger.advance(at(0))
    assert door.charger.present_status().attempt is None


def test_attempts_are_counted_through_power_cuts() -> None:
    """The cloud knows a new one by its number."""
    door = a_full_door()
    door.charger.advance(at(-5))
    assert door.charger.memory().attempts == 1
