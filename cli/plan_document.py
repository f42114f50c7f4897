"""The documents of `zmart plan`: JSON in, checked and named by field, and JSON out in the same kind of time."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Literal

import msgspec

from chalicelib.domain.planning import ChargerNeed, ChargingPlan, PlanningProblem, PricedSlot

Time = str | int | float
Price = Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)]
Amperes = Annotated[float, msgspec.Meta(ge=0, le=1e4)]
SomeAmperes = Annotated[float, msgspec.Meta(gt=0, le=1e4)]
Volts = Annotated[float, msgspec.Meta(gt=0, le=1e5)]
WattHours = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class InputError(Exception):
    """The input cannot be planned; the text begins with the field."""


class SlotDocument(msgspec.Struct, forbid_unknown_fields=True):
    """One priced slot."""

    start: Time
    end: Time
    price: Price


class SiteDocument(msgspec.Struct, forbid_unknown_fields=True):
    """What the chargers share; one limit for all slots or one per slot."""

    limit_a: Amperes | list[Amperes]
    voltage_v: Volts = 230.0
    grid: Literal["TN", "IT"] = "TN"


class ChargerDocument(msgspec.Struct, forbid_unknown_fields=True, rename={"available_from": "from"}):
    """What one charger wants."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    phases: Literal[1, 3]
    min_a: SomeAmperes
    max_a: SomeAmperes
    available_from: Time
    ready_by: Time
    need_wh: WattHours
    charging: bool = False
    starts_used: Count = 0


class ProblemDocument(msgspec.Struct, forbid_unknown_fields=True):
    """The input of `zmart plan`."""

    now: Time
    slots: list[SlotDocument]
    site: SiteDocument
    chargers: list[ChargerDocument]
    max_starts: Count | None = None
    hour_limit_wh: WattHours | None = None


class Question(msgspec.Struct, frozen=True):
    """A problem, and how its times were written."""

    problem: PlanningProblem
    write_time: Callable[[datetime], str | float]


def read_question(text: bytes) -> Question:
    """Parse and check the input document; raises InputError that names the field."""
    try:
        document = msgspec.json.decode(text, type=ProblemDocument)
    except msgspec.DecodeError as error:
        raise InputError(_named(str(error))) from error
    except UnicodeDecodeError as error:
        raise InputError("document: not UTF-8") from error
    now = _time("now", document.now)
    slots, limits_a = _slots(document)
    problem = PlanningProblem(
        now=now.astimezone(UTC),
        slots=tuple(slots),
        limits_a=tuple(limits_a),
        voltage_v=document.site.voltage_v,
        grid=document.site.grid,
        chargers=tuple(_chargers(document)),
        max_starts=document.max_starts or None,
        hour_limit_wh=document.hour_limit_wh,
    )
    return Question(problem, _iso_like(now) if isinstance(document.now, str) else _epoch)


def plan_document(plan: ChargingPlan, write_time: Callable[[datetime], str | float]) -> dict[str, object]:
    """The output document of a plan, times written by `write_time`."""
    return {
        "chargers": [
            {
                "id": charger.charger_id,
                "intervals": [
                    {"start": write_time(i.start), "end": write_time(i.end), "current_a": _plain(i.current_a)}
                    for i in charger.intervals
                ],
                "energy_wh": _plain(charger.energy_wh),
                "unmet_wh": _plain(charger.unmet_wh),
                "starts": charger.starts,
                "done_at": write_time(charger.done_at) if charger.done_at else None,
            }
            for charger in plan.chargers
        ],
        "cost": _plain(plan.cost, 9),
    }


def _named(text: str) -> str:
    """The field first: msgspec writes `what - at `$.field``."""
    what, separator, path = text.rpartition(" - at ")
    return (
        f"{path.strip('`').removeprefix('$').lstrip('.') or 'document'}: {what}" if separator else f"document: {text}"
    )


def _time(field: str, value: Time) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else datetime.fromtimestamp(value, UTC)
        moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise InputError(f"{field}: not a time: {value!r:.60}") from None
    if moment.tzinfo is None:
        raise InputError(f"{field}: needs an offset from UTC, as in {value}Z or {value}+01:00")
    return moment


def _slots(document: ProblemDocument) -> tuple[list[PricedSlot], Sequence[float]]:
    """Slots with their limits in order of time."""
    limit_a = document.site.limit_a
    limits_a = limit_a if isinstance(limit_a, list) else [limit_a] * len(document.slots)
    if len(limits_a) != len(document.slots):
        raise InputError(f"site.limit_a: {len(limits_a)} limits for {len(document.slots)} slots")
    found = []
    for i, (slot, slot_limit_a) in enumerate(zip(document.slots, limits_a, strict=True)):
        start, end = (_time(f"slots[{i}].{name}", value) for name, value in (("start", slot.start), ("end", slot.end)))
        if end <= start:
            raise InputError(f"slots[{i}].end: not after its start")
        found.append((start.astimezone(UTC), end.astimezone(UTC), i, slot.price, slot_limit_a))
    found.sort()
    for before, after in pairwise(found):
        if after[0] < before[1]:
            raise InputError(f"slots[{after[2]}].start: inside slots[{before[2]}]")
    return [PricedSlot(start, end, price) for start, end, _, price, _ in found], [slot[4] for slot in found]


def _chargers(document: ProblemDocument) -> list[ChargerNeed]:
    chargers: list[ChargerNeed] = []
    for i, charger in enumerate(document.chargers):
        if any(charger.id == other.charger_id for other in chargers):
            raise InputError(f"chargers[{i}].id: used twice")
        if charger.min_a > charger.max_a:
            raise InputError(f"chargers[{i}].min_a: more than max_a")
        available_from = _time(f"chargers[{i}].from", charger.available_from)
        ready_by = _time(f"chargers[{i}].ready_by", charger.ready_by)
        if ready_by < available_from:
            raise InputError(f"chargers[{i}].ready_by: before from")
        chargers.append(_need(charger, available_from, ready_by))
    return chargers


def _need(charger: ChargerDocument, available_from: datetime, ready_by: datetime) -> ChargerNeed:
    return ChargerNeed(
        charger_id=charger.id,
        phases=charger.phases,
        min_a=charger.min_a,
        max_a=charger.max_a,
        available_from=available_from.astimezone(UTC),
        ready_by=ready_by.astimezone(UTC),
        need_wh=charger.need_wh,
        is_charging=charger.charging,
        starts_used=charger.starts_used,
    )


def _iso_like(now: datetime) -> Callable[[datetime], str]:
    return lambda moment: moment.astimezone(now.tzinfo).isoformat()


def _epoch(moment: datetime) -> float:
    return _plain(moment.timestamp())


def _plain(value: float, digits: int = 6) -> float:
    """Rounded, and a whole number without a decimal point."""
    rounded = round(value, digits)
    return int(rounded) if rounded == int(rounded) else rounded
