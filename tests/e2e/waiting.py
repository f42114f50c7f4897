"""What happens beside a test takes its time: look until it is there. Nothing here says how long something may take."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from local.system import System

PATIENCE_S: Final = 60.0
"""So long a step may take on a busy machine before the test goes on with what it has found, and fails by that."""
_LOOK_S: Final = 0.1
_Found = TypeVar("_Found")


def until(look: Callable[[], _Found], is_good: Callable[[_Found], bool], patience_s: float = PATIENCE_S) -> _Found:
    """What `look` finds as soon as it is good, or what it finds when patience ends."""
    deadline = time.monotonic() + patience_s
    while not is_good(found := look()) and time.monotonic() < deadline:
        time.sleep(_LOOK_S)
    return found


async def until_async(
    look: Callable[[], Awaitable[_Found]], is_good: Callable[[_Found], bool], patience_s: float = PATIENCE_S
) -> _Found:
    """As `until`, in the loop in which the system lives."""
    deadline = time.monotonic() + patience_s
    while not is_good(found := await look()) and time.monotonic() < deadline:  # noqa: ASYNC110 (nobody sets an event)
        await asyncio.sleep(_LOOK_S)
    return found


def messages_in(system: System, *queues: str) -> int:
    """How many messages wait in these queues (logical ids) or are being worked off."""
    client, count = system.aws.client("sqs"), 0
    for name in queues:
        asked = client.get_queue_attributes(QueueUrl=system.stack.resources[name], AttributeNames=["All"])
        counts = [int(value) for key, value in asked["Attributes"].items() if key.startswith("ApproximateNumberOf")]
        count += sum(counts)
    return count
