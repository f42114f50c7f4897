"""Which notices of the broker count, as a table and in every order."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import msgspec
import pytest

from chalicelib.domain.connections import REPLACED, Connection, decide_connection, decide_last_will

NOW = datetime(2026, 2, 10, 20, tzinfo=UTC)


def notice(version: int, after_s: float, *, up: bool, reason: str = "") -> Connection:
    """A connection that began or ended `after_s` seconds after NOW."""
    return Connection(is_connected=up, at=NOW + timedelta(seconds=after_s), version=version, reason=reason)


KNOWN = notice(7, 0, up=True)
TABLE = {
    "it ends -> offline": (notice(7, 30, up=False), False),
    "it ends, told twice -> offline": (notice(7, 30, up=False), False),
    "an older one ends late -> online": (notice(6, 40, up=False), True),
    "an older one begins late -> online": (notice(6, -40, up=True), True),
    "the same again -> online": (KNOWN, True),
    "a newer one begins -> online": (notice(8, 5, up=True), True),
    "replaced by a newer one -> online": (notice(8, 1, up=False, reason=REPLACED), True),
    "numbers restart after an hour -> offline": (notice(0, 7200, up=False), False),
    "an old notice with a high number -> online": (notice(99, -7200, up=False), True),
}


@pytest.mark.parametrize(("told", "is_connected"), TABLE.values(), ids=TABLE)
def test_a_notice_counts_only_if_it_is_the_newest(told: Connection, is_connected: bool) -> None:  # noqa: FBT001
    """Known: connection 7 began at NOW."""
    assert (decide_connection(KNOWN, told) or KNOWN).is_connected == is_connected


def test_any_order_of_notices_and_repeats_ends_the_same() -> None:
    """Lost, back two seconds later, lost again, back: online, however the notices come."""
    notices = [notice(1, 0, up=True), notice(1, 9, up=False), notice(2, 11, up=True), notice(3, 60, up=True)]
    ends = set()
    for order in permutations([*notices, notices[1]]):
        known = None
        for told in order:
            known = decide_connection(known, told) or known
        ends.add(known)
    assert ends == {notices[3]}


@pytest.mark.parametrize(("after_s", "is_connected"), [(-1, True), (0, True), (4.9, True), (5, False), (600, False)])
def test_a_last_will_counts_unless_it_may_be_of_the_connection_before(after_s: float, is_connected: bool) -> None:  # noqa: FBT001
    """It does not say whose it is."""
    known = decide_last_will(KNOWN, NOW + timedelta(seconds=after_s)) or KNOWN
    assert known.is_connected == is_connected


def test_after_a_last_will_the_next_connection_counts() -> None:
    """The charger is back."""
    gone = decide_last_will(KNOWN, NOW + timedelta(minutes=1))
    assert gone == msgspec.structs.replace(KNOWN, is_connected=False, at=NOW + timedelta(minutes=1), reason="last_will")
    back = decide_connection(gone, notice(8, 90, up=True))
    assert back is not None
    assert back.is_connected


def test_a_last_will_of_a_charger_never_heard_of_makes_it_offline() -> None:
    """Its connect may still come; it has a number, and counts."""
    gone = decide_last_will(None, NOW)
    assert gone is not None
    assert not gone.is_connected
