"""Leases of load balancing: they end by themselves, and nothing but a new and fresh limit raises the current."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_shadows.limit import Limit, LimitLease

FALLBACK_A = 6
T = 1_770_000_000  # time of day at monotonic second 0


def a_limit(seq: int, limit_a: int, at_s: int = 0, *, boot_epoch: int = 1, ttl_s: int = 60) -> Limit:
    return Limit(seq=seq, boot_epoch=boot_epoch, limit_a=limit_a, ttl_s=ttl_s, issued_at=T + at_s, reason="main_fuse")


def hear(lease: LimitLease, limit: Limit, at_s: float, *, clock_error_s: int | None = 0) -> LimitLease:
    wall_s = None if clock_error_s is None else T + int(at_s) + clock_error_s
    return lease.heard(limit, monotonic_s=at_s, wall_s=wall_s, fallback_a=FALLBACK_A)


def after(*heard: tuple[Limit, float]) -> LimitLease:
    lease = LimitLease()
    for limit, at_s in heard:
        lease = hear(lease, limit, at_s)
    return lease


def test_a_charger_that_has_just_started_has_no_limit() -> None:
    """The fallback holds."""
    assert LimitLease().current_a(0) is None


@pytest.mark.parametrize(("at_s", "current_a"), [(0, 16), (59.9, 16), (60, None), (1e9, None)])
def test_a_lease_ends_by_itself(at_s: float, current_a: int | None) -> None:
    """60 s, half-open."""
    assert after((a_limit(1, 16), 0)).current_a(at_s) == current_a


def test_a_lease_counts_from_the_issue_not_from_the_arrival() -> None:
    """20 s on the way are 20 s less."""
    lease = after((a_limit(1, 16, 0), 20))
    assert (lease.current_a(59), lease.current_a(60)) == (16, None)


def test_a_limit_from_a_clock_ahead_lasts_no_longer_than_its_ttl() -> None:
    """The sender's future does not make a lease longer."""
    lease = after((a_limit(1, 16, 25), 0))
    assert (lease.current_a(59), lease.current_a(60)) == (16, None)


@pytest.mark.parametrize(
    ("heard", "current_a"),
    [
        ([(a_limit(1, 10), 0), (a_limit(2, 16, 5), 5)], 16),
        ([(a_limit(2, 10, 5), 5), (a_limit(1, 16, 0), 6)], 10),
        ([(a_limit(2, 10, 5), 5), (a_limit(2, 16, 5), 6)], 10),
        ([(a_limit(2, 16, 5), 5), (a_limit(1, 10, 0), 6)], 10),
        ([(a_limit(2, 10, 5), 5), (a_limit(3, 16, -26), 5)], 10),
        ([(a_limit(2, 10, 5), 5), (a_limit(3, 16, 36), 5)], 10),
        ([(a_limit(9, 10, 5), 5), (a_limit(1, 16, 6, boot_epoch=2), 6)], 16),
        ([(a_limit(9, 10, 5), 5), (a_limit(10, 16, 6, boot_epoch=0), 6)], 10),
        ([(a_limit(9, 10, 5), 5), (a_limit(1, 0, 6, boot_epoch=0), 6)], 0),
    ],
    ids=[
        "a newer one raises",
        "an older one does not",
        "nor one with the same number",
        "an older one lowers",
        "one that is 31 s old does not raise",
        "nor one from 31 s in the future",
        "a sender that has started anew counts",
        "its predecessor does not",
        "but may lower",
    ],
)
def test_only_new_and_fresh_raises_and_anything_lowers(heard: list[tuple[Limit, float]], current_a: int) -> None:
    """Whatever the order in which messages come."""
    assert after(*heard).current_a(7) == current_a


def test_a_duplicate_does_not_prolong() -> None:
    """The same message again, ten seconds later."""
    assert after((a_limit(1, 16), 0), (a_limit(1, 16), 10)).current_a(60) is None


def test_an_old_lower_limit_does_not_prolong_a_lease_that_runs() -> None:
    """It lowers what is left of it."""
    lease = after((a_limit(2, 16, 0), 0), (a_limit(1, 10, -20), 50))
    assert (lease.current_a(50), lease.current_a(60)) == (10, None)


@pytest.mark.parametrize("clock_error_s", [None, 3600, -3600, -T])
@pytest.mark.parametrize(("limit_a", "current_a"), [(16, None), (0, 0)])
def test_without_a_right_clock_a_limit_may_only_lower(
    clock_error_s: int | None, limit_a: int, current_a: int | None
) -> None:
    """Never set, an hour off either way, or in 1970: not above the fallback."""
    assert hear(LimitLease(), a_limit(1, limit_a), 0, clock_error_s=clock_error_s).current_a(1) == current_a


def test_a_message_that_waited_through_a_restart_does_not_raise() -> None:
    """The restart has forgotten every number; the age of the message is what stops it."""
    assert hear(LimitLease(), a_limit(99, 32, -600), 0).current_a(0) is None


def test_after_a_plug_in_the_fallback_holds_until_the_next_limit() -> None:
    """The limit before knew nothing of the car."""
    lease = after((a_limit(1, 16), 0)).plugged_in(fallback_a=FALLBACK_A)
    assert (lease.current_a(1), hear(lease, a_limit(2, 16, 2), 2).current_a(2)) == (6, 16)


STREAM = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from([0, 6, 8, 16, 32]), st.integers(1, 60)), min_size=1, max_size=8
)
"""Limits as they are issued: seconds, amperes, seconds of lease."""


@given(issued=STREAM, data=st.data())
def test_no_order_loss_duplication_delay_or_clock_raises_a_limit(
    issued: list[tuple[int, int, int]], data: object
) -> None:
    """At each second the current is at most the fallback or one of the limits whose time covers that second.

    Tolerance: a clock that is off by up to 30 s counts as right, so cover may last that much longer.
    """
    assert isinstance(data, st.DataObject)
    limits = [a_limit(seq, amperes, at_s, ttl_s=ttl_s) for seq, (at_s, amperes, ttl_s) in enumerate(sorted(issued))]
    arrivals = data.draw(st.lists(st.tuples(st.sampled_from(limits), st.integers(0, 300)), max_size=16))
    error_s = data.draw(st.one_of(st.none(), st.sampled_from([0, 3600, -3600, -T]), st.integers(-30, 30)))
    lease = LimitLease()
    for limit, delay_s in sorted(arrivals, key=lambda pair: pair[0].issued_at + pair[1]):
        now_s = limit.issued_at - T + delay_s
        lease = hear(lease, limit, now_s, clock_error_s=error_s)
        for later_s in range(now_s, now_s + 100, 7):
            allowed = [x.limit_a for x in limits if x.issued_at - T <= later_s < x.issued_at - T + x.ttl_s + 30]
            assert (lease.current_a(later_s) or 0) <= max([FALLBACK_A, *allowed])


@given(issued=STREAM, data=st.data())
def test_lowering_is_never_delayed(issued: list[tuple[int, int, int]], data: object) -> None:
    """Right after any message, in any order, the charger offers at most what that message says or the fallback."""
    assert isinstance(data, st.DataObject)
    limits = [a_limit(seq, amperes, at_s, ttl_s=ttl_s) for seq, (at_s, amperes, ttl_s) in enumerate(sorted(issued))]
    lease, now_s = LimitLease(), 200
    for limit in data.draw(st.permutations(limits)):
        lease = hear(lease, limit, now_s)
        current_a = lease.current_a(now_s)
        assert (FALLBACK_A if current_a is None else current_a) <= max(limit.limit_a, FALLBACK_A)
        if limit.limit_a < FALLBACK_A:
            assert current_a is not None
            assert current_a <= limit.limit_a
