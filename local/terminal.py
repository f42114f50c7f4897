"""What the person at the terminal sees while things happen, and how he stops them."""

import asyncio
import contextlib
import logging
import signal
import sys
import time
from collections.abc import Coroutine
from typing import Any

from local.errors import LocalError

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Progress:
    """Tells each step on stderr with the seconds since the beginning; a terminal that is gone is no failure."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, text: str) -> None:
        """Tell one step."""
        with contextlib.suppress(OSError, ValueError):
            print(f"{time.monotonic() - self._began:6.1f} s  {text}", file=sys.stderr, flush=True)


async def _until_signal(work: Coroutine[Any, Any, int], progress: Progress) -> int:
    """Do `work`; the first signal cancels it and lets it clean up, later ones change nothing."""
    loop, task = asyncio.get_running_loop(), asyncio.create_task(work)
    stopped: list[signal.Signals] = []

    def stop(sign: signal.Signals) -> None:
        if not stopped:
            progress("stopping ...")
            task.cancel()
        stopped.append(sign)

    for sign in _STOP_SIGNALS:
        loop.add_signal_handler(sign, stop, sign)
    try:
        return await task
    except asyncio.CancelledError:
        if not stopped:
            raise
        progress("stopped; nothing is left running")
        return 0 if stopped[0] == signal.SIGINT else 128 + stopped[0]


def run_command(name: str, work: Coroutine[Any, Any, int], progress: Progress) -> int:
    """Run a command to its exit code; what its user can mend is one clear message and 1.

    A device that is interrupted warns in the log, as it should; only errors reach the terminal.
    """
    logging.basicConfig(level=logging.ERROR, format="%(name)s: %(message)s")
    try:
        return asyncio.run(_until_signal(work, progress))
    except LocalError as error:
        with contextlib.suppress(OSError):
            print(f"dev {name}: {error}", file=sys.stderr)
        return 1
