"""Currents and powers, in whole milliwatts, so that energy adds up exactly however time is cut into pieces."""

import math
from typing import Final, Literal

GridType = Literal["TN", "IT"]
LINE_V: Final = 230
MJ_PER_WH: Final = 3_600_000
"""Energy inside the simulator is an integer of millijoules: milliwatts times whole seconds."""


def power_mw(current_a: int, phases: int, grid: GridType) -> int:
    """The power of `current_a` per line: TN three-phase 3 x 230 V, IT three-phase sqrt(3) x 230 V, one phase 230 V."""
    if phases == 1:
        return current_a * LINE_V * 1000
    if grid == "TN":
        return current_a * LINE_V * 3000
    return round(current_a * LINE_V * 1000 * math.sqrt(3))


def line_currents_a(current_a: int, phases: int, grid: GridType) -> tuple[float, float, float]:
    """What flows in L1, L2, L3: on an IT grid one phase lies between two lines and loads both."""
    current = float(current_a)
    if phases == 1:
        return (current, current, 0.0) if grid == "IT" else (current, 0.0, 0.0)
    return current, current, current
