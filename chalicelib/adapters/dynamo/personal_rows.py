"""Deleting what the registry of tables finds of a person, a limited number of rows at a time."""

from datetime import UTC, datetime
from typing import Any

from pynamodb.exceptions import DeleteError, UpdateError
from pynamodb.expressions.condition import Condition

from chalicelib.adapters.dynamo.challenges import ChallengeRow
from chalicelib.adapters.dynamo.personal_data import By, Holding
from chalicelib.adapters.dynamo.table import Table, calling, condition_failed
from chalicelib.domain.erasures import Erasure

_BATCH = 25
"""What DynamoDB deletes in one call."""


def count(holding: Holding, key: str, erasure: Erasure) -> int:
    """How many rows of the table the erasure is about, in one partition."""
    if holding.by is By.NUMBER:
        return len(_challenges(key, erasure))
    source = _source(holding)
    consistent = {} if holding.index else {"consistent_read": True}
    return int(calling(lambda: source.count(key, filter_condition=_of_claim(holding, erasure), **consistent)))


def erase(holding: Holding, key: str, erasure: Erasure, limit: int) -> int:
    """Erase at most `limit` rows of one partition; how many were found, 0 when none is left."""
    rows = _challenges(key, erasure) if holding.by is By.NUMBER else _rows(holding, key, erasure, limit)
    if holding.by is By.NUMBER:
        for row in rows:
            _delete_unless_used_again(row)
    elif holding.anonymise is not None:
        for row in rows:
            _anonymise(holding, row)
    else:
        for start in range(0, len(rows), _BATCH):
            _delete(holding.model, rows[start : start + _BATCH])
    return len(rows)


def _rows(holding: Holding, key: str, erasure: Erasure, limit: int) -> list[Any]:
    source = _source(holding)
    consistent = {} if holding.index else {"consistent_read": True}
    found = source.query(key, filter_condition=_of_claim(holding, erasure), limit=limit, **consistent)
    rows: list[Any] = calling(lambda: list(found))
    return rows


def _source(holding: Holding) -> Any:
    return getattr(holding.model, holding.index) if holding.index else holding.model


def _of_claim(holding: Holding, erasure: Erasure) -> Condition | None:
    """What a serial's next owner has done since the cut is theirs."""
    if holding.moment is None:
        return None
    moment: Any = getattr(holding.model, holding.moment)
    before: Condition = moment < erasure.cut_at
    return before


def _delete(model: type[Table], rows: list[Any]) -> None:
    def work() -> None:
        with model.batch_write() as batch:
            for row in rows:
                batch.delete(row)

    calling(work)


def _anonymise(holding: Holding, row: Any) -> None:
    """Take the person out of a row; one that was deleted in the meantime stays deleted."""
    [hash_key] = [one for one in row.get_attributes().values() if one.is_hash_key]
    try:
        calling(row.update, actions=list(holding.anonymise() if holding.anonymise else ()), condition=hash_key.exists())
    except UpdateError as error:
        if not condition_failed(error):
            raise


def _challenges(number_key: str, erasure: Erasure) -> list[ChallengeRow]:
    """The number's row, unless its person has begun anew since: then it is the new account's."""
    try:
        row = calling(ChallengeRow.get, number_key, consistent_read=True)
    except ChallengeRow.DoesNotExist:
        return []
    latest = max((datetime.fromtimestamp(sent, UTC) for sent in row.sent_at_s), default=erasure.began_at)
    return [row] if latest <= erasure.began_at else []


def _delete_unless_used_again(row: ChallengeRow) -> None:
    try:
        calling(row.delete, condition=ChallengeRow.sendings == row.sendings)
    except DeleteError as error:
        if not condition_failed(error):
            raise
