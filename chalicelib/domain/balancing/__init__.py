"""Load balancing: how much current each charger of a site may offer so that the main fuse holds.

`step` is the whole decision, pure: what is remembered, a sample or silence, the chargers with a car, and now give the
limits to send and what to remember. Orders are leases of a minute; when the meter is silent or cannot be believed,
there are no orders, the leases end, and each charger goes to its fallback by itself. The rules and their figures:
docs/load-balancing.md.
"""

from chalicelib.domain.balancing.model import (
    MIN_CURRENT_A,
    RULES,
    BalancedCharger,
    BalancingState,
    Decision,
    LimitOrder,
    LineSample,
    Rules,
    Supply,
)
from chalicelib.domain.balancing.stepping import step
from chalicelib.domain.balancing.urgency import Urgency, urgency_of

__all__ = [
    "MIN_CURRENT_A",
    "RULES",
    "BalancedCharger",
    "BalancingState",
    "Decision",
    "LimitOrder",
    "LineSample",
    "Rules",
    "Supply",
    "Urgency",
    "step",
    "urgency_of",
]
