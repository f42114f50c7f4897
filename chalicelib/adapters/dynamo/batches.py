"""Reading items of several tables in one call."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.dynamo.table import Table, connection
from chalicelib.domain.errors import DependencyDown
from chalicelib.settings import settings

_BATCH: Final = 100
"""What DynamoDB reads in one call."""

Wanted = tuple[type[Table], Mapping[str, str | int]]


def read(wanted: Sequence[Wanted], *, is_exact: bool = True) -> list[Table]:
    """The rows of several tables as they are at this moment, in no order; one call for up to 100 of them.

    Unless `is_exact` they may be those of a second ago, at half the price. What the store leaves unread, being busy, is
    asked for again.
    """
    rows: list[Table] = []
    for first in range(0, len(wanted), _BATCH):
        rows += _read(wanted[first : first + _BATCH], is_exact=is_exact)
    return rows


def _read(wanted: Sequence[Wanted], *, is_exact: bool) -> list[Table]:
    models = {settings().table(model.logical_name): model for model, _ in wanted}
    asked: dict[str, Any] = {name: {"Keys": [], "ConsistentRead": is_exact} for name in models}
    for model, key in wanted:
        asked[settings().table(model.logical_name)]["Keys"].append({name: _typed(one) for name, one in key.items()})
    rows: list[Table] = []
    while asked:
        answer = _dispatch(asked)
        rows += [models[name].from_raw_data(item) for name, items in answer["Responses"].items() for item in items]
        asked = answer.get("UnprocessedKeys") or {}
    return rows


def _typed(value: str | int) -> dict[str, str]:
    return {"S": value} if isinstance(value, str) else {"N": str(value)}


def _dispatch(asked: dict[str, Any]) -> Any:
    try:
        return connection().dispatch("BatchGetItem", {"RequestItems": asked})
    except (BotoCoreError, ClientError) as error:
        raise DependencyDown("the store does not answer") from error
