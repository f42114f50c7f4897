"""Table challenges: the live code of each number and the sendings of its last day; gone a day after the last one."""

from datetime import UTC, datetime

from pynamodb.attributes import NumberAttribute, NumberSetAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.adapters.dynamo.table import Table, calling, condition_failed
from chalicelib.domain.one_time_codes import Challenge, forgotten_at


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
    expires_at = TTLAttribute()


class Record:
    """What the row held when it was read; `sendings` tells whether somebody wrote in between."""

    def __init__(self, sent_at: tuple[datetime, ...] = (), sendings: int = 0) -> None:
        self.sent_at = sent_at
        self.sendings = sendings


def read(number_key: str) -> Record:
    """When codes were sent to the number; empty for a number that never got one."""
    try:
        row = calling(ChallengeRow.get, number_key, consistent_read=True)
    except ChallengeRow.DoesNotExist:
        return Record()
    return Record(tuple(datetime.fromtimestamp(sent, UTC) for sent in sorted(row.sent_at_s)), int(row.sendings))


def replace(challenge: Challenge, before: Record) -> bool:
    """Make `challenge` the one live code of its number; False when another sending came first."""
    row = ChallengeRow(
        number_key=challenge.number_key,
        nonce=challenge.nonce,
        code_mac=challenge.code_mac,
        tries_left=challenge.tries_left,
        code_expires_at_s=challenge.expires_at.timestamp(),
        sent_at_s={sent.timestamp() for sent in challenge.sent_at},
        sendings=before.sendings + 1,
        expires_at=forgotten_at(challenge),
    )
    unseen = ChallengeRow.number_key.does_not_exist() | (ChallengeRow.sendings == before.sendings)
    try:
        calling(row.save, condition=unseen)
    except PutError as error:
        if condition_failed(error):
            return False
        raise
    return True


def take_try(number_key: str, nonce: str, now: datetime) -> str | None:
    """The hash of the live code, after one of its tries was taken away; None when there is none left to try."""
    row = ChallengeRow(number_key)
    is_alive = (
        (ChallengeRow.nonce == nonce)
        & ChallengeRow.code_mac.exists()
        & (ChallengeRow.tries_left > 0)
        & (ChallengeRow.code_expires_at_s > now.timestamp())
    )
    if not _updated(row, [ChallengeRow.tries_left.set(ChallengeRow.tries_left - 1)], is_alive):
        return None
    return row.code_mac


def consume(number_key: str, nonce: str) -> bool:
    """Use the code up; False when somebody else has used it already."""
    gone: list[Action] = [ChallengeRow.code_mac.remove(), ChallengeRow.nonce.remove()]
    return _updated(ChallengeRow(number_key), gone, ChallengeRow.nonce == nonce)


def _updated(row: ChallengeRow, actions: list[Action], condition: Condition) -> bool:
    try:
        calling(row.update, actions=actions, condition=condition)
    except UpdateError as error:
        if condition_failed(error):
            return False
        raise
    return True
