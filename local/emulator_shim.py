"""Starts ministack with what its release 1.5.33 has no setting for; run by the interpreter of .venv-emulator.

- Devices are served on one address we choose, and nobody without a certificate is (it would serve both).
- Addresses of firmware begin with https, as AWS's do and the contract with the chargers demands.
- All Lambda workers share one unpacked bundle (each would unpack its own: a second and 40 MB).
- Its standard input is a pipe that the command which started it holds open. When that command ends, however it ends,
  the pipe closes, and the emulator goes with all its workers and its folder.

It replaces private names, therefore requirements/emulator.in pins exactly this release.
"""

import asyncio
import hashlib
import os
import shutil
import signal
import sys
import tempfile
import threading
import types
import zipfile
from pathlib import Path
from typing import Any

import ministack.app  # type: ignore[import-not-found,unused-ignore]
from ministack.core import lambda_runtime  # type: ignore[import-not-found,unused-ignore]
from ministack.services import iot  # type: ignore[import-not-found,unused-ignore]

_EVERYWHERE = "0.0.0.0"  # what we replace


def end_with_parent(pipe: int, folder: str) -> None:
    """Wait until nobody holds the other end of `pipe`, then remove `folder` and kill this process group."""
    while os.read(pipe, 1):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


def watch_parent(folder: str) -> None:
    """Keep the parent's pipe for ourselves, so that no worker holds or reads it."""
    pipe = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    threading.Thread(target=end_with_parent, args=(pipe, folder), daemon=True).start()


def bind_devices_to(address: str) -> None:
    """Let the one listener that ignores its settings, MQTT's, listen on `address`."""
    create = asyncio.base_events.BaseEventLoop.create_server

    def create_there(self: Any, factory: Any, host: Any = None, port: Any = None, **more: Any) -> Any:
        return create(self, factory, address if host == _EVERYWHERE else host, port, **more)

    asyncio.base_events.BaseEventLoop.create_server = create_there  # type: ignore[method-assign,assignment]


def refuse_without_certificate() -> None:
    """A connection without a client certificate is nobody's, as in AWS IoT."""
    identify = iot._mtls_resolve_identity  # noqa: SLF001
    iot._mtls_resolve_identity = lambda der: identify(der) if der else None  # noqa: SLF001


def give_firmware_by_https() -> None:
    """Write the addresses that the jobs service signs as AWS does; local/devices.py turns them back."""
    sign = iot._jobs_presigned_document  # noqa: SLF001

    def sign_https(job: Any) -> Any:
        signed = sign(job)
        return signed if signed == job.get("document") else signed.replace('"http://', '"https://')

    iot._jobs_presigned_document = sign_https  # noqa: SLF001


class SharedBundle(zipfile.ZipFile):
    """A zip that unpacks once for all who ask; each gets a link to the one copy."""

    _unpacking = threading.Lock()

    def extractall(self, path: Any = None, *_: Any, **__: Any) -> None:
        """Link `path`, an empty folder, to the unpacked bundle; who comes while it is unpacked waits."""
        with Path(str(self.filename)).open("rb") as packed:
            name = hashlib.file_digest(packed, "sha256").hexdigest()[:16]
        shared = Path(tempfile.gettempdir()) / f"bundle-{name}"
        with self._unpacking:
            if not shared.is_dir():
                unpacking = tempfile.mkdtemp(prefix="unpack-")
                super().extractall(unpacking)
                Path(unpacking).rename(shared)
        Path(path).rmdir()
        Path(path).symlink_to(shared)


def share_bundle() -> None:
    """Make the Lambda runtime use SharedBundle."""
    lambda_runtime.zipfile = types.SimpleNamespace(
        ZipFile=SharedBundle, BadZipFile=zipfile.BadZipFile, LargeZipFile=zipfile.LargeZipFile
    )


if __name__ == "__main__":
    watch_parent(sys.argv.pop(1))
    bind_devices_to(sys.argv.pop(1))
    refuse_without_certificate()
    give_firmware_by_https()
    share_bundle()
    ministack.app.main()
