"""Table challenges: the live code of each number, the sendings of its last day, its wrong codes in a row.

A row is gone a day after the last sending; while wrong codes stand in a row, a month after the last of them.
"""

from datetime import UTC, datetime, timedelta

from pynamodb.attributes import NumberAttribute, NumberSetAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from chalicelib.adapters.dynamo.table import Table, calling, updated
from chalicelib.domain.one_time_codes import FAILURES_REMEMBERED, Challenge, Failures, forgotten_at


class ChallengeRow(Table):
    """One number's row; `nonce` and `code_mac` are absent once the code was used."""

    class Meta:
        """Told by the settings."""

    logical_name = "challenges"
    number_key = UnicodeAttribute(hash_key=True)
    nonce = UnicodeAttribute(null=True)
    code_mac = UnicodeAttribute(null=True)
    tries_left = NumberAttribute()
    code_expires_at_s = NumberAttribute()
    sent_at_s = NumberSetAttribute()
    sendings = NumberAttribute()
    failures = NumberAttribute(default=0)
    failures_allowed = NumberAttribute()
    failed_at_s = NumberAttribute(null=True)
    expires_at = TTLAttribute()


_NONE = Failures()


class Record:
    """What the row held when it was read; `sendings` tells whether somebody wrote in between."""

    def __init__(self, sent_at: tuple[datetime, ...] = (), sendings: int = 0, failures: Failures = _NONE) -> None:
        self.sent_at = sent_at
        self.sendings = sendings
        self.failures = failures


def read(number_key: str) -> Record:
    """When codes were sent to the number; empty for a number that never got one."""
    try:
        row = calling(ChallengeRow.get, number_key, consistent_read=True)
    except ChallengeRow.DoesNotExist:
        return Record()
    last_at = datetime.fromtimestamp(row.failed_at_s, UTC) if row.failed_at_s else None
    failures = Failures(count=int(row.failures), last_at=last_at)
    sent_at = tuple(datetime.fromtimestamp(sent, UTC) for sent in sorted(row.sent_at_s))
    return Record(sent_at, int(row.sendings), failures)


def replace(challenge: Challenge, before: Record) -> bool:
    """Make `challenge` the one live code of its number; False when another sending came first."""
    failed_at = before.failures.last_at
    kept_until = max(forgotten_at(challenge), failed_at + FAILURES_REMEMBERED if failed_at else challenge.expires_at)
    values: list[Action] = [
        ChallengeRow.nonce.set(challenge.nonce),
        ChallengeRow.code_mac.set(challenge.code_mac),
        ChallengeRow.tries_left.set(challenge.tries_left),
        ChallengeRow.code_expires_at_s.set(challenge.expires_at.timestamp()),
        ChallengeRow.sent_at_s.set({sent.timestamp() for sent in challenge.sent_at}),
        ChallengeRow.sendings.set(before.sendings + 1),
        ChallengeRow.failures.set(ChallengeRow.failures | 0),  # those of this very moment, whatever was read before
        ChallengeRow.failures_allowed.set(challenge.failures_allowed),
        ChallengeRow.expires_at.set(kept_until),
        ChallengeRow.schema_version.set(1),
    ]
    unseen = ChallengeRow.number_key.does_not_exist() | (ChallengeRow.sendings == before.sendings)
    return updated(ChallengeRow(challenge.number_key), values, unseen)


def take_try(number_key: str, nonce: str, now: datetime) -> str | None:
    """The hash of the live code, after one of its tries was taken away; None when there is none left to try.

    Until the code turns out to be right, the try counts as one more wrong code of the number.
    """
    row = ChallengeRow(number_key)
    is_alive = (
        (ChallengeRow.nonce == nonce)
        & ChallengeRow.code_mac.exists()
        & (ChallengeRow.tries_left > 0)
        & (ChallengeRow.code_expires_at_s > now.timestamp())
        & (ChallengeRow.failures < ChallengeRow.failures_allowed)
    )
    taken: list[Action] = [
        ChallengeRow.tries_left.set(ChallengeRow.tries_left - 1),
        ChallengeRow.failures.set(ChallengeRow.failures + 1),
        ChallengeRow.failed_at_s.set(now.timestamp()),
        ChallengeRow.expires_at.set(now + FAILURES_REMEMBERED),
    ]
    if not updated(row, taken, is_alive):
        return None
    return row.code_mac


def consume(number_key: str, nonce: str, now: datetime) -> bool:
    """Use the code up and forget the wrong ones before it; False when somebody else has used it already."""
    gone: list[Action] = [
        ChallengeRow.code_mac.remove(),
        ChallengeRow.nonce.remove(),
        ChallengeRow.failures.set(0),
        ChallengeRow.failed_at_s.remove(),
        ChallengeRow.expires_at.set(now + timedelta(days=1)),
    ]
    return updated(ChallengeRow(number_key), gone, ChallengeRow.nonce == nonce)
