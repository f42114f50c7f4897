"""When something we need does not answer: 503 and when to come again, on every route, never a fault of ours."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.observability import log
from tests.access_table import TABLE, Actor, IdKind
from tests.api.test_access_table import World, world  # noqa: F401 - a fixture
from tests.api_client import ApiClient

STORE, OTHERS = ("dynamodb",), ("cognito-idp", "iot-data", "sqs", "lambda")
LAST: Final = ("POST /v1/auth/logout-everywhere", "DELETE /v1/account")
"""After them nothing of Kari's is there to be called."""


class Outage:
    """From their `first` call on services fail, as a network does or as AWS says it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.services, self.first, self.seen = tuple[str, ...](), 0, 0
        work = BaseClient._make_api_call  # type: ignore[attr-defined]

        def call(client: Any, operation: str, arguments: Any) -> Any:
            if client.meta.service_model.service_name in self.services:
                self.seen += 1
                if self.seen == self.first:
                    raise EndpointConnectionError(endpoint_url=operation)
                if self.seen > self.first:
                    told = {"Code": "InternalServerError", "Message": "..."}
                    raise ClientError({"Error": told, "ResponseMetadata": {"HTTPStatusCode": 500}}, operation)  # type: ignore[typeddict-item]
            return work(client, operation, arguments)

        patch.setattr(BaseClient, "_make_api_call", call)

    def begins(self, services: tuple[str, ...], first: int) -> None:
        """From now on."""
        self.services, self.first, self.seen = services, first, 0


@pytest.fixture
def outage(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outage]:  # noqa: F811
    log.setLevel("ERROR")
    yield Outage(monkeypatch)
    log.setLevel("INFO")


@pytest.mark.parametrize("services", [STORE, OTHERS], ids=["store", "others"])
def test_an_outage_is_told_as_one(api: ApiClient, world: World, outage: Outage, services: tuple[str, ...]) -> None:  # noqa: F811
    """At the first call of the service, the second and the third: either it can be done later by itself, or 503."""
    bad, told = [], 0
    for row in sorted(TABLE, key=lambda row: (row.name in LAST, row.method == "DELETE")):
        for first in (1, 2, 3):
            outage.begins((), 1)
            body, path, token = row.sent and row.sent(world), world.path(row, IdKind.REAL), world.token(Actor.OWNER)
            outage.begins(services, first)
            reply = api.call(row.method, path, body=body, token=token, headers=dict(row.headers))
            if outage.seen < first:
                break
            is_told = reply.status == 503 and "retry-after" in reply.headers
            told += is_told
            if reply.status >= 500 and not is_told:
                bad.append((row.name, first, reply.status))
    assert (bad, told > 0) == ([], True)
