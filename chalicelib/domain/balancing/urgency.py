"""How near a car is to missing the time it is to be ready by."""

import msgspec


class Urgency(msgspec.Struct, frozen=True):
    """The current it needs from now on (A, whole), and how long it could still wait at full current (seconds)."""

    needed_a: int
    slack_s: float


def urgency_of(need_wh: float, left_s: float, max_a: int, w_per_a: float) -> Urgency:
    """A car that needs `need_wh` within `left_s` seconds, at `w_per_a` watts per ampere; late: all."""
    if need_wh <= 0:
        return Urgency(0, left_s)
    slack_s = left_s - need_wh * 3600 / (w_per_a * max_a)
    needed_a = max_a if slack_s <= 0 else -int(-need_wh * 3600 / (w_per_a * left_s) // 1)
    return Urgency(min(needed_a, max_a), slack_s)
