"""Problems to plan, written short: hours from a fixed midnight, one phase, 10 A, nothing else on the site."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from chalicelib.domain.planning import ChargerNeed, ChargerPlan, PlanningProblem, PricedSlot
from chalicelib.domain.planning.pieces import Car, Piece, Stretch, cut_pieces

MIDNIGHT = datetime(2026, 2, 10, tzinfo=UTC)
HOUR_AT_10_A_WH = 2300.0


def at(hours: float) -> datetime:
    """So many hours after midnight."""
    return MIDNIGHT + timedelta(hours=hours)


def a_need(need_wh: float, *, charger_id: str = "a", until: float = 24.0, **more: object) -> ChargerNeed:
    """A one-phase charger of 6..10 A that is there from midnight."""
    fields: dict[str, object] = {"phases": 1, "min_a": 6.0, "max_a": 10.0, "available_from": MIDNIGHT} | more
    return ChargerNeed(charger_id=charger_id, ready_by=at(until), need_wh=need_wh, **fields)  # type: ignore[arg-type]


def a_problem(prices: Sequence[float], *needs: ChargerNeed, slot_hours: float = 1.0, **more: object) -> PlanningProblem:
    """Slots of equal length from midnight at `prices`; 100 A for all unless `limits_a` says less."""
    slots = tuple(PricedSlot(at(i * slot_hours), at((i + 1) * slot_hours), price) for i, price in enumerate(prices))
    fields: dict[str, object] = {"limits_a": (100.0,) * len(slots), "voltage_v": 230.0, "grid": "TN"} | more
    return PlanningProblem(now=MIDNIGHT, slots=slots, chargers=needs, **fields)  # type: ignore[arg-type]


def shown(plan: ChargerPlan) -> str:
    """Intervals as text: `00:00-01:00 10A`."""
    return ", ".join(f"{i.start:%H:%M}-{i.end:%H:%M} {i.current_a:g}A" for i in plan.intervals)


def chance_of(seed: int) -> random.Random:
    """Numbers that look random and are the same for the same seed."""
    return random.Random(seed)  # noqa: S311 - nothing secret is made of it


def random_pieces(chance: random.Random, most_slots: int) -> tuple[list[Piece], Car]:
    """The pieces of a random problem."""
    stretches, car = random_stretches(chance, most_slots)
    return cut_pieces(stretches, car), car


def random_stretches(chance: random.Random, most_slots: int) -> tuple[list[Stretch], Car]:
    """Time with gaps, breaks, ties, mixed lengths, cut windows and a run that is going on, in all mixtures."""
    stretches: list[Stretch] = []
    time_s = 0.0
    few_prices, one_limit = chance.random() < 0.5, chance.random() < 0.4
    length_s = chance.choice([None, 3600.0])
    for _ in range(chance.randint(1, most_slots)):
        time_s += 1800.0 if chance.random() < 0.1 else 0.0
        end_s = time_s + (length_s or chance.choice([900.0, 1800.0, 3600.0, 2711.0]))
        price = float(chance.randint(-1, 4)) if few_prices else chance.uniform(-1, 3)
        limit_a = 100.0 if one_limit else chance.choice([5.0, 6.0, 8.0, 10.0, 13.0, 32.0])
        stretches.append(Stretch(time_s, end_s, price, limit_a))
        time_s = end_s
    car = Car(
        from_s=chance.uniform(0, time_s / 4) if chance.random() < 0.3 else 0.0,
        until_s=chance.uniform(time_s * 0.7, time_s) if chance.random() < 0.3 else time_s,
        min_a=6.0,
        max_a=chance.choice([6.0, 10.0, 16.0, 32.0]),
        watts_per_a=chance.choice([230.0, 690.0]),
        need_wh=0.0,
        starts_left=chance.choice([1, 1, 2, 2, 3, 4, None]),
        is_charging=chance.random() < 0.3,
    )
    pieces = cut_pieces(stretches, car)
    need_wh = sum(p.high_wh for p in pieces) * chance.choice([chance.random(), chance.random() / 2, 0.5, 1.1])
    return stretches, car._replace(need_wh=need_wh)


def random_slots(chance: random.Random) -> PlanningProblem:
    """One charger and the slots of a random problem, some of them over, perhaps one under way."""
    stretches, car = random_stretches(chance, most_slots=12)
    slots = tuple(PricedSlot(at(s.start_s / 3600), at(s.end_s / 3600), s.price) for s in stretches)
    need = a_need(
        car.need_wh,
        max_a=car.max_a,
        available_from=at(car.from_s / 3600),
        until=car.until_s / 3600,
        is_charging=car.is_charging,
    )
    now = at(chance.choice([-1.0, 0.0, 0.3, 1.0]))
    limits_a = tuple(stretch.limit_a for stretch in stretches)
    return PlanningProblem(now, slots, limits_a, 230.0, "TN", (need,), car.starts_left)


def random_pair(chance: random.Random) -> PlanningProblem:
    """Two chargers under a limit that jumps, prices without order, one or two starts: rougher than any home."""
    prices = [chance.uniform(0.05, 2) for _ in range(chance.randint(4, 14))]
    limits_a = tuple(float(chance.choice([8, 10, 12, 14, 16, 18, 20, 24, 32])) for _ in prices)
    needs = [
        a_need(
            chance.uniform(500, 9000),
            charger_id=str(i),
            max_a=chance.choice([10.0, 16.0, 32.0]),
            available_from=at(chance.uniform(0, 2)),
            until=chance.uniform(len(prices) * 0.6, len(prices)),
        )
        for i in range(2)
    ]
    return a_problem(prices, *needs, limits_a=limits_a, max_starts=chance.choice([1, 2, 2]))
