"""Firmware: signed releases, jobs that are made once, and what is refused before a charger is asked."""

import json
from typing import Any

import boto3
import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.adapters import firmware_key
from chalicelib.domain import ids
from chalicelib.domain.commands import CommandState
from chalicelib.domain.errors import InvalidInput, NotFound
from chalicelib.domain.firmware import ExecutionState, JobOver, ModelsDiffer, ReleaseTaken, Rollback
from chalicelib.services import commands, firmware
from device_shadows.claim import from_base64url
from device_shadows.firmware import FirmwareJob, manifest
from device_shadows.names import Serial
from device_shadows.shadow import reported_update
from simulator.charger import Charger
from tests import infra
from tests.made_chargers import NOW, MadeCharger

pytestmark = pytest.mark.usefixtures("cloud")
IMAGE, OTHER_IMAGE = b"image" * 200, b"other" * 200


def iot() -> Any:
    return boto3.client("iot", region_name=infra.REGION)


def install(made: MadeCharger, version: str = "1.4.0", counter: int = 4, **more: Any) -> Any:
    return firmware.install([made.serial], IMAGE, version=version, counter=counter, now=NOW, **more)


def runs(made: MadeCharger, version: str) -> None:
    """Let the charger say that it runs `version`."""
    report = msgspec.structs.replace(Charger(Serial(made.serial), at=NOW).present_status(), firmware=version)
    data = boto3.client("iot-data", region_name=infra.REGION)
    data.update_thing_shadow(thingName=made.serial, shadowName="status", payload=reported_update(report))


def document(job_id: str) -> dict[str, Any]:
    """The job document as the jobs service keeps it."""
    return dict(json.loads(iot().get_job_document(jobId=job_id)["document"]))


def verify(job: FirmwareJob) -> None:
    """As a charger does it: InvalidSignature unless the key in it has signed this manifest."""
    key = serialization.load_pem_public_key(firmware_key.public_key_pem().encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(from_base64url(job.signature), manifest(job), ec.ECDSA(hashes.SHA256()))


def test_a_charger_can_verify_what_a_job_brings() -> None:
    """The document is the contract's but for the placeholder, which the jobs service replaces by an address."""
    job = install(MadeCharger())
    found = document(job.job_id)
    assert found["url"].startswith(
        "${aws:iot:s3-presigned-url:https://s3.eu-north-1.amazonaws.com/firmwarebucket/images/"
    )
    sent = msgspec.convert(found | {"url": "https://firmware.example/x"}, FirmwareJob)
    assert (sent.model, sent.version, sent.counter, sent.size) == ("test", "1.4.0", 4, len(IMAGE))
    verify(sent)
    with pytest.raises(InvalidSignature):
        verify(msgspec.structs.replace(sent, counter=5))


def test_the_image_is_where_the_job_says() -> None:
    """Kept by its hash in the bucket that the placeholder names."""
    url = document(install(MadeCharger()).job_id)["url"]
    key = url.rstrip("}").partition("/firmwarebucket/")[2]
    kept = boto3.client("s3", region_name=infra.REGION).get_object(Bucket="firmwarebucket", Key=key)
    assert kept["Body"].read() == IMAGE


def test_a_repeated_command_makes_no_second_job() -> None:
    """Neither a second job nor a second signature."""
    made = MadeCharger()
    first = install(made)
    before = document(first.job_id)
    assert install(made).job_id == first.job_id
    assert document(first.job_id) == before
    assert len(iot().list_jobs()["jobs"]) == 1


def test_the_order_of_chargers_makes_no_second_job() -> None:
    """A list is a set."""
    one, two = MadeCharger("ZC-00000001").serial, MadeCharger("ZC-00000002").serial
    first = firmware.install([one, two], IMAGE, version="1.4.0", counter=4, now=NOW)
    again = firmware.install([two, one, two], IMAGE, version="1.4.0", counter=4, now=NOW)
    assert first.job_id == again.job_id
    assert {execution.serial for execution in again.executions} == {one, two}


def test_a_version_is_one_image_for_ever() -> None:
    """Another image, or the same with another counter, needs another version."""
    install(MadeCharger())
    for content, counter in ((OTHER_IMAGE, 4), (IMAGE, 5)):
        with pytest.raises(ReleaseTaken):
            firmware.release(content, model="test", version="1.4.0", counter=counter)


def test_what_is_older_than_what_a_charger_runs_is_refused() -> None:
    """By the counter, not by the name of the version; nothing is released or asked of the charger."""
    made = MadeCharger()
    install(made, "1.4.0", 4)
    runs(made, "1.4.0")
    with pytest.raises(Rollback, match="ZC-00000001 \\(4\\)"):
        install(made, "2.0.0", 3)
    assert install(made, "1.0.0", 4).image.version == "1.0.0"
    assert len(iot().list_jobs()["jobs"]) == 2


@pytest.mark.parametrize("version", ["made-in-factory", "../../x", ""])
def test_a_version_that_was_never_released_is_no_obstacle(version: str) -> None:
    """The factory's image counts as 0; the charger itself knows better."""
    made = MadeCharger()
    runs(made, version)
    assert install(made, counter=0).image.counter == 0


def test_one_image_is_for_one_model() -> None:
    """A list of two models is refused."""
    made, other = MadeCharger("ZC-00000001"), MadeCharger("ZC-00000002")
    boto3.client("dynamodb", region_name=infra.REGION).update_item(
        TableName="FactoryTable",
        Key={"serial": {"S": other.serial}},
        UpdateExpression="SET model = :m",
        ExpressionAttributeValues={":m": {"S": "zc-22"}},
    )
    with pytest.raises(ModelsDiffer):
        firmware.install([made.serial, other.serial], IMAGE, version="1.4.0", counter=4, now=NOW)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        pytest.param("version", {"version": "1 4"}, id="a version with a space"),
        pytest.param("version", {"version": "1\n4"}, id="a version that would add a line to what is signed"),
        pytest.param("counter", {"counter": -1}, id="a negative counter"),
        pytest.param("size", {"content": b""}, id="an empty image"),
    ],
)
def test_what_a_charger_would_refuse_for_its_form_is_not_signed(field: str, wrong: dict[str, Any]) -> None:
    """The field is named."""
    facts: dict[str, Any] = {"content": IMAGE, "version": "1.4.0", "counter": 4} | wrong
    with pytest.raises(InvalidInput) as refused:
        firmware.release(facts.pop("content"), model="test", **facts)
    assert refused.value.field == field


def test_a_charger_that_is_not_there_gets_no_job() -> None:
    """Neither one that was never made nor one that the device service does not know."""
    MadeCharger("ZC-00000002", is_thing=False)
    for serial in ("ZC-00000001", "ZC-00000002"):
        with pytest.raises(NotFound):
            firmware.install([serial], IMAGE, version="1.4.0", counter=4, now=NOW)
    assert iot().list_jobs()["jobs"] == []


def test_a_job_can_be_cancelled_and_cancelling_again_changes_nothing() -> None:
    """Also for chargers that have begun."""
    job = install(MadeCharger())
    assert not job.is_over
    assert firmware.cancel(job.job_id, NOW).is_canceled
    assert firmware.cancel(job.job_id, NOW).is_canceled
    with pytest.raises(NotFound):
        firmware.cancel("fw-unknown", NOW)
    with pytest.raises(NotFound):
        firmware.progress("fw-unknown")


def test_what_support_installs_and_stops_is_kept_for_the_owner() -> None:
    """With the version, where the export finds it; what was refused is not there."""
    made = MadeCharger()
    job = install(made)
    firmware.cancel(job.job_id, NOW)
    with pytest.raises(InvalidInput):
        install(made, version="not a version")
    kept = commands.list_latest(ids.Serial(made.serial), NOW)
    assert sorted((one.op, one.reason, one.state) for one in kept) == [
        ("firmware", "1.4.0", CommandState.DONE),
        ("firmware_cancel", "1.4.0", CommandState.DONE),
    ]


def test_a_job_that_ended_by_itself_cannot_be_cancelled(moto: Any) -> None:
    """There is nothing left to stop."""
    from moto.iot.models import iot_backends

    job = install(MadeCharger())
    iot_backends["123456789012"][infra.REGION].jobs[job.job_id].status = "COMPLETED"
    with pytest.raises(JobOver):
        firmware.cancel(job.job_id, NOW)


def test_a_failed_job_is_tried_again_only_when_asked(moto: Any) -> None:
    """A second job for the same release, then again the same one for each repeat."""
    from moto.iot.models import iot_backends

    made = MadeCharger()
    first = install(made)
    backend = iot_backends["123456789012"][infra.REGION]
    backend.jobs[first.job_id].status = "COMPLETED"
    backend.job_executions[(first.job_id, made.serial)].status = "REJECTED"
    assert install(made).job_id == first.job_id
    second = install(made, again=True)
    assert second.job_id != first.job_id
    assert [install(made, again=again).job_id for again in (True, False)] == [second.job_id] * 2
    assert firmware.progress(first.job_id).executions[0].state is ExecutionState.REJECTED
