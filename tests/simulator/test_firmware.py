"""Firmware: from the job to the restarted charger, and every way in which it ends before."""

import hashlib
import json
from collections.abc import Callable

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from device_shadows import topics
from device_shadows.firmware import FirmwareJob, Installed
from device_shadows.jobs import Execution, NextJob
from simulator.firmware import FirmwareAgent
from simulator.firmware_key import FirmwareKeys, sign
from simulator.session import Session
from tests.simulator.nights import a_charger, at

IMAGE = bytes(range(256)) * 40
KEY = ec.generate_private_key(ec.SECP256R1())
KEYS = FirmwareKeys({"release-1": KEY.public_key()})
OLD = Installed(model="simulated", version="1.3.9", counter=4)
Told = list[tuple[str, str, str | None]]


def a_job(**change: object) -> FirmwareJob:
    job = FirmwareJob(
        version="1.4.0",
        model="simulated",
        counter=5,
        size=len(IMAGE),
        sha256=hashlib.sha256(IMAGE).hexdigest(),
        url="https://firmware.example/1.4.0.bin",
        key_id="release-1",
        signature="A" * 96,
    )
    return sign(msgspec.structs.replace(job, **change), KEY)


def named(job: FirmwareJob, job_id: str = "fw-1") -> NextJob:
    return NextJob(execution=Execution(job_id=job_id, job_document=json.loads(msgspec.json.encode(job))))


def an_agent(*, image_boots: bool = True) -> FirmwareAgent:
    return FirmwareAgent(OLD, KEYS.verify, image_boots=image_boots)


def told(agent: FirmwareAgent) -> Told:
    """What is reported now, as if the broker took it."""
    said = [(str(r.status), str(r.details.phase), r.details.percent or r.details.reason) for r in agent.reports]
    agent.reports.clear()
    return said


def test_a_good_image_is_installed_and_the_new_version_says_so() -> None:
    """Downloaded in tenths, verified, installed, restarted; the job is found again and has succeeded."""
    agent = an_agent()
    agent.heard_next(named(a_job()))
    for received in range(0, len(IMAGE) + 1, len(IMAGE) // 4):
        agent.progressed(received)
    agent.downloaded(IMAGE)
    assert told(agent) == [
        ("IN_PROGRESS", "downloading", "0"),
        ("IN_PROGRESS", "downloading", "20"),
        ("IN_PROGRESS", "downloading", "50"),
        ("IN_PROGRESS", "downloading", "70"),
        ("IN_PROGRESS", "downloading", "100"),
        ("IN_PROGRESS", "verifying", None),
        ("IN_PROGRESS", "installing", None),
    ]
    assert agent.wants_restart
    agent.restarted()
    agent.heard_next(named(a_job()))
    assert (told(agent), agent.image.version, agent.image.counter) == ([("SUCCEEDED", "restarted", None)], "1.4.0", 5)


def unsigned(job: FirmwareJob) -> FirmwareJob:
    return msgspec.structs.replace(job, signature="A" * 96)


@pytest.mark.parametrize(
    ("job", "reason"),
    [
        (a_job(model="other"), "wrong_model"),
        (a_job(counter=3), "rollback"),
        (a_job(key_id="stolen"), "unknown_key"),
        (unsigned(a_job()), "signature_invalid"),
        (msgspec.structs.replace(a_job(), counter=6), "signature_invalid"),
        (msgspec.structs.replace(a_job(), sha256="00" * 32), "signature_invalid"),
    ],
    ids=["other hardware", "older", "unknown key", "no signature", "another counter", "another image"],
)
def test_a_job_that_must_not_be_installed_is_rejected_before_a_byte_is_fetched(job: FirmwareJob, reason: str) -> None:
    """A downgrade is the classic way in."""
    agent = an_agent()
    agent.heard_next(named(job))
    assert (told(agent), agent.download) == ([("REJECTED", "failed", reason)], None)


@pytest.mark.parametrize("document", [{}, {"operation": "format_disk"}, {"operation": "firmware", "version": 7}])
def test_a_job_that_is_none_is_rejected(document: dict[str, object]) -> None:
    """And the charger goes on."""
    agent = an_agent()
    agent.heard_next(NextJob(execution=Execution(job_id="fw-1", job_document=document)))
    assert told(agent) == [("REJECTED", "failed", "document_invalid")]


@pytest.mark.parametrize(
    ("end", "last"),
    [
        (lambda agent: agent.downloaded(IMAGE[:-1]), ("FAILED", "failed", "size_mismatch")),
        (lambda agent: agent.downloaded(IMAGE + b"x"), ("FAILED", "failed", "size_mismatch")),
        (lambda agent: agent.downloaded(b"x" + IMAGE[1:]), ("FAILED", "failed", "hash_mismatch")),
        (lambda agent: agent.download_failed(), ("FAILED", "failed", "download_failed")),
    ],
    ids=["too short", "too long", "another image", "nothing"],
)
def test_a_download_that_is_not_the_image_ends_the_job(
    end: Callable[[FirmwareAgent], None], last: tuple[str, str, str]
) -> None:
    """The old image stays, and the next job may come."""
    agent = an_agent()
    agent.heard_next(named(a_job()))
    end(agent)
    assert (told(agent)[-1], agent.wants_restart, agent.job_id) == (last, False, None)


def test_an_image_that_does_not_start_brings_the_old_one_back() -> None:
    """With its old counter; the job has failed."""
    agent = an_agent(image_boots=False)
    agent.heard_next(named(a_job()))
    agent.downloaded(IMAGE)
    agent.restarted()
    agent.heard_next(named(a_job()))
    assert (told(agent), agent.image) == ([("FAILED", "failed", "boot_failed")], OLD)


def test_a_restart_in_the_middle_of_a_download_begins_it_anew() -> None:
    """The job is still in progress and is named again."""
    agent = an_agent()
    agent.heard_next(named(a_job()))
    agent.restarted()
    agent.heard_next(named(a_job()))
    agent.downloaded(IMAGE)
    assert told(agent)[-1] == ("IN_PROGRESS", "installing", None)


def test_a_cancelled_job_is_dropped_unless_the_image_is_being_written() -> None:
    """The jobs service refuses the next report."""
    agent = an_agent()
    agent.heard_next(named(a_job()))
    agent.cancelled("fw-1")
    assert (agent.download, told(agent)) == (None, [])
    agent.heard_next(named(a_job(), "fw-2"))
    agent.downloaded(IMAGE)
    agent.cancelled("fw-2")
    assert agent.is_installing


def test_one_job_at_a_time() -> None:
    """Another one that is named meanwhile waits."""
    agent = an_agent()
    agent.heard_next(named(a_job()))
    agent.heard_next(named(a_job(version="1.5.0"), "fw-2"))
    assert agent.job_id == "fw-1"


def test_the_session_asks_subscribes_and_reports_in_order() -> None:
    """start-next after the connect; the topics of the job before the first report about it; one report at a time."""
    session = Session(a_charger(), an_agent())
    serial = session.charger.serial
    session.connected()
    asked = [m for m in session.outgoing() if m.topic == topics.jobs_start_next(serial)]
    session.acknowledged(asked[0])
    payload = msgspec.json.encode(
        {"timestamp": 1, "execution": {"jobId": "fw-1", "jobDocument": json.loads(msgspec.json.encode(a_job()))}}
    )
    session.heard(f"{topics.jobs_start_next(serial)}/accepted", payload, at(-6))
    session.agent.downloaded(IMAGE)
    reports = []
    while said := [m for m in session.outgoing() if m.topic == topics.job_update(serial, "fw-1")]:
        reports += [json.loads(m.payload)["statusDetails"]["phase"] for m in said]
        assert len(said) == 1
        session.acknowledged(said[0])
    assert set(topics.job_answers(serial, "fw-1")) <= set(session.subscriptions)
    assert reports == ["downloading", "verifying", "installing"]
    session.heard(f"$aws/things/{serial}/jobs/notify-next", payload, at(-6))
    assert session.agent.wants_next
