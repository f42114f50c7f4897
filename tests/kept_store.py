"""The store put back as it was, where moto keeps it: for those who do the same thing many times."""

import copy
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from tests import infra


class KeptStore:
    """Every item of every table, as they are now."""

    def __init__(self) -> None:
        self._kept = {name: copy.deepcopy(table.items) for name, table in self._tables.items()}

    @property
    def _tables(self) -> dict[str, Any]:
        found: dict[str, Any] = dynamodb_backends[DEFAULT_ACCOUNT_ID][infra.REGION].tables
        return found

    def put_back(self) -> None:
        """Make every item what it was."""
        for name, table in self._tables.items():
            table.items = copy.deepcopy(self._kept[name])
