"""Load balancing: how much current each charger of a site may offer so that the main fuse holds.

`step` is the whole decision, pure: what is remembered, a sample or silence, the chargers with a car, and now give the
limits to send and what to remember. Orders are leases of a minute; when the meter is silent or cannot be believed,
there are no orders, the leases end, and each charger goes to its fallback by itself. The rules and their figures:
docs/load-balancing.md.

Per conductor: fuse less margin less the house, which is what the meter shows less our own draws (`sharing`). A line
nobody measures, a charger whose lines nobody knows (`lines`), a draw that was just changed and a charger out of contact
are counted as the worst that is possible. What fits is shared in turn, first to whoever is nearest to missing its time
(`urgency`), then evenly. A limit falls at once and rises slowly on what was seen, after a pause later, after many
pauses seldom (`stepping`); every wait counts the site's own clock, which no computer's clock moves (`memory`). A
sample that cannot be true, or of a meter that no longer moves, renews nothing (`samples`).
"""

from chalicelib.domain.balancing.memory import is_quiet
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
    "is_quiet",
    "step",
    "urgency_of",
]
