"""The clock that a simulated world lives by: real, scaled, or frozen; the cloud reads the same one from `setting()`."""

import asyncio
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Self

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SLICE_S: Final = 0.5
"""The longest single sleep: a jump of the machine's clock is noticed after this time at the latest."""


class Clock:
    """Product time = start + max(0, real - anchor) * speed: it stands still until the anchor; speed 0 is frozen.

    `start` is aware, `anchor` is a real epoch time in seconds (kept to the millisecond, as the setting shows it).
    """

    def __init__(
        self, start: datetime, speed: float, anchor: float, *, real_now: Callable[[], float] = time.time
    ) -> None:
        if start.tzinfo is None:
            raise ValueError("the start of a clock is an aware datetime")
        if not (math.isfinite(speed) and speed >= 0):
            raise ValueError("the speed of a clock is zero or more")
        self.start, self.speed, self.anchor = start.astimezone(UTC), speed, round(anchor, 3)
        self.real_now = real_now

    @classmethod
    def real(cls) -> Self:
        """The machine's own time."""
        return cls(EPOCH, 1.0, 0.0)

    @classmethod
    def frozen(cls, at: datetime) -> Self:
        """A clock that always shows `at`."""
        return cls(at, 0.0, 0.0)

    @classmethod
    def parse(cls, setting: str) -> Self:
        """The clock of a setting string; ValueError if it is none."""
        if not setting:
            return cls.real()
        start, speed, anchor = setting.split("@")
        return cls(datetime.fromisoformat(start), float(speed), float(anchor))

    def setting(self) -> str:
        """`<ISO start>@<speed>@<real epoch of anchor>`; empty for real time."""
        if self.is_real:
            return ""
        return f"{self.start.isoformat()}@{self.speed:.12g}@{self.anchor:.3f}"

    @property
    def is_real(self) -> bool:
        """True for the machine's own time."""
        return (self.start, self.speed, self.anchor) == (EPOCH, 1.0, 0.0)

    def now(self) -> datetime:
        """Product time, aware UTC."""
        return self.start + timedelta(seconds=max(0.0, self.real_now() - self.anchor) * self.speed)

    def real_s_until(self, moment: datetime) -> float:
        """Real seconds until product time `moment`: 0 if it has passed, infinite if it never comes."""
        missing_s = (moment - self.now()).total_seconds()
        if missing_s <= 0:
            return 0.0
        return missing_s / self.speed + max(0.0, self.anchor - self.real_now()) if self.speed else math.inf

    async def sleep_until(self, moment: datetime) -> None:
        """Returns at product time `moment` or just after it; never, if the clock is frozen before it."""
        while (delay_s := self.real_s_until(moment)) > 0:  # noqa: ASYNC110 (time passes; nobody can set an event)
            await asyncio.sleep(min(delay_s, SLICE_S))
