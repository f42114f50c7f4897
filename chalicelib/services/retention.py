"""How long the history of a charger is kept is another: what is stored expires accordingly, part by part.

Hours come first, then sessions. Each part is bounded and asks for the next one, so that whoever stops goes on where the
last part ended; a part that is done again changes nothing. What has expired already is not brought back.
"""

from typing import Final

from chalicelib.adapters import pricing_queue
from chalicelib.adapters.dynamo import chargers, hours, sessions, sites
from chalicelib.domain.errors import NotFound
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.ledgers import expiry
from chalicelib.observability import log

PART: Final = 200
"""So many rows are looked at in one go."""
_SESSIONS: Final = "session "
"""Begins the name of a place among sessions; the others are names of hours."""


def keep(charger_id: ChargerId, after: str | None) -> None:
    """Let the part behind the place `after` expire as the site says at which the charger stands now."""
    try:
        months = sites.get(chargers.get(charger_id).site_id).history_months
    except NotFound:  # removed in between, with all its history
        return
    following: str | None
    if after is not None and after.startswith(_SESSIONS):
        following = _keep_sessions(charger_id, int(after.removeprefix(_SESSIONS)), months)
    else:
        following = _keep_hours(charger_id, after, months) or f"{_SESSIONS}0"
    if following:
        pricing_queue.ask_to_keep(charger_id, following)
    else:
        log.info("history_kept", charger_id=charger_id, months=months)


def _keep_hours(charger_id: ChargerId, after: str | None, months: int) -> str | None:
    """Where the next part begins, None after the last one."""
    found = hours.expiries(charger_id, after, PART)
    for name, start, expires_at in found:
        if expires_at != expiry(start, months).replace(microsecond=0):
            hours.expire(charger_id, name, expiry(start, months))
    return found[-1][0] if len(found) == PART else None


def _keep_sessions(charger_id: ChargerId, after: int, months: int) -> str | None:
    found = sessions.expiries(charger_id, after, PART)
    for plug_seq, started_at, expires_at in found:
        if started_at is not None and expires_at != expiry(started_at, months).replace(microsecond=0):
            sessions.expire(charger_id, plug_seq, expiry(started_at, months))
    return f"{_SESSIONS}{found[-1][0]}" if len(found) == PART else None
