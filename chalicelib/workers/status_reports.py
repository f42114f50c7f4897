"""What chargers report in their three shadows, from the queue that the rules on them fill."""

from typing import Any

from chalicelib.adapters import charging_shadow, config_shadow
from chalicelib.adapters.status_shadow import read_report
from chalicelib.observability import log
from chalicelib.services import applied_settings, status_reports
from chalicelib.workers.device_messages import Heard, process
from device_shadows.names import CHARGING, CONFIG


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One batch of the queue."""
    return process(event, context, _note, source="status", name="note_status")


def _note(heard: Heard) -> None:
    if heard.content in {b"", b"null"}:  # the section was removed: nothing is said
        return
    if heard.kind in {CONFIG, CHARGING}:
        log.info("charger_reported", serial=heard.serial, shadow=heard.kind, version=heard.version)
    if heard.kind == CONFIG:
        applied_settings.note_config(heard.serial, config_shadow.read_report(heard.content, heard.version))
    elif heard.kind == CHARGING:
        applied_settings.note_orders(heard.serial, charging_shadow.read_report(heard.content, heard.version))
    else:
        status_reports.note(heard.serial, read_report(heard.content, heard.version, heard.now), heard.now)
