"""A session: from plug-in to plug-out. What a report means for it."""

from datetime import datetime
from typing import Final

import msgspec

from chalicelib.domain.charger_states import ChargerState, SessionEnergy
from chalicelib.domain.costs import Cost
from chalicelib.domain.errors import Conflict
from chalicelib.domain.ids import ChargerId, SiteId

AWAITS_PLAN: Final = frozenset({"awaiting_plan", "plan_ended", "night", "night_pause"})
"""What a charger says when it has no plan that could still give energy to its car."""


class NoSession(Conflict):
    """There is no car, so there is no session to have a goal."""

    code = "no_session"


class SessionGoal(msgspec.Struct, frozen=True, kw_only=True):
    """What the user wants this time; None leaves it to the defaults."""

    energy_wh: int | None = None
    ready_by: datetime | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One session of one charger. Energy and costs are derived from readings and written whole each time.

    `site_id` is where it was paid for, which it keeps when the charger moves later; None: where the charger stands.
    `is_full`: somebody chose to charge at once, at least for a while.
    """

    charger_id: ChargerId
    plug_seq: int
    started_at: datetime
    ended_at: datetime | None = None
    site_id: SiteId | None = None
    is_full: bool = False
    goal: SessionGoal = SessionGoal()
    energy: SessionEnergy | None = None
    cost_at_once: Cost | None = None

    @property
    def session_id(self) -> str:
        """Unique within its charger."""
        return str(self.plug_seq)


class SessionChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a report changes: a session that is open, one that is over, and whether the charger wants a (new) plan."""

    opened: int | None = None
    opened_at: datetime | None = None
    closed: int | None = None
    closed_at: datetime | None = None
    wants_plan: bool = False


def decide_change(before: ChargerState | None, after: ChargerState) -> SessionChange:
    """What the report `after` means to a cloud that knows `before`, which may be the later of the two.

    Deciding the same again gives the same: every effect may be repeated. A new `plug_seq` closes the session before it
    even if its end was never reported.
    """
    if not after.has_car:
        closed = after.plug_seq or None
        return SessionChange(closed=closed, closed_at=after.reported_at if closed else None)
    if before is not None and before.plug_seq > after.plug_seq:
        over_at = before.plugged_at or before.reported_at
        return SessionChange(
            opened=after.plug_seq, opened_at=after.plugged_at, closed=after.plug_seq, closed_at=over_at
        )
    is_new = before is None or before.plug_seq < after.plug_seq
    missed = before.plug_seq if before is not None and is_new and before.has_car else None
    was = None if before is None or is_new else (before.reason, before.car_full)
    is_asking = not after.car_full and after.reason in AWAITS_PLAN and was != (after.reason, after.car_full)
    return SessionChange(
        opened=after.plug_seq,
        opened_at=after.plugged_at,
        closed=missed,
        closed_at=after.plugged_at if missed is not None else None,
        wants_plan=is_new or is_asking,
    )
