"""What the tests of the charger share: a configuration, plans, and times of one night."""

from datetime import UTC, datetime, timedelta

from device_shadows.charging import ChargingDesired, Plan, PlanInterval
from device_shadows.config import Access, ConfigDesired, DefaultNight
from device_shadows.names import Serial
from device_shadows.reading import Reading
from simulator.charger import Charger
from simulator.records import Hardware

MIDNIGHT = datetime(2026, 2, 10, 23, tzinfo=UTC)  # in Norway
CONFIG = ConfigDesired(
    max_current_a=16,
    fallback_current_a=6,
    access=Access.EVERYONE,
    access_epoch=0,
    disabled=False,
    owner="p-1",
    time_zone="Europe/Oslo",
    default_night=DefaultNight(start="22:00", end="06:00", current_a=10),
)


def at(hour: float, second: int = 0) -> datetime:
    """A moment of the night: hours after midnight in Norway, negative for the evening before."""
    return MIDNIGHT + timedelta(hours=hour, seconds=second)


def epoch_s(hour: float, second: int = 0) -> int:
    return int(at(hour, second).timestamp())


def a_charger(hour: float = -6, *, config: ConfigDesired | None = CONFIG, hardware: Hardware | None = None) -> Charger:
    charger = Charger(Serial("ZC-000001"), at=at(hour), hardware=hardware)
    if config:
        charger.apply_config(config, at(hour))
    return charger


def a_plan(*intervals: tuple[float, float, int], plug_seq: int = 1, valid_until: float = 9, plan_id: str = "p") -> Plan:
    """A plan of (first hour, last hour, amperes), in hours after midnight."""
    return Plan(
        plan_id=plan_id,
        plug_seq=plug_seq,
        intervals=tuple(
            PlanInterval(start=epoch_s(start), end=epoch_s(end), current_a=amperes, reason="cheap")
            for start, end, amperes in intervals
        ),
        valid_until=epoch_s(valid_until),
    )


def smart(plan: Plan) -> ChargingDesired:
    return ChargingDesired(plan=plan)


def readings(charger: Charger) -> list[Reading]:
    return [outgoing.reading for outgoing in charger.outbox]


def what_was_read(charger: Charger) -> list[tuple[str, float, int]]:
    """(kind, hours after midnight, register_wh) of every reading."""
    return [(str(r.kind), (r.ts - epoch_s(0)) / 3600, r.register_wh) for r in readings(charger)]
