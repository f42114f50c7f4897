"""Firmware to chargers: release an image once, install it by a job, watch the job, stop it.

Who calls acts with an operator's AWS credentials (the command line); there is no way here from the API.
"""

from collections.abc import Iterable
from datetime import datetime

from chalicelib.adapters import firmware_contract, firmware_key, firmware_store, iot_jobs, status_shadow
from chalicelib.adapters.dynamo import factory
from chalicelib.domain import firmware
from chalicelib.domain.errors import NotFound
from chalicelib.domain.firmware import Image, Job, JobOver, Release
from chalicelib.domain.ids import Serial
from chalicelib.services.commands import note_act


def release(content: bytes, *, model: str, version: str, counter: int) -> Release:
    """The signed release of this image, made if it is new.

    Its own repeat gives the first one; ReleaseTaken if the version has another image or counter.
    """
    image = firmware.image_of(content, model=model, version=version, counter=counter)
    message = firmware_contract.manifest(image, firmware_key.key_id())
    if known := firmware_store.find(model, version):
        firmware.require_same_image(known, image)
        return known
    firmware_store.put_image(image, content)
    signature = firmware_contract.signature_text(firmware_key.sign(message))
    made = Release(image=image, key_id=firmware_key.key_id(), signature=signature)
    return made if firmware_store.put(made) else _made_meanwhile(image)


def install(
    serials: Iterable[str], content: bytes, *, version: str, counter: int, now: datetime, again: bool = False
) -> Job:
    """A job that installs the image on these chargers, which must be of one model.

    Its own repeat gives the same job; with `again` a new one if that has ended and any charger's part ended badly.
    What is asked for is kept for the chargers' owners.
    Rollback if a charger runs an image with a higher counter; it would refuse the job as well.
    """
    models = {Serial(serial): _model_of(Serial(serial)) for serial in serials}
    model = firmware.require_one_model(models)
    image = firmware.image_of(content, model=model, version=version, counter=counter)
    firmware.require_no_rollback(image, {serial: running_counter(serial, model, now) for serial in models})
    made = release(content, model=model, version=version, counter=counter)
    targets = {serial: iot_jobs.thing_arn(serial) for serial in sorted(models)}
    job_id = _next_id(made, targets, again=again)
    for serial in sorted(models):
        note_act(serial, "firmware", now, version)
    if not (job := iot_jobs.find(job_id)):
        document = firmware_contract.job_document(made, firmware_store.url_placeholder(made.image))
        iot_jobs.create(job_id, targets.values(), document)
        job = progress(job_id)
    return job


def progress(job_id: str) -> Job:
    """The job as it stands; NotFound if there is none."""
    if not (job := iot_jobs.find(job_id)):
        raise NotFound(f"there is no job {job_id}")
    return job


def cancel(job_id: str, now: datetime) -> Job:
    """Stop the job; its own repeat changes nothing. JobOver if it has ended by itself."""
    job = progress(job_id)
    if not job.is_over:
        for execution in job.executions:
            note_act(Serial(execution.serial), "firmware_cancel", now, job.image.version)
        iot_jobs.cancel(job_id)
        job = progress(job_id)
    if not job.is_canceled:
        raise JobOver(f"the job {job_id} has ended: every charger has answered")
    return job


def running_counter(serial: Serial, model: str, now: datetime) -> int:
    """The counter of what the charger says it runs; 0 if that was never released here, as of the factory's image."""
    state = status_shadow.find(serial, now)
    version = state.firmware if state else ""
    known = firmware_store.find(model, version) if firmware_contract.is_version(version) else None
    return known.image.counter if known else 0


def _model_of(serial: Serial) -> str:
    if not (unit := factory.find(serial)):
        raise NotFound(f"the registry does not know {serial}")
    return unit.model


def _made_meanwhile(image: Image) -> Release:
    """What somebody else released at the same moment, if it is the same."""
    known = firmware_store.find(image.model, image.version)
    if known is None:
        raise NotFound(f"the release {image.version} has vanished")
    firmware.require_same_image(known, image)
    return known


def _next_id(made: Release, serials: Iterable[Serial], *, again: bool) -> str:
    """The first attempt, or the last one, or with `again` the one after it if it ended badly."""
    wanted, attempt = list(serials), 1
    job_id = firmware.job_id_of(made, wanted)
    while (job := iot_jobs.find(job_id)) and job.is_over and firmware.has_failed(job.executions):
        following = firmware.job_id_of(made, wanted, attempt + 1)
        if not again and not iot_jobs.find(following):
            break
        job_id, attempt = following, attempt + 1
    return job_id
