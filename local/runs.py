"""Each running system has a folder of its own under .local/run/; a lock that dies with its process says who lives."""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from local.places import RUNS

_LOCK, _GROUP = "alive", "emulator-group"


def _is_alive(run: Path) -> bool:
    try:
        with (run / _LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def group_exists(group: int) -> bool:
    """Whether any process is left in the process group."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def note_group(run: Path, group: int) -> None:
    """Remember the emulator's process group, for whoever has to clean up after us."""
    (run / _GROUP).write_text(str(group))


def clear_leftovers(runs: Path = RUNS, patience_s: float = 3.0) -> int:
    """Remove what runs that were killed left behind; how many there were. Runs that live are left alone."""
    dead = [run for run in runs.glob("*/") if not _is_alive(run)]
    for run in dead:
        _end_group(run, patience_s)
        shutil.rmtree(run, ignore_errors=True)
    return len(dead)


def _end_group(run: Path, patience_s: float) -> None:
    """Give an orphaned emulator time to notice that its parent is gone; it then ends by itself."""
    try:
        group = int((run / _GROUP).read_text())
    except (FileNotFoundError, ValueError):
        return
    deadline = time.monotonic() + patience_s
    while group_exists(group) and time.monotonic() < deadline:
        time.sleep(0.05)
    if group_exists(group) and run.exists():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


@contextlib.contextmanager
def run_folder(runs: Path = RUNS) -> Iterator[Path]:
    """A new empty folder that is ours while we live and gone when we leave."""
    run = runs / f"{os.getpid()}-{secrets.token_hex(3)}"
    runs.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as locks:
        # whoever clears up must not meet a folder that is not locked yet
        with runs.with_name(f"{runs.name}.turn").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            clear_leftovers(runs)
            run.mkdir()
            fcntl.flock(locks.enter_context((run / _LOCK).open("w")), fcntl.LOCK_EX)
        try:
            yield run
        finally:
            shutil.rmtree(run, ignore_errors=True)
