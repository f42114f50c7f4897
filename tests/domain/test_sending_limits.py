"""Networks, days and hours of text messages; pauses of numbers."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from chalicelib.domain.one_time_codes import Failures, window_wait_s
from chalicelib.domain.sending_limits import Hour, day_of, network_of, rest_of_day_s

NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source_ip", "name", "most"),
    [
        ("192.0.2.1", "192.0.2.1", 200),
        ("::ffff:192.0.2.1", "192.0.2.1", 200),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64", 20),
        ("2001:DB8:1:2:bbbb:cccc:dddd:eeee", "2001:db8:1:2::/64", 20),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64", 20),
        ("fe80::1%eth0", "fe80::/64", 20),
        ("", "unknown", 20),
        ("192.0.2.1, 10.0.0.1", "unknown", 20),
    ],
)
def test_a_network_is_an_ipv4_address_or_an_ipv6_64(source_ip: str, name: str, most: int) -> None:
    """However it is written; a list of addresses, as a proxy's header has, is none."""
    network = network_of(source_ip)
    assert (network.name, network.most) == (name, most)


def test_a_window_lets_the_next_one_in_when_its_oldest_leaves() -> None:
    """Three in an hour: the fourth waits for the first to be an hour old, to the second."""
    asked = [NOW - timedelta(minutes=minutes) for minutes in (50, 20, 1)]
    assert window_wait_s(asked, timedelta(hours=1), 4, NOW) == 0
    assert window_wait_s(asked, timedelta(hours=1), 3, NOW) == 600
    assert window_wait_s(asked, timedelta(hours=1), 3, NOW + timedelta(seconds=600)) == 0


@pytest.mark.parametrize(
    ("sent", "used", "is_low"),
    [(49, 0, False), (50, 19, True), (50, 20, False), (1000, 399, True), (1000, 400, False), (0, 0, False)],
)
def test_conversion_is_judged_from_fifty_codes_on(sent: int, used: int, *, is_low: bool) -> None:
    """Low is under 40 in 100."""
    assert Hour(sent=sent, used=used).is_low is is_low


@pytest.mark.parametrize(
    ("count", "pause_h"),
    [(0, 0), (1, 0), (19, 0), (20, 24), (21, 0), (40, 48), (60, 96), (80, 192), (100, 384), (120, 384), (2000, 384)],
)
def test_every_twentieth_failure_in_a_row_is_a_pause_twice_as_long(count: int, pause_h: int) -> None:
    """It begins with the failure, is half-open, and grows to 16 days at most."""
    failures = Failures(count=count, last_at=NOW)
    assert failures.is_pause(NOW) is (pause_h > 0)
    assert failures.is_pause(NOW + timedelta(hours=pause_h)) is False
    assert failures.is_pause(NOW + timedelta(hours=pause_h, seconds=-1)) is (pause_h > 0)


def test_after_a_pause_twenty_more_are_allowed() -> None:
    """And none while it lasts."""
    failures = Failures(count=20, last_at=NOW)
    assert [failures.allowed(NOW), failures.allowed(NOW + timedelta(days=1)), Failures().allowed(NOW)] == [20, 40, 20]


def test_a_day_is_a_day_of_utc() -> None:
    """The budget does not depend on whose clock the time was told by."""
    late = datetime(2026, 11, 23, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert (day_of(late), rest_of_day_s(late)) == ("2026-11-22", 1800)
