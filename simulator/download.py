"""How a charger gets a firmware image."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import aiohttp

from device_shadows.firmware import FirmwareJob

Fetch = Callable[[FirmwareJob, Callable[[int], None]], Awaitable[bytes]]
"""Gets the image of a job and tells how many bytes are there; never more than `size` + 1 bytes, OSError if none."""
CHUNK_BYTES: Final = 64 * 1024
TIMEOUT: Final = aiohttp.ClientTimeout(total=600, sock_read=30)


async def fetch_by_https(job: FirmwareJob, progressed: Callable[[int], None]) -> bytes:
    """From `job.url`."""
    data = bytearray()
    try:
        async with aiohttp.ClientSession(timeout=TIMEOUT) as http, http.get(job.url, raise_for_status=True) as answer:
            async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                data += chunk
                progressed(len(data))
                if len(data) > job.size:
                    break
    except (aiohttp.ClientError, TimeoutError) as error:
        raise OSError(f"the download failed: {error}") from error
    return bytes(data[: job.size + 1])


def fetch_from_folder(folder: Path) -> Fetch:
    """From the file in `folder` that has the last part of the URL as its name: a laptop has no download server."""

    async def fetch(job: FirmwareJob, progressed: Callable[[int], None]) -> bytes:
        data = (folder / Path(job.url.split("?", maxsplit=1)[0]).name).read_bytes()[: job.size + 1]
        for received in range(0, len(data), max(1, len(data) // 10)):
            progressed(received)
        return data

    return fetch
