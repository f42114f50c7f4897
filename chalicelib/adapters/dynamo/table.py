"""What all tables share: names from the settings, a schema version in every item, errors as ours."""

import functools
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from pynamodb.attributes import NumberAttribute
from pynamodb.connection import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.exceptions import PynamoDBException, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.domain.errors import DependencyDown
from chalicelib.settings import settings

_CONDITION_FAILED = {"ConditionalCheckFailedException", "TransactionCanceledException"}
_LOST_RACE = {"ConditionalCheckFailed", "TransactionConflict"}
_Result = TypeVar("_Result")


class Table(Model):
    """A model whose table is found in the settings when it is first used; subclasses set `logical_name` and `Meta`."""

    logical_name: ClassVar[str]
    schema_version = NumberAttribute(default=1)

    @classmethod
    def _get_connection(cls) -> TableConnection:
        cls.Meta.table_name = settings().table(cls.logical_name)
        cls.Meta.region = settings().aws_region
        cls.Meta.host = settings().aws_endpoint_url or None
        return super()._get_connection()


@functools.cache
def connection() -> Connection:
    """For transactions over several tables."""
    return Connection(region=settings().aws_region, host=settings().aws_endpoint_url or None)


def is_kept(expires_at: datetime | None, now: datetime | None) -> bool:
    """Whether a row has not expired by `now`: the store takes it away days later. None: never; whenever."""
    return expires_at is None or now is None or expires_at > now


def condition_failed(error: PynamoDBException) -> bool:
    """Whether the write was refused by its own condition, rather than by an outage."""
    return error.cause_response_code in _CONDITION_FAILED


def calling(operation: Callable[..., _Result], *args: Any, **kwargs: Any) -> _Result:
    """The result of one pynamodb call; an outage becomes DependencyDown, a failed condition stays as it is."""
    try:
        return operation(*args, **kwargs)
    except PynamoDBException as error:
        if condition_failed(error) or error.cause is None:
            raise
        raise DependencyDown("the store does not answer") from error


def updated(row: Table, actions: Sequence[Action], condition: Condition | None = None) -> bool:
    """Update a row; False, with nothing changed, when `condition` does not hold. `row` then has its new values."""
    try:
        calling(row.update, actions=list(actions), condition=condition)
    except UpdateError as error:
        if condition_failed(error):
            return False
        raise
    return True


def transact(write: Callable[[TransactWrite], None]) -> bool:
    """What `write` asks for, all of it or nothing; False when a condition does not hold or others write the same.

    DependencyDown for any other reason.
    """
    try:
        with TransactWrite(connection=connection()) as transaction:
            write(transaction)
    except TransactWriteError as error:
        if _LOST_RACE & {reason.code for reason in error.cancellation_reasons if reason}:
            return False
        raise DependencyDown("the store does not answer", retry_after_s=1) from error
    return True
