"""A whole running system for end-to-end tests: the packaged template on the local AWS, real devices, one origin."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from local.system import Options
from tests.e2e.running import SystemThread

NIGHT = datetime.fromisoformat("2026-02-10T15:00:00+01:00")


@pytest.fixture(scope="session")
def shared() -> Iterator[SystemThread]:
    """A system at 15:00 on 10 February 2026, where product time stands still."""
    with SystemThread(Options.on_free_ports(start=NIGHT, speed=0)) as running:
        yield running


@pytest.fixture(scope="module")
def frozen(shared: SystemThread) -> SystemThread:
    """The shared system, its chargers just switched on as far as claims go: they sign for ten real minutes only."""
    for device in shared.system.world.devices.values():
        device.key.power_on()
    return shared
