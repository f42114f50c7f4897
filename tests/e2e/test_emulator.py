"""The local AWS lives and dies with the command that started it, and serves nobody else."""

import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.places import ROOT
from local.ports import LOOPBACK, free_ports
from local.runs import group_exists

PARENT = """
import asyncio, sys
from pathlib import Path
from local.emulator import running_emulator
from local.runs import run_folder

async def main(runs, cloud_port, mqtt_port):
    with run_folder(Path(runs)) as run:
        async with running_emulator(run, cloud_port=cloud_port, mqtt_port=mqtt_port) as emulator:
            print(emulator.process.pid, flush=True)
            await asyncio.to_thread(sys.stdin.read)

asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


class Started:
    """A process that runs an emulator, as ./dev up does."""

    def __init__(self, runs: Path) -> None:
        self.runs = runs
        self.cloud_port, self.mqtt_port = free_ports(2)
        command = [sys.executable, "-c", PARENT, str(runs), str(self.cloud_port), str(self.mqtt_port)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert self.process.stdout
        self.group = int(self.process.stdout.readline())

    def wait_for_end_of(self, connection: socket.socket) -> None:
        """Return when the emulator has closed a connection to it, which its death does."""
        connection.settimeout(10)
        assert connection.recv(1) == b""


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    """A running emulator with a parent of its own."""
    found = Started(tmp_path / "run")
    yield found
    found.process.communicate("")


def test_when_the_command_is_killed_the_emulator_goes_with_all_it_has(started: Started) -> None:
    """A killed terminal gives nobody the time to clean up."""
    with socket.create_connection((LOOPBACK, started.cloud_port)) as connection:
        started.process.send_signal(signal.SIGKILL)
        started.wait_for_end_of(connection)
    started.process.wait(10)
    assert list(started.runs.iterdir()) == []


def test_when_the_command_ends_nothing_is_left(started: Started) -> None:
    """The ordinary end."""
    started.process.communicate("", timeout=15)
    assert not group_exists(started.group)
    assert list(started.runs.iterdir()) == []


def test_a_device_without_a_certificate_is_refused(started: Started) -> None:
    """The emulator alone would serve it."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connect = bytes.fromhex("100f 0004 4d515454 05 02 003c 00 0002 7879")  # MQTT 5, clean start, client id "xy"
    with (
        socket.create_connection((LOOPBACK, started.mqtt_port), timeout=10) as plain,
        context.wrap_socket(plain) as connection,
    ):
        connection.sendall(connect)
        answer = connection.recv(64)
    assert answer[:1] in {b"", b"\x20"}
    assert answer[3:4] != b"\x00", "CONNACK with reason code 0 would be a welcome"


def test_devices_are_served_on_loopback_only(started: Started) -> None:
    """Nobody on the network can reach the port unless asked to."""
    listening = Path("/proc/net/tcp")
    if not listening.exists():
        pytest.skip("this system does not list its ports there")
    local = [line.split()[1] for line in listening.read_text().splitlines()[1:] if line.split()[3] == "0A"]
    assert f"0100007F:{started.mqtt_port:04X}" in local
    assert f"00000000:{started.mqtt_port:04X}" not in local
