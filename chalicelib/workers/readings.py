"""Readings of energy registers, from the queue that the rule `readings` fills."""

from datetime import UTC, datetime
from typing import Any

from chalicelib.domain import energy
from chalicelib.domain.ids import Serial
from chalicelib.services import energy_readings
from chalicelib.workers.batch import process
from device_shadows.codec import decode
from device_shadows.names import parse_serial
from device_shadows.reading import Reading, ReadingKind


class ReadingMessage(Reading, frozen=True, kw_only=True):
    """What the rule forwards: the reading's own fields, and the thing from the topic."""

    thing: str


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One batch of the queue."""
    return process(event, context, _store, name="store_readings")


def _store(body: str) -> None:
    message = decode(body, ReadingMessage)
    energy_readings.store(
        Serial(parse_serial(message.thing)),
        to_domain(message),
        begins=message.kind is ReadingKind.SESSION_START,
        ends=message.kind is ReadingKind.SESSION_END,
    )


def to_domain(reading: Reading) -> energy.Reading:
    """The reading in the cloud's own words."""
    return energy.Reading(
        epoch=reading.epoch,
        seq=reading.seq,
        at=datetime.fromtimestamp(reading.ts, UTC),
        register_wh=reading.register_wh,
        plug_seq=reading.plug_seq,
        starts_flow=reading.kind is ReadingKind.FLOW_START,
    )
