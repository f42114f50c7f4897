"""What a plan for a learned need promises: how likely the car is to be full, and what that costs on average."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

from chalicelib.domain.calendar import QUARTER, Stretch, steps
from chalicelib.domain.learned_need import LearnedNeed
from chalicelib.domain.money import Money, total
from chalicelib.domain.plans import PlanStep
from chalicelib.domain.prices import PriceSlot, price_at

_LIKELY: Final = 0.5


def likely_need_wh(need: LearnedNeed, delivered_wh: int) -> int:
    """What a session that is not full after `delivered_wh` needs in all as often as not."""
    return need.quantile_wh(1.0 - _LIKELY * (1.0 - need.chance_enough(delivered_wh)))


def chance_full(need: LearnedNeed, delivered_wh: int, planned_wh: int) -> float:
    """The probability that `planned_wh` more is enough for a car that is not full after `delivered_wh`."""
    return 1.0 - (1.0 - need.chance_enough(delivered_wh + planned_wh)) / (1.0 - need.chance_enough(delivered_wh))


def average_cost(
    need: LearnedNeed, delivered_wh: int, offered: Sequence[PlanStep], slots: Sequence[PriceSlot], currency: str
) -> Money | None:
    """What the energies of `offered`, one after the other, cost on average; None if any of them has no price."""
    costs: list[Money] = []
    for stretch, low_wh, high_wh in _flows(delivered_wh, offered):
        slot = price_at(slots, stretch.start)
        if slot is None:
            return None
        drawn_wh = need.expected_wh(low_wh, high_wh) / need.chance_beyond(delivered_wh)
        costs.append(Money(Decimal(str(round(drawn_wh, 3))) * slot.price / 1000, currency))
    return total(costs, currency)


def average_cost_at_once(
    need: LearnedNeed, delivered_wh: int, at_once: PlanStep, slots: Sequence[PriceSlot], currency: str
) -> Money | None:
    """What the session costs on average if its energy flows in `at_once`: what was delivered, perhaps the rest."""
    costs: list[Money] = []
    for stretch, low_wh, high_wh in _flows(0, [at_once]):
        slot = price_at(slots, stretch.start)
        if slot is None:
            return None
        edge_wh = min(max(low_wh, delivered_wh), high_wh)
        drawn_wh = edge_wh - low_wh + need.expected_wh(edge_wh, high_wh) / need.chance_beyond(delivered_wh)
        costs.append(Money(Decimal(str(round(drawn_wh, 3))) * slot.price / 1000, currency))
    return total(costs, currency)


def _flows(from_wh: int, offered: Sequence[PlanStep]) -> Iterator[tuple[Stretch, float, float]]:
    """Each quarter of each step, with the session's energy at its beginning and at its end."""
    before_wh = float(from_wh)
    for step in offered:
        duration = step.end - step.start
        for part in steps(step.stretch, QUARTER) if duration > timedelta() else ():
            after_wh = before_wh + step.energy_wh * (part.duration / duration)
            yield part, before_wh, after_wh
            before_wh = after_wh
