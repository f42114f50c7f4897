"""One step: a sample or silence in, limits out."""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.balancing.model import (
    RULES,
    BalancedCharger,
    BalancingState,
    Decision,
    LineSample,
    Rules,
    Supply,
)


def step(
    state: BalancingState,
    sample: LineSample | None,
    chargers: Sequence[BalancedCharger],
    supply: Supply,
    now: datetime,
    *,
    rules: Rules = RULES,
) -> Decision:
    """The limits to send now and what to remember; `sample` None is silence (a tick without a sample)."""
    raise NotImplementedError
