"""Grants: whom an owner lets charge at one charger, and when.

Invitations lapse by real time; windows are product time.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.access import Grant as Right
from chalicelib.domain.charger_states import ChargerState
from chalicelib.domain.errors import Conflict, InvalidInput
from chalicelib.domain.ids import AccountId, ChargerId, GrantId
from chalicelib.domain.wall_times import end_instant, start_instant

MAX_PER_CHARGER: Final = 50
INVITATION_LIFE: Final = timedelta(days=30)
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100
OWNER: Final = "owner"
"""What stands for the owner where a session says who unlocked; a guest is the id of their grant."""
VISITOR: Final = "visitor"


class GrantState(StrEnum):
    """Where a grant stands."""

    INVITED = "invited"
    LAPSED = "lapsed"
    UPCOMING = "upcoming"
    ACTIVE = "active"
    ENDED = "ended"


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """When a guest may charge: from `since` to just before `until`; for ever when that is None."""

    since: datetime
    until: datetime | None


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What the owner has given to one number; `guest` is who it turned out to be, from their first sign-in on.

    `invited_at` is real time. `time_zone` and `currency` are the site's. A grant that was revoked is kept,
    without its number: history must be able to name who charged by it.
    """

    grant_id: GrantId
    charger_id: ChargerId
    name: str
    phone: str | None
    guest: AccountId | None = None
    since: datetime
    until: datetime | None
    time_zone: str
    currency: str
    invited_at: datetime
    revoked_at: datetime | None = None
    is_guest_deleted: bool = False
    is_announced: bool = False
    """Whether the invitation was put into the queue of messages."""
    version: int = 1

    @property
    def window(self) -> Window:
        """When it holds or held."""
        ends = [end for end in (self.until, self.revoked_at) if end is not None]
        return Window(since=self.since, until=min(ends, default=None))

    @property
    def right(self) -> Right | None:
        """What the decision about access needs of it; None while nobody has accepted it."""
        if self.guest is None:
            return None
        return Right(guest=self.guest, since=self.window.since, until=self.window.until)

    @property
    def lapses_at(self) -> datetime:
        """When an invitation that nobody has accepted is worth nothing any more, real time."""
        return self.invited_at + INVITATION_LIFE

    def covers(self, now: datetime) -> bool:
        """Whether its guest may charge at `now`."""
        return self.right is not None and self.right.covers(now)

    def is_live(self, real_now: datetime) -> bool:
        """Whether it can still give somebody a right: not revoked, and accepted or not lapsed."""
        return self.revoked_at is None and (self.guest is not None or real_now < self.lapses_at)

    def state(self, now: datetime, real_now: datetime) -> GrantState:
        """What the owner is shown."""
        if self.guest is None:
            return GrantState.INVITED if real_now < self.lapses_at else GrantState.LAPSED
        if self.until is not None and self.until <= now:
            return GrantState.ENDED
        return GrantState.UPCOMING if now < self.since else GrantState.ACTIVE


class AlreadyGuest(Conflict):
    """The number has a grant at this charger; change that one."""

    code = "already_guest"


class OwnNumber(Conflict):
    """The owner needs no grant."""

    code = "own_number"


class TooManyGrants(Conflict):
    """The charger has as many guests as it can have."""

    code = "too_many_grants"


class WindowEmpty(InvalidInput):
    """The end is not after the start."""

    code = "window_empty"

    def __init__(self) -> None:
        super().__init__("the end lies after the start", field="end")


class WindowOver(InvalidInput):
    """The whole window is past."""

    code = "window_over"

    def __init__(self) -> None:
        super().__init__("the end has passed already", field="end")


def window_of(start: str | None, end: str | None, time_zone: str, now: datetime) -> Window:
    """The window between two local date-times (YYYY-MM-DDTHH:MM) or instants; no start: from `now`, no end: for ever.

    LocalTimeSkipped for a time that does not exist; of one that comes twice the first is a start, the second an end.
    WindowEmpty and WindowOver for windows that nobody could ever be in.
    """
    tz = ZoneInfo(time_zone)
    since = now if start is None else _instant(start, tz, "start")
    until = None if end is None else _instant(end, tz, "end")
    return require_possible(Window(since=since, until=until), now)


def require_possible(window: Window, now: datetime) -> Window:
    """The window, unless it is empty or over at `now`."""
    if window.until is not None and window.until <= now:
        raise WindowOver
    if window.until is not None and window.until <= window.since:
        raise WindowEmpty
    return window


def changed_window(grant: Grant, start: str | None, end: str | None, now: datetime, *, ends: bool) -> Window:
    """The window of `grant` with another start (None: as it is) and, when `ends` is told anew, another end or none."""
    tz = ZoneInfo(grant.time_zone)
    since = grant.since if start is None else _instant(start, tz, "start")
    until = grant.until
    if ends:
        until = None if end is None else _instant(end, tz, "end")
    window = Window(since=since, until=until)
    return window if (since, until) == (grant.since, grant.until) else require_possible(window, now)


def require_invitable(known: Iterable[Grant], phone: str, owner_phone: str, real_now: datetime) -> None:
    """Return when one more grant, for `phone`, may be made beside `known`; OwnNumber, AlreadyGuest, TooManyGrants."""
    if phone == owner_phone:
        raise OwnNumber("this is your own number")
    live = [grant for grant in known if grant.is_live(real_now)]
    if any(grant.phone == phone for grant in live):
        raise AlreadyGuest("this number has a grant here already")
    if len(live) >= MAX_PER_CHARGER:
        raise TooManyGrants(f"a charger has at most {MAX_PER_CHARGER} guests")


def revoked(grant: Grant, now: datetime) -> Grant:
    """The grant after its end was called at `now`: no number any more, and no name if nobody ever came."""
    if grant.revoked_at is not None:
        return grant
    name = grant.name if grant.guest is not None else ""
    return msgspec.structs.replace(grant, name=name, phone=None, revoked_at=now, version=grant.version + 1)


def forgotten(grant: Grant, now: datetime) -> Grant:
    """The grant after its guest has deleted their account: nothing of the person is left."""
    if grant.guest is None:
        return revoked(grant, now)
    return msgspec.structs.replace(revoked(grant, now), name="", phone=None, guest=None, is_guest_deleted=True)


def session_to_stop(state: ChargerState | None, grants: Iterable[Grant], now: datetime) -> int | None:
    """The `plug_seq` of the present session when it was opened by a guest whose right does not hold at `now`.

    A grant that is not among `grants` gives no right.
    """
    if state is None or not state.has_car or state.unlocked_by in {None, OWNER}:
        return None
    holds = any(grant.grant_id == state.unlocked_by and grant.covers(now) for grant in grants)
    return None if holds else state.plug_seq


def local_text(instant: datetime, time_zone: str) -> str:
    """The instant on the site's clock, ISO 8601 with its offset."""
    return instant.astimezone(ZoneInfo(time_zone)).isoformat()


def _instant(text: str, tz: ZoneInfo, field: Literal["start", "end"]) -> datetime:
    """What somebody wrote, UTC: a time on the clock of `tz`, or with an offset an instant.

    A time that this clock skips is refused with its offsets before and after, too: whoever wrote it read it wrong.
    """
    try:
        told = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("a local date and time, YYYY-MM-DDTHH:MM", field=field) from error
    if not FIRST_YEAR <= told.year < LAST_YEAR:
        raise InvalidInput(f"a year from {FIRST_YEAR} to {LAST_YEAR - 1}", field=field)
    wall, offset = told.replace(tzinfo=None), told.utcoffset()
    offsets = {wall.replace(tzinfo=tz, fold=fold).utcoffset() for fold in (0, 1)}
    is_of_this_clock = offset is None or (len(offsets) > 1 and offset in offsets)
    if is_of_this_clock:
        shown = start_instant(wall, tz, field) if field == "start" else end_instant(wall, tz, field)
    return shown if offset is None else told.astimezone(UTC)
