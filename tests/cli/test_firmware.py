"""`zmart charger SERIAL firmware` and `zmart firmware`: what an operator sees of a job."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from chalicelib.services import firmware
from cli.__main__ import app
from cli.firmware import show_job
from tests.made_chargers import NOW, MadeCharger

SERIAL = "ZC-00000001"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An image in a file."""
    file = tmp_path / "image.bin"
    file.write_bytes(b"image" * 100)
    return file


def zmart(*arguments: str) -> tuple[int, str]:
    """Exit code and output."""
    done = CliRunner().invoke(app, [*arguments])
    return done.exit_code, done.output.strip()


def install(file: Path, *more: str) -> tuple[int, Any]:
    """Exit code and the job, or what was said instead."""
    code, said = zmart(
        "charger", SERIAL, "firmware", str(file), "--version", "1.4.0", "--counter", "4", "--json", *more
    )
    return code, json.loads(said) if code == 0 else said


@pytest.mark.usefixtures("cloud")
def test_a_job_is_made_shown_and_cancelled(image: Path) -> None:
    """The id that the first command prints is what the others take; repeating each gives the same."""
    MadeCharger(SERIAL)
    code, job = install(image)
    assert (code, job["image"]["version"], [one["state"] for one in job["executions"]]) == (0, "1.4.0", ["queued"])
    assert install(image) == (code, job)
    assert json.loads(zmart("firmware", "show", job["job_id"], "--json")[1])["is_over"] is False
    stopped = [json.loads(zmart("firmware", "cancel", job["job_id"], "--json")[1]) for _ in range(2)]
    assert [one["is_canceled"] for one in stopped] == [True, True]


@pytest.mark.usefixtures("cloud")
def test_a_job_as_a_table(image: Path) -> None:
    """On a terminal."""
    MadeCharger(SERIAL)
    job = firmware.install([SERIAL], image.read_bytes(), version="1.4.0", counter=4, now=NOW)
    console = Console(width=120, file=io.StringIO())
    show_job(job, console)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]  # it is the StringIO above
    assert lines[:2] == [f"{job.job_id}: running", "test 1.4.0, counter 4, 500 bytes"]
    assert [cell.strip() for cell in lines[5].split("│")][1:3] == [SERIAL, "queued"]


@pytest.mark.usefixtures("cloud")
def test_what_is_refused_ends_with_1_and_a_code(image: Path) -> None:
    """Here another image under a version that is taken, and a charger that was never made."""
    assert install(image)[1].startswith("error: not_found")
    MadeCharger(SERIAL)
    install(image)
    image.write_bytes(b"another")
    code, said = install(image)
    assert (code, said.startswith("error: release_taken: ")) == (1, True)
    assert zmart("firmware", "show", "fw-unknown")[0] == 1


@pytest.mark.usefixtures("cloud")
def test_wrong_input_ends_with_2_and_names_the_field(image: Path, tmp_path: Path) -> None:
    """A version that no charger takes; a file that is not there."""
    MadeCharger(SERIAL)
    command = ("charger", SERIAL, "firmware", str(image), "--counter", "4", "--version")
    code, said = zmart(*command, "1 4")
    assert (code, said.startswith("error: invalid_input: version: ")) == (2, True)
    assert install(tmp_path / "nothing")[0] == 2


@pytest.mark.usefixtures("cloud")
def test_the_factory_gets_the_public_key() -> None:
    """With the name that job documents call it by."""
    told = json.loads(zmart("firmware", "key", "--json")[1])
    assert told["key_id"] == "release-1"
    assert told["public_key_pem"].startswith("-----BEGIN PUBLIC KEY-----\n")
    assert zmart("firmware", "key")[1].splitlines()[0] == "release-1"
