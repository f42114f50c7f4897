"""A running system in a thread of its own, for tests that are plain functions."""

import asyncio
import contextlib
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, Self, TypeVar

from local.system import Options, System, running_system

_Result = TypeVar("_Result")


def tell(text: str) -> None:
    """Progress of the system, shown when a test fails."""
    sys.stderr.write(f"{text}\n")


class SystemThread:
    """A system with an event loop of its own in a thread, so that plain tests and async ones can share it."""

    def __init__(self, options: Options) -> None:
        self._options, self._ready, self._loop = options, Future[System](), asyncio.new_event_loop()
        self._broken = Future[None]()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._end = asyncio.Event()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._live())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())

    async def _live(self) -> None:
        try:
            async with running_system(self._options, tell) as system:
                self._ready.set_result(system)
                await self._end.wait()
        except BaseException as error:  # noqa: BLE001  (whoever waits for the system gets it)
            (self._broken if self._ready.done() else self._ready).set_exception(error)

    def run(self, work: Coroutine[Any, Any, _Result], timeout_s: float = 180.0) -> _Result:
        """The result of a coroutine in the system's own loop; what broke the system if that comes first."""
        result = asyncio.run_coroutine_threadsafe(work, self._loop)
        either: tuple[Future[Any], ...] = (result, self._broken)
        wait(either, timeout_s, FIRST_COMPLETED)
        if not result.done() and self._broken.done():
            self._broken.result()
        return result.result(0)

    @property
    def system(self) -> System:
        """The running system."""
        return self._ready.result(180)

    def __enter__(self) -> Self:
        self._thread.start()
        self.system  # noqa: B018  (waits until it is ready, or raises why it is not)
        return self

    def __exit__(self, *_: object) -> None:
        if not self._broken.done():
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(30)
