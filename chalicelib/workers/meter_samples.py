"""What meter readers say by MQTT, from their own short-lived queue. An old sample is worse than a lost one."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chalicelib.adapters import clock
from chalicelib.domain.claims import UnitUnknown
from chalicelib.observability import count
from chalicelib.services import load_balancing, meter_tokens
from chalicelib.services.load_balancing import Heard as Said
from chalicelib.workers.device_messages import Heard, process
from device_shadows.meter import parse_json
from device_shadows.quarantine import require_possible_time

FRESH: Final = timedelta(seconds=10)
"""What the broker had longer ago is dropped unread."""


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One batch of the queue."""
    return process(event, context, _take, source="meter", name="balance_load")


def _take(heard: Heard) -> None:
    """UnitUnknown for a thing that is nobody's reader. Power alone is no news for a fuse."""
    if clock.real_now() - heard.broker_at > FRESH:
        count("MeterSampleOld")
        return
    sample = parse_json(heard.content)
    if all(current_a is None for current_a in sample.currents_a):
        return
    if sample.ts is not None:
        require_possible_time(sample.ts, int(heard.now.timestamp()))
    place = meter_tokens.find_place_of_thing(heard.serial)
    measured_at = None if sample.ts is None else datetime.fromtimestamp(sample.ts, UTC)
    said = Said(currents_a=sample.currents_a, power_w=sample.power_w, received_at=heard.now, measured_at=measured_at)
    if place is None or load_balancing.take(place, heard.serial, said, heard.now) is None:
        meter_tokens.forget(heard.serial)
        raise UnitUnknown(heard.serial)
    meter_tokens.note_right(heard.serial, place)
