"""Requests that may be sent again: the same key and the same request get the same answer, and are done once."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from chalicelib.adapters.dynamo import repeats
from chalicelib.domain.errors import Conflict
from chalicelib.domain.ids import AccountId


class KeyReused(Conflict):
    """The key was used for another request."""

    code = "idempotency_key_reused"


class StillRunning(Conflict):
    """The first request with this key is still worked on; ask again in a moment."""

    code = "request_running"


class Outcome(msgspec.Struct, frozen=True):
    """The answer of a request that succeeded: its status and its body as JSON, empty for none."""

    status: int
    body: str


def once(account_id: AccountId, key: str, fingerprint: str, now: datetime, act: Callable[[], Outcome]) -> Outcome:
    """What `act` answers, or answered when the request `fingerprint` was sent first; at most a day ago, in real time.

    A request that is refused keeps no key: it may be corrected and sent again.
    """
    known = repeats.begin(account_id, key, fingerprint, now)
    if known is not None:
        return _told_again(known, fingerprint)
    try:
        outcome = act()
    except BaseException:
        repeats.release(account_id, key, fingerprint)
        raise
    repeats.finish(account_id, key, fingerprint, outcome.status, outcome.body)
    return outcome


def _told_again(known: repeats.Known, fingerprint: str) -> Outcome:
    if known.request not in {fingerprint, repeats.RELEASED}:
        raise KeyReused("the key was used for another request")
    if known.status is None:
        raise StillRunning("the first request with this key is still worked on")
    return Outcome(known.status, known.body)
