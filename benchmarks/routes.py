"""Every route with a right request, in a cloud with owners, chargers and a session: the rows of the access table.

A route without a row there fails a test, so none is left out here. Before each request the store is put back as it
was, so that a route that removes or changes something does the same work each time.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

from benchmarks.arrivals import Measured, OwnClock
from chalicelib.api.blueprint import OPERATIONS
from tests import infra
from tests.access_table import TABLE, Actor, IdKind, Row
from tests.api.test_access_table import World
from tests.api_client import ApiClient, Reply
from tests.conftest import AWS, NIGHT
from tests.identity import KeyServer, Mint, People, complete_cognito
from tests.kept_store import KeptStore


class Route:
    """One route: its name, and requests of it that succeed."""

    def __init__(self, row: Row, api: ApiClient, world: World) -> None:
        self.name = row.name
        self._row, self._api, self._world = row, api, world
        self._status = next(one.status for one in OPERATIONS if (one.method, one.path) == (row.method, row.path))

    def prepare(self) -> Callable[[], None]:
        """One request, ready to be sent."""
        body = self._row.sent(self._world) if self._row.sent else None
        path, token = self._world.path(self._row, IdKind.REAL), self._world.token(Actor.OWNER)
        headers = dict(self._row.headers)

        def send() -> None:
            self._require_good(self._api.call(self._row.method, path, body=body, token=token, headers=headers))

        return send

    def _require_good(self, reply: Reply) -> None:
        if reply.status != self._status:
            raise SystemExit(f"bench api: {self.name} answered {reply.status}: {reply.body}")


class Cloud:
    """The emulator in process: how often the store was called; `store` puts it back."""

    store: KeptStore

    def __init__(self, clock: OwnClock) -> None:
        self.clock = clock
        self.store_calls = 0

    def ready(self, route: Route, found: Measured) -> Callable[[], None]:
        """The next request of `route`, in the store as it was; its calls to the store are noted when it was sent."""
        self.store.put_back()
        send = route.prepare()
        self.store_calls = 0

        def counted() -> None:
            send()
            found.store_calls = max(found.store_calls, self.store_calls)

        return counted

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Stop the clock while the emulator answers, and count what goes to the store."""
        answer: Any = BotocoreStubber.__call__

        def watched(stubber: BotocoreStubber, event_name: str, request: Any, **kwargs: Any) -> Any:
            self.store_calls += ".dynamodb." in event_name
            with self.clock.stopped():
                return answer(stubber, event_name, request, **kwargs)

        patch.setattr(BotocoreStubber, "__call__", watched)


@contextmanager
def running_cloud(clock: OwnClock) -> Iterator[tuple[Cloud, list[Route]]]:
    """A cloud and its routes."""
    mint, cloud = Mint(), Cloud(clock)
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in (AWS | infra.create() | {"CLOCK": f"{NIGHT}@0@0"}).items():
            patch.setenv(name, value)
        server = KeyServer(mint.public_keys())
        patch.setenv("JWKS_BASE", server.url)
        try:
            from app import app

            complete_cognito(patch)
            cloud.watch(patch)
            world = World(People(mint, server), mint, patch)
            cloud.store = KeptStore()
            yield cloud, [Route(row, ApiClient(app), world) for row in TABLE]
        finally:
            server.close()
