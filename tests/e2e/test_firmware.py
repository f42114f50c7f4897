"""Firmware on the deployed system: the operator's command, AWS IoT Jobs, and chargers that check for themselves."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from device_shadows.firmware import FirmwareJob
from device_shadows.names import Serial
from local import devices
from local.places import ROOT
from local.system import System, device
from simulator.device import Device
from simulator.download import Fetch
from tests.e2e.running import SystemThread
from tests.e2e.waiting import until

GOOD, CANCELLED = Serial("ZC-FIRMWARE-1"), Serial("ZC-FIRMWARE-2")


class Gate:
    """A download that stands still."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()

    async def fetch(self, job: FirmwareJob, progressed: Callable[[int], None]) -> bytes:
        """Half of the image comes, then nothing more."""
        progressed(job.size // 2)
        self.entered.set()
        await asyncio.Event().wait()
        return b""


def join(frozen: SystemThread, serial: Serial, fetch: Fetch = devices.fetch_firmware) -> Device:
    """A new charger from the factory, living in the world."""
    system = frozen.system
    [made] = devices.make_chargers(
        system.emulator, system.aws, system.stack, system.folder / f"factory-{serial}", [serial]
    )
    found = device(made, system.clock, system.emulator.mqtt_port, fetch)

    async def live() -> None:
        system.world.add(found)

    frozen.run(live())
    wait(lambda: found.connection.is_connected)
    return found


def wait(is_true: Callable[[], Any]) -> Any:
    """What the question answers as soon as that is something."""
    answer = until(is_true, bool)
    assert answer, "it did not happen in time"
    return answer


class Operator:
    """Someone at a terminal with `zmart`."""

    def __init__(self, system: System, folder: Path) -> None:
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.environment = own | devices.operator_environment(system.emulator, system.stack)
        self.image = folder / "image.bin"
        self.image.write_bytes(os.urandom(100_000))
        self.iot = system.aws.client("iot")

    def zmart(self, *arguments: str) -> Any:
        """What the command prints as JSON, or what it said when it refused."""
        command = [sys.executable, "-m", "cli", *arguments, "--json"]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, text=True, capture_output=True, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else done.stderr.strip()

    def install(self, serial: Serial, version: str, counter: int) -> Any:
        """The image to one charger."""
        facts = ("--version", version, "--counter", str(counter))
        return self.zmart("charger", serial, "firmware", str(self.image), *facts)

    def end_of(self, job_id: str) -> Any:
        """The only execution of a job, when it has ended."""
        wait(lambda: self.iot.describe_job(jobId=job_id)["job"]["status"] == "COMPLETED")
        [execution] = self.zmart("firmware", "show", job_id)["executions"]
        return execution

    def answer_to(self, job_id: str, serial: Serial) -> tuple[str, dict[str, str]]:
        """State and details of a charger's part of any job, when it has ended."""
        wait(lambda: self.iot.describe_job(jobId=job_id)["job"]["status"] == "COMPLETED")
        found = self.iot.describe_job_execution(jobId=job_id, thingName=serial)["execution"]
        return found["status"], found["statusDetails"]["detailsMap"]

    def forge(self, job_id: str, serial: Serial, document: dict[str, Any]) -> None:
        """A job past our own checks, by somebody who may write jobs but has no key."""
        target = self.iot.describe_thing(thingName=serial)["thingArn"]
        self.iot.create_job(jobId=job_id, targets=[target], document=json.dumps(document))

    def document(self, job_id: str) -> dict[str, Any]:
        """What the chargers get, with an address instead of the placeholder."""
        text = self.iot.get_job_document(jobId=job_id)["document"]
        return dict(json.loads(text)) | {"url": "https://firmware.invalid/image.bin"}


@pytest.fixture(scope="module")
def operator(frozen: SystemThread, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    return Operator(frozen.system, tmp_path_factory.mktemp("firmware"))


@pytest.fixture(scope="module")
def charger(frozen: SystemThread) -> Device:
    return join(frozen, GOOD)


@pytest.fixture(scope="module")
def installed(operator: Operator, charger: Device) -> Any:
    """The job of 2.0.0 with counter 5, which the charger has done."""
    job = operator.install(GOOD, "2.0.0", 5)
    assert operator.end_of(job["job_id"])["state"] == "succeeded"
    return job


def reported_firmware(frozen: SystemThread, serial: Serial) -> str:
    """What the cloud knows of the charger's firmware."""
    answer = frozen.system.aws.client("iot-data").get_thing_shadow(thingName=serial, shadowName="status")
    return str(json.loads(answer["payload"].read())["state"]["reported"]["firmware"])


def test_a_charger_verifies_downloads_installs_and_restarts(
    frozen: SystemThread, operator: Operator, charger: Device, installed: Any
) -> None:
    """The image came by an address that the jobs service signed; the new version is in its status."""
    wait(lambda: reported_firmware(frozen, GOOD) == "2.0.0")
    assert (charger.agent.image.version, charger.agent.image.counter) == ("2.0.0", 5)
    [execution] = operator.zmart("firmware", "show", installed["job_id"])["executions"]
    assert (execution["state"], execution["phase"]) == ("succeeded", "restarted")


@pytest.mark.usefixtures("installed")
def test_the_same_command_makes_no_second_job(operator: Operator, installed: Any) -> None:
    """Even when the charger is done with the first."""
    assert operator.install(GOOD, "2.0.0", 5)["job_id"] == installed["job_id"]


@pytest.mark.usefixtures("installed")
def test_an_older_release_is_refused_before_the_charger_is_asked(frozen: SystemThread, operator: Operator) -> None:
    """The cloud knows the counter of what the charger says it runs."""
    wait(lambda: reported_firmware(frozen, GOOD) == "2.0.0")
    assert operator.install(GOOD, "3.0.0", 4).startswith("error: firmware_rollback: ")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"counter": 4}, "rollback", id="older than what runs"),
        pytest.param(
            {"sha256": "0" * 64, "version": "2.0.1"}, "signature_invalid", id="another image under the signature"
        ),
        pytest.param({"key_id": "release-2", "version": "2.0.1"}, "unknown_key", id="a key that is not in the charger"),
        pytest.param({"model": "zc-22"}, "wrong_model", id="for other hardware"),
        pytest.param({"url": "http://firmware.invalid/"}, "document_invalid", id="an address without TLS"),
    ],
)
def test_a_charger_refuses_what_nobody_released(
    operator: Operator, installed: Any, charger: Device, change: dict[str, Any], reason: str
) -> None:
    """Whoever can write jobs still has no key; the operator sees why the charger refused."""
    job_id = f"forged-{reason}"
    operator.forge(job_id, GOOD, operator.document(installed["job_id"]) | change)
    assert operator.answer_to(job_id, GOOD) == ("REJECTED", {"phase": "failed", "reason": reason})
    assert charger.agent.image.version == "2.0.0"


def test_a_cancelled_job_is_dropped_by_a_charger_that_has_begun(frozen: SystemThread, operator: Operator) -> None:
    """Its next report is refused, and it goes on with the image it has."""
    gate = Gate()
    charger = join(frozen, CANCELLED, gate.fetch)
    job = operator.install(CANCELLED, "2.0.0", 5)
    wait(gate.entered.is_set)
    stopped = operator.zmart("firmware", "cancel", job["job_id"])
    assert (stopped["is_canceled"], [one["state"] for one in stopped["executions"]]) == (True, ["canceled"])
    assert operator.zmart("firmware", "cancel", job["job_id"]) == stopped

    async def goes_on() -> None:
        charger.agent.progressed(charger.agent.download.size if charger.agent.download else 0)
        charger.connection.wake()

    frozen.run(goes_on())
    wait(lambda: charger.agent.download is None)
    assert charger.agent.image.version == "sim-1.0.0"
