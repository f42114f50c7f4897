"""Readings of energy registers, from the queue that the rule `readings` fills."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from chalicelib.domain import energy
from chalicelib.domain.ids import Serial
from chalicelib.services import energy_readings
from chalicelib.services.energy_readings import Arrival
from chalicelib.workers.device_messages import Heard, process_together
from device_shadows.codec import decode
from device_shadows.quarantine import require_possible_time
from device_shadows.reading import Reading, ReadingKind


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One batch of the queue, the readings of each charger together."""
    return process_together(event, context, _read, _store, source="reading", name="store_readings")


def _read(heard: Heard) -> Arrival:
    reading = decode(heard.content, Reading)
    require_possible_time(reading.ts, int(heard.now.timestamp()))
    return Arrival(
        reading=to_domain(reading),
        begins=reading.kind is ReadingKind.SESSION_START,
        ends=reading.kind is ReadingKind.SESSION_END,
    )


def _store(arrivals: Mapping[Serial, Sequence[Arrival]], now: datetime) -> set[Serial]:
    return energy_readings.store_all(arrivals, now)


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
