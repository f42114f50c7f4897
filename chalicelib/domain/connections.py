"""Whether a charger is connected, from notices that may come twice and in any order."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

WAIT: Final = timedelta(seconds=5)
"""How long a lost connection is waited for; the queue of departures holds its notices back for so long."""
VERSIONS_RESTART: Final = timedelta(minutes=50)
"""AWS counts a client's connections from 0 again when it was away for about an hour: notices further apart than this
are ordered by time."""
REPLACED: Final = "DUPLICATE_CLIENTID"
"""Why a connection ends when the same client has opened a newer one."""


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """The newest that is known of a charger's connection; `at` is the broker's time of the notice.

    `version` is the broker's number of the connection; `principal` the certificate that opened it.
    """

    is_connected: bool
    at: datetime
    version: int = 0
    session: str = ""
    principal: str = ""
    reason: str = ""


def decide_connection(known: Connection | None, told: Connection) -> Connection | None:
    """What is known after `told`, None when that changes nothing: a repeat, an older notice, a connection replaced."""
    if not told.is_connected and told.reason == REPLACED:
        return None
    if known is None:
        return told
    if abs(told.at - known.at) > VERSIONS_RESTART:
        return told if told.at > known.at else None
    return told if _order(told) > _order(known) else None


def decide_last_will(known: Connection | None, at: datetime) -> Connection | None:
    """What is known after a last will at `at`, None when that changes nothing.

    A last will does not say whose it is. One that comes within 5 s of a connect is taken for that of the connection
    before; the broker's own notice will tell if it was not.
    """
    if known is None:
        return Connection(is_connected=False, at=at, reason="last_will")
    if not known.is_connected or at - known.at < WAIT:
        return None
    return msgspec.structs.replace(known, is_connected=False, at=at, reason="last_will")


def _order(one: Connection) -> tuple[int, bool]:
    """A connection ends after it began; both notices may bear the same version."""
    return one.version, not one.is_connected
