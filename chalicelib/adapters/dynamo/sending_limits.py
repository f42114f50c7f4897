"""Table sending_limits: codes that a network asked for in its last hour, messages a day and an hour, invitations a day.

Networks and who invites or is invited are keyed hashes; every row is gone soon after it has stopped to matter.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from pynamodb.attributes import ListAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.exceptions import PutError

from chalicelib.adapters.dynamo.table import Table, calling, condition_failed, updated
from chalicelib.domain.sending_limits import WINDOW, Hour, day_of, hour_of

_KEPT: Final = timedelta(days=2)


class LimitRow(Table):
    """One network (`asked_at_ms`, `version`; `wrong` in an hour), one day (`sent`) or one hour (`sent`, `used`)."""

    class Meta:
        """Told by the settings."""

    logical_name = "sending_limits"
    name = UnicodeAttribute(hash_key=True)
    asked_at_ms = ListAttribute[int](null=True)
    version = NumberAttribute(null=True)
    sent = NumberAttribute(null=True)
    used = NumberAttribute(null=True)
    wrong = UnicodeSetAttribute(null=True)
    expires_at = TTLAttribute()


class Asked(msgspec.Struct, frozen=True):
    """When a network asked in its last hour; `version` tells whether somebody wrote in between."""

    at: tuple[datetime, ...] = ()
    version: int = 0


def read_network(network_key: str) -> Asked:
    """When codes were asked for; empty for a network that has not been heard of."""
    try:
        row = calling(LimitRow.get, f"network#{network_key}", consistent_read=True)
    except LimitRow.DoesNotExist:
        return Asked()
    at = tuple(datetime.fromtimestamp(int(asked) / 1000, UTC) for asked in row.asked_at_ms or [])
    return Asked(at, int(row.version or 0))


def add_to_network(network_key: str, before: Asked, now: datetime) -> bool:
    """Note one more; False when somebody else did so since `before` was read."""
    kept = [*(at for at in before.at if now - WINDOW < at), now]
    row = LimitRow(
        f"network#{network_key}",
        asked_at_ms=[round(at.timestamp() * 1000) for at in kept],
        version=before.version + 1,
        expires_at=now + WINDOW,
    )
    unseen = LimitRow.version == before.version if before.version else LimitRow.name.does_not_exist()
    try:
        calling(row.save, condition=unseen)
    except PutError as error:
        if condition_failed(error):
            return False
        raise
    return True


def take_from_budget(now: datetime, budget: int) -> bool:
    """Take one message from the day's budget; False, with nothing changed, when it is used up."""
    return _take(f"day#{day_of(now)}", now, budget)


def take_invitation(whose: str, now: datetime, most: int) -> bool:
    """Take one of today's invitations of `whose`, a keyed hash; False, with nothing changed, when none is left."""
    return _take(f"invitations#{whose}#{day_of(now)}", now, most)


def _take(name: str, now: datetime, most: int) -> bool:
    row = LimitRow(name)
    left = (LimitRow.sent < most) | LimitRow.sent.does_not_exist() if most > 0 else LimitRow.sent < 0
    actions = [LimitRow.sent.set((LimitRow.sent | 0) + 1), LimitRow.expires_at.set(now + _KEPT)]
    return updated(row, actions, left)


def note_sent(now: datetime) -> Hour:
    """One more code is on its way in this hour; the hour with it."""
    return _note(LimitRow.sent, now)


def note_used(now: datetime) -> Hour:
    """One more right code has come back in this hour; the hour with it."""
    return _note(LimitRow.used, now)


def _note(counter: NumberAttribute, now: datetime) -> Hour:
    row = LimitRow(f"hour#{hour_of(now)}")
    calling(row.update, actions=[counter.set((counter | 0) + 1), LimitRow.expires_at.set(now + _KEPT)])
    return Hour(sent=int(row.sent or 0), used=int(row.used or 0))


def count_wrong_tokens(network_key: str, now: datetime) -> int:
    """How many different wrong meter tokens a network has tried in this hour."""
    try:
        row = calling(LimitRow.get, _guesses(network_key, now))
    except LimitRow.DoesNotExist:
        return 0
    return len(row.wrong or ())


def note_wrong_token(network_key: str, token_key: str, now: datetime) -> None:
    """A network has tried this token; a reader that goes on with its old one counts once."""
    actions = [LimitRow.wrong.add({token_key[:16]}), LimitRow.expires_at.set(now + _KEPT)]
    calling(LimitRow(_guesses(network_key, now)).update, actions=actions)


def _guesses(network_key: str, now: datetime) -> str:
    return f"meter#{network_key}#{hour_of(now)}"
