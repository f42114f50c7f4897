"""Stops before and after every call to a service, and answers that are lost on the way: for code that survives both.

A process that stops keeps nothing: what follows depends on what is stored and on nothing else. So instead of stopping
at every pair of calls, every state of the stores that a run can leave is found and the work done from there, until no
new state turns up. Then any number of stops, anywhere, has been tried.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.exceptions import ConnectionClosedError

from tests import stored

Store = dict[str, Any]
READS = ("Get", "Query", "Scan", "AdminGet", "BatchGet", "List", "Describe", "Receive")
"""Calls that change nothing begin so; a test looks whether that is true."""


class Calls:
    """Every call to a service from now on, by name; the next `to_lose` of them lose their first answer."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        self.after: Callable[[str], None] = lambda _: None
        self.to_lose = 0
        patch.setattr(BaseClient, "_make_api_call", self._calling(vars(BaseClient)["_make_api_call"]))
        patch.setattr(Endpoint, "_do_get_response", self._losing(vars(Endpoint)["_do_get_response"]))
        patch.setattr("botocore.endpoint.time.sleep", lambda _: None)  # between tries

    def _calling(self, call: Any) -> Any:
        def called(client: Any, name: str, parameters: Any) -> Any:
            self.names.append(name)
            answer = call(client, name, parameters)
            self.after(name)
            return answer

        return called

    def _losing(self, send: Any) -> Any:
        def sent(endpoint: Any, request: Any, model: Any, context: Any) -> Any:
            answer = send(endpoint, request, model, context)
            if self.to_lose and not context.get("was_lost"):
                context["was_lost"] = True
                self.to_lose -= 1
                return None, ConnectionClosedError(endpoint_url=request.url)
            return answer

        return sent


class Explored:
    """Every state that `work` can leave when it is stopped and begun again, and every end it comes to from there."""

    def __init__(self, calls: Calls, work: Callable[[], None], look: Callable[[], Store]) -> None:
        self.calls, self.work, self.look = calls, work, look
        self.seen: set[str] = set()
        self.ends: dict[str, Store] = {}
        self.silent: set[str] = set()
        self._waiting: list[Callable[[], None]] = []
        self._note()
        self._run(every_call=True)
        self.first_run = list(calls.names)
        while self._waiting:
            self._waiting.pop()()
            stored.show_all_messages()
            self._run(every_call=False)

    def _run(self, *, every_call: bool) -> None:
        self.calls.names.clear()
        self.calls.after = lambda name: self._after(name, every_call=every_call)
        self.work()
        self.calls.after = lambda _: None
        found = self.look()
        self.ends[_text(found)] = found

    def _after(self, name: str, *, every_call: bool) -> None:
        is_read = name.startswith(READS)
        if is_read and not every_call:
            return
        is_new = self._note()
        if is_read and is_new:
            self.silent.add(name)

    def _note(self) -> bool:
        text = _text(self.look())
        if text in self.seen:
            return False
        self.seen.add(text)
        self._waiting.append(stored.snapshot())
        return True


def _text(store: Store) -> str:
    return json.dumps(store, sort_keys=True, default=repr)
