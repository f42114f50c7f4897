"""Windows of guests: local times of days with 23 and 25 hours, half-open edges, limits."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.charger_states import ChargerState, EvseState
from chalicelib.domain.errors import DomainError, InvalidInput
from chalicelib.domain.grants import (
    INVITATION_LIFE,
    MAX_PER_CHARGER,
    AlreadyGuest,
    Grant,
    GrantState,
    OwnNumber,
    TooManyGrants,
    WindowEmpty,
    WindowOver,
    forgotten,
    require_invitable,
    revoked,
    session_to_stop,
    window_of,
)
from chalicelib.domain.wall_times import LocalTimeSkipped, end_instant, start_instant

OSLO = "Europe/Oslo"
NOON = datetime(2026, 2, 10, 11, tzinfo=UTC)
MS = timedelta(milliseconds=1)
HOUR = timedelta(hours=1)


def a_grant(**other: object) -> Grant:
    told = {
        "grant_id": "grant_1",
        "charger_id": "charger_1",
        "name": "Ola",
        "phone": "+4790000002",
        "guest": "ola",
        "since": NOON,
        "until": NOON + HOUR,
        "time_zone": OSLO,
        "currency": "NOK",
        "invited_at": NOON,
    }
    return msgspec.convert(told | other, Grant)


def a_state(unlocked_by: str | None, **other: object) -> ChargerState:
    state = ChargerState(
        version=1,
        reported_at=NOON,
        evse_state=EvseState.CHARGING,
        plug_seq=7,
        plugged_at=NOON,
        offered_a=16,
        drawn_a=(16, 0, 0),
        reason="plan",
        car_full=False,
        faults=(),
        network="wifi",
        signal_dbm=-60,
        firmware="1.0.0",
        protocol=1,
        register_wh=0,
        unlocked_by=unlocked_by,
    )
    return msgspec.structs.replace(state, **other)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param("2026-03-29T01:59", "2026-03-29T03:00", timedelta(minutes=1), id="a gap is no time"),
        pytest.param("2026-03-28T12:00", "2026-03-29T12:00", timedelta(hours=23), id="a day of 23 hours"),
        pytest.param("2026-10-24T12:00", "2026-10-25T12:00", timedelta(hours=25), id="a day of 25 hours"),
        pytest.param("2026-10-25T02:30", "2026-10-25T02:30", timedelta(hours=1), id="from the first to the second"),
        pytest.param("2026-10-25T02:59", "2026-10-25T02:00", timedelta(minutes=1), id="seems backwards, is not"),
    ],
)
def test_a_window_lasts_as_long_as_the_clock_of_the_site_says(start: str, end: str, expected: timedelta) -> None:
    """Of a time that comes twice the first is a start and the second an end."""
    window = window_of(start, end, OSLO, NOON)
    assert window.until is not None
    assert window.until - window.since == expected


@pytest.mark.parametrize(
    ("told", "instant"),
    [
        pytest.param("2026-06-01T12:00+02:00", datetime(2026, 6, 1, 10, tzinfo=UTC), id="as the API tells it"),
        pytest.param("2026-06-01T12:00:00+02:00", datetime(2026, 6, 1, 10, tzinfo=UTC), id="with seconds"),
        pytest.param("2026-06-01T12:00Z", datetime(2026, 6, 1, 12, tzinfo=UTC), id="UTC"),
        pytest.param("2026-06-01T12:00+09:00", datetime(2026, 6, 1, 3, tzinfo=UTC), id="far away"),
        pytest.param("2026-10-25T02:30+02:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), id="the first of two"),
        pytest.param("2026-10-25T02:30+01:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), id="the second of two"),
        pytest.param("2026-03-29T02:30Z", datetime(2026, 3, 29, 2, 30, tzinfo=UTC), id="skipped here, not there"),
    ],
)
def test_a_time_with_its_offset_is_that_instant(told: str, instant: datetime) -> None:
    """What the API answers can be sent back; nothing is left to guess."""
    assert window_of(told, None, OSLO, NOON).since == instant
    assert window_of(None, told, OSLO, NOON).until == instant


@pytest.mark.parametrize(
    ("wall", "neighbours"),
    [
        ("2026-03-29T02:00", ("2026-03-29T01:59", "2026-03-29T03:00")),
        ("2026-03-29T02:30", ("2026-03-29T01:59", "2026-03-29T03:00")),
        ("2026-03-29T02:59", ("2026-03-29T01:59", "2026-03-29T03:00")),
        ("2026-03-29T02:30+01:00", ("2026-03-29T01:59", "2026-03-29T03:00")),
        ("2026-03-29T02:30+02:00", ("2026-03-29T01:59", "2026-03-29T03:00")),
    ],
)
@pytest.mark.parametrize("field", ["start", "end"])
def test_a_time_that_the_clock_skips_is_refused_with_its_neighbours(
    wall: str, neighbours: tuple[str, str], field: str
) -> None:
    """On the night that summer begins there is no half past two."""
    start, end = (wall, None) if field == "start" else (None, wall)
    with pytest.raises(LocalTimeSkipped) as refused:
        window_of(start, end, OSLO, NOON)
    assert (refused.value.neighbours, refused.value.field) == (neighbours, field)


@pytest.mark.parametrize(
    ("start", "end", "error"),
    [
        pytest.param("2026-03-01T10:00", "2026-03-01T10:00", WindowEmpty, id="no time at all"),
        pytest.param("2026-03-01T10:00", "2026-03-01T09:59", WindowEmpty, id="backwards"),
        pytest.param(None, "2026-02-10T12:00", WindowOver, id="over at this instant"),
        pytest.param("2026-02-01T12:00", "2026-02-09T12:00", WindowOver, id="over since yesterday"),
        pytest.param("2026-02-30T12:00", None, InvalidInput, id="no such day"),
        pytest.param("0001-01-01T00:00", None, InvalidInput, id="a year of long ago"),
        pytest.param(None, "9999-12-31T23:59", InvalidInput, id="a year far ahead"),
    ],
)
def test_windows_that_nobody_could_be_in_are_refused(start: str | None, end: str | None, error: type) -> None:
    """The end lies after the start and after now."""
    with pytest.raises(error):
        window_of(start, end, OSLO, NOON)


def test_without_start_and_end_it_holds_from_now_for_ever() -> None:
    """The usual family member."""
    window = window_of(None, None, OSLO, NOON)
    assert (window.since, window.until) == (NOON, None)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [(NOON - MS, False), (NOON, True), (NOON + HOUR - MS, True), (NOON + HOUR, False)],
    ids=["start -1 ms", "start", "end -1 ms", "end"],
)
def test_a_guest_may_charge_from_the_start_to_just_before_the_end(moment: datetime, *, expected: bool) -> None:
    """Half-open; and nobody has a right before they have accepted."""
    assert a_grant().covers(moment) is expected
    assert not a_grant(guest=None).covers(moment)


def test_a_revoked_grant_covers_nothing_from_that_instant_on() -> None:
    """Nor does it keep the number; the name stays for the history of what was charged."""
    gone = revoked(a_grant(until=None), NOON + HOUR)
    assert (gone.covers(NOON + HOUR - MS), gone.covers(NOON + HOUR)) == (True, False)
    assert (gone.phone, gone.name, gone.version) == (None, "Ola", 2)
    assert revoked(gone, NOON + 2 * HOUR) == gone


def test_an_invitation_that_nobody_accepted_leaves_nothing_when_it_is_revoked() -> None:
    """Neither name nor number."""
    gone = revoked(a_grant(guest=None), NOON)
    assert (gone.phone, gone.name) == (None, "")


def test_of_a_deleted_guest_nothing_is_left() -> None:
    """The owner's row says that there was one."""
    gone = forgotten(a_grant(), NOON)
    assert (gone.name, gone.phone, gone.guest, gone.is_guest_deleted) == ("", None, None, True)


@pytest.mark.parametrize(
    ("grant", "now", "real_now", "expected"),
    [
        (a_grant(guest=None), NOON, NOON + INVITATION_LIFE - MS, GrantState.INVITED),
        (a_grant(guest=None), NOON, NOON + INVITATION_LIFE, GrantState.LAPSED),
        (a_grant(), NOON - MS, NOON, GrantState.UPCOMING),
        (a_grant(), NOON, NOON + 2 * INVITATION_LIFE, GrantState.ACTIVE),
        (a_grant(), NOON + HOUR, NOON, GrantState.ENDED),
    ],
)
def test_where_a_grant_stands(grant: Grant, now: datetime, real_now: datetime, expected: GrantState) -> None:
    """Invitations lapse after thirty days of real time; what was accepted does not."""
    assert grant.state(now, real_now) is expected


@pytest.mark.parametrize(
    ("known", "phone", "error"),
    [
        pytest.param([a_grant()], "+4790000002", AlreadyGuest, id="the same number twice"),
        pytest.param([a_grant(guest=None)], "+4790000002", AlreadyGuest, id="invited already"),
        pytest.param([], "+4790000001", OwnNumber, id="the owner's own"),
        pytest.param(
            [a_grant(phone=f"+47{n}") for n in range(MAX_PER_CHARGER)], "+4790000009", TooManyGrants, id="full"
        ),
    ],
)
def test_who_cannot_be_invited(known: list[Grant], phone: str, error: type[DomainError]) -> None:
    """Each reason has its own code."""
    with pytest.raises(error):
        require_invitable(known, phone, "+4790000001", NOON)


def test_whoever_was_revoked_or_never_came_can_be_invited_again() -> None:
    """Neither counts for the limits."""
    lapsed = a_grant(guest=None, invited_at=NOON - INVITATION_LIFE)
    require_invitable([revoked(a_grant(), NOON), lapsed], "+4790000002", "+4790000001", NOON)


@pytest.mark.parametrize(
    ("state", "now", "expected"),
    [
        pytest.param(a_state("grant_1"), NOON, None, id="in the window"),
        pytest.param(a_state("grant_1"), NOON + HOUR, 7, id="after it"),
        pytest.param(a_state("grant_9"), NOON, 7, id="by a grant that is not there"),
        pytest.param(a_state("owner"), NOON + HOUR, None, id="the owner's"),
        pytest.param(a_state(None), NOON + HOUR, None, id="open to everyone"),
        pytest.param(a_state("grant_1", evse_state=EvseState.NO_CAR), NOON + HOUR, None, id="the car has left"),
        pytest.param(None, NOON + HOUR, None, id="nothing known"),
    ],
)
def test_a_session_is_stopped_when_the_right_of_the_guest_who_opened_it_has_ended(
    state: ChargerState | None, now: datetime, expected: int | None
) -> None:
    """Nobody else's session is."""
    assert session_to_stop(state, [a_grant()], now) == expected


ZONES = st.sampled_from(["Europe/Oslo", "Europe/Stockholm", "Europe/Copenhagen", "Europe/Helsinki"])
WALLS = st.datetimes(NOON.replace(year=2024, tzinfo=None), NOON.replace(year=2030, tzinfo=None)).map(
    lambda at: at.replace(second=0, microsecond=0)
)


@given(wall=WALLS, zone=ZONES)
def test_every_local_time_is_read_as_the_clock_shows_it_or_refused(wall: datetime, zone: str) -> None:
    """The instant shows that time on the site's clock; the end of an hour that comes twice is the later one."""
    tz = ZoneInfo(zone)
    try:
        start, end = start_instant(wall, tz, "start"), end_instant(wall, tz, "end")
    except LocalTimeSkipped as refused:
        before, after = (datetime.fromisoformat(text).replace(tzinfo=tz) for text in refused.neighbours)
        assert before.replace(tzinfo=None) < wall < after.replace(tzinfo=None) + HOUR
        assert after.astimezone(UTC) - before.astimezone(UTC) == timedelta(minutes=1)
        return
    assert start.astimezone(tz).replace(tzinfo=None) == end.astimezone(tz).replace(tzinfo=None) == wall
    assert end - start in {timedelta(), HOUR}


@given(start=WALLS, length=st.timedeltas(-2 * HOUR, timedelta(days=9)), zone=ZONES, ms=st.integers(-3, 3))
def test_every_window_is_half_open_or_refused(start: datetime, length: timedelta, zone: str, ms: int) -> None:
    """Inside from its first instant to just before its last, whatever the clocks do between them."""
    first = start.strftime("%Y-%m-%dT%H:%M")
    last = (start + length).strftime("%Y-%m-%dT%H:%M")
    try:
        window = window_of(first, last, zone, datetime(2023, 12, 1, tzinfo=UTC))
    except (LocalTimeSkipped, WindowEmpty):
        return
    assert window.until is not None
    assert window.since < window.until
    grant = a_grant(since=window.since, until=window.until)
    assert grant.covers(window.since + ms * MS) is (ms >= 0)
    assert grant.covers(window.until + ms * MS) is (ms < 0)
