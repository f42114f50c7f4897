"""Nothing is left behind, and nothing of others is touched."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.errors import PortTakenError
from local.ports import LOOPBACK, free_ports, require_free
from local.runs import clear_leftovers, group_exists, note_group, run_folder


def test_a_run_has_a_folder_while_it_lives(tmp_path: Path) -> None:
    """And takes it away with everything in it."""
    with run_folder(tmp_path) as run:
        (run / "file").touch()
        assert list(tmp_path.iterdir()) == [run]
    assert list(tmp_path.iterdir()) == []


def test_a_living_run_is_left_alone(tmp_path: Path) -> None:
    """Two systems may run beside each other."""
    with run_folder(tmp_path) as one, run_folder(tmp_path) as other:
        assert clear_leftovers(tmp_path) == 0
        assert one.is_dir()
        assert other.is_dir()


def test_what_a_killed_run_left_is_removed_with_its_processes(tmp_path: Path) -> None:
    """The folder's lock died with its process; the group is still there."""
    (tmp_path / "dead").mkdir()
    (tmp_path / "dead" / "alive").touch()
    orphan = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    note_group(tmp_path / "dead", orphan.pid)
    assert clear_leftovers(tmp_path, patience_s=0) == 1
    assert orphan.wait(10) == -signal.SIGKILL
    orphan.communicate()
    assert not group_exists(orphan.pid)
    assert list(tmp_path.iterdir()) == []


def test_a_taken_port_is_told_with_the_option_that_chooses_another() -> None:
    """The sentence is all that a user needs."""
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=rf"{port} for MQTT .* --mqtt-port"):
            require_free(port, "MQTT", "--mqtt-port")


def test_a_port_that_cannot_be_is_told() -> None:
    """70000 is no port."""
    with pytest.raises(PortTakenError, match="1 to 65535"):
        require_free(70000, "MQTT", "--mqtt-port")


def test_free_ports_are_different_and_free() -> None:
    """Each can be listened on."""
    ports = free_ports(3)
    assert len(set(ports)) == 3
    for port in ports:
        require_free(port, "a test", "none")
