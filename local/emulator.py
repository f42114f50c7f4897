"""Starts and stops the local AWS (ministack), a process group of its own with a folder of its own."""

import asyncio
import contextlib
import os
import signal
import time
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from local.errors import EmulatorError
from local.places import EMULATOR_PYTHON, REGION, ROOT
from local.ports import LOOPBACK
from local.runs import group_exists, note_group

_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR")
_READY_S, _TERM_S, _KILL_S = 60.0, 3.0, 2.0
SHIM = ROOT / "local" / "emulator_shim.py"
"""What starts it; a measurement may have its own (benchmarks/recorder.py)."""
ACCOUNT = "123456789012"
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}


@dataclass(frozen=True)
class Emulator:
    """A running emulator: its address, where devices connect, and its process."""

    url: str
    mqtt_host: str
    mqtt_port: int
    process: asyncio.subprocess.Process
    log: Path

    def environment(self) -> dict[str, str]:
        """What a program needs in its environment to take this emulator for AWS."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
        }

    def last_words(self, count: int = 12) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:]) if self.log.exists() else ""

    async def watch(self) -> None:
        """Return never; EmulatorError when the emulator ends by itself."""
        code = await self.process.wait()
        raise EmulatorError(f"The local AWS ended by itself (code {code}):\n{self.last_words()}")


def _environment(run: Path, cloud_port: int, mqtt_port: int) -> dict[str, str]:
    """Only what is named here: nothing of the user's AWS account, home or Docker is in reach."""
    folders = {name: str(run / place) for name, place in (("TMPDIR", "tmp"), ("HOME", "home"), ("STATE_DIR", "state"))}
    for place in folders.values():
        Path(place).mkdir(parents=True)
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return kept | folders | {
        "GATEWAY_PORT": str(cloud_port),
        "IOT_MTLS_PORT": str(mqtt_port),
        "BIND_HOST": LOOPBACK,
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "AUTH": "true",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "LAMBDA_ACCOUNT_CONCURRENCY": "12",
        "S3_DATA_DIR": str(run / "s3"),
        "DOCKER_HOST": f"unix://{run}/no-docker",
        "LOG_LEVEL": "WARNING",
    }  # fmt: skip


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_ministack/ready", timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)  # noqa: PLR2004
    except OSError:
        return False


async def _wait_ready(emulator: Emulator) -> None:
    deadline = time.monotonic() + _READY_S
    while not await asyncio.to_thread(_is_ready, emulator.url):
        if emulator.process.returncode is not None:
            raise EmulatorError(f"The local AWS did not start:\n{emulator.last_words()}")
        if time.monotonic() > deadline:
            raise EmulatorError(f"The local AWS was not ready within {_READY_S:.0f} s:\n{emulator.last_words()}")
        await asyncio.sleep(0.05)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """TERM to the group, patience, KILL to the group: the leader alone would leave its workers behind."""
    for sign, patience_s in ((signal.SIGTERM, _TERM_S), (signal.SIGKILL, _KILL_S)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, sign)
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if process.returncode is not None and not group_exists(process.pid):
                return
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def running_emulator(
    run: Path, *, cloud_port: int, mqtt_port: int, mqtt_host: str = LOOPBACK, shim: Path = SHIM
) -> AsyncIterator[Emulator]:
    """A local AWS that is ready; on leaving it is gone with all it started. EmulatorError if it does not start."""
    log = run / "emulator.log"
    environment = _environment(run, cloud_port, mqtt_port)
    command: tuple[str | Path, ...] = (EMULATOR_PYTHON, "-P", shim, str(run), mqtt_host)
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=environment,
            cwd=run,
            stdin=asyncio.subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    note_group(run, process.pid)
    try:
        emulator = Emulator(f"http://{LOOPBACK}:{cloud_port}", mqtt_host, mqtt_port, process, log)
        await _wait_ready(emulator)
        yield emulator
    finally:
        await asyncio.shield(_stop(process))
        if process.stdin:
            process.stdin.close()
