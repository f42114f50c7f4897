"""The chart of a month: a bar for each day, one part for each person."""

from collections.abc import Mapping
from typing import Final

import msgspec

from chalicelib.adapters.documents import pen
from chalicelib.adapters.documents.pen import Pen
from chalicelib.adapters.documents.wording import Wording
from chalicelib.domain.month_reports import DayUse, MonthReport, Person

_AXIS: Final = 30.0
_LABELS: Final = 14.0
_STEPS: Final = (1, 2, 5)
_MOST_LINES: Final = 5
_SATURDAY: Final = 5


class Frame(msgspec.Struct, frozen=True):
    """Where a chart is drawn: its top left corner, its width and its height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        """Where the bars stand."""
        return self.y + self.height - _LABELS


def draw(on: Pen, frame: Frame, report: MonthReport, colours: Mapping[Person, str], wording: Wording) -> None:
    """Energy by day, stacked by person; a day that has no price yet is an outline."""
    top_kwh, step_kwh = scale(max((day.amounts.energy_wh for day in report.days), default=0) / 1000)
    high = frame.bottom - frame.y
    for number in range(round(top_kwh / step_kwh) + 1):
        y = frame.bottom - high * number * step_kwh / top_kwh
        on.line((frame.x + _AXIS, y), (frame.x + frame.width, y), pen.LINE if number else pen.MUTED)
        label = wording.number(round(number * step_kwh))
        on.text((frame.x + _AXIS - 6, y + 3), label, 8, colour=pen.MUTED, align="right")
    wide = (frame.width - _AXIS) / len(report.days)
    for index, day in enumerate(report.days):
        left = frame.x + _AXIS + index * wide
        _draw_bar(on, (left + wide * 0.16, wide * 0.68), frame, day, high / top_kwh / 1000, colours)
        is_weekend = day.day.weekday() >= _SATURDAY
        colour = pen.MUTED if is_weekend else pen.INK
        on.text((left + wide / 2, frame.bottom + 11), str(day.day.day), 7.5, colour=colour, align="centre")


def scale(most_kwh: float) -> tuple[float, float]:
    """The top of an axis and the step between its lines: the least of 1, 2, 5, 10, ... that gives few lines."""
    step = 1.0
    while most_kwh / step > _MOST_LINES:
        mantissa = step / 10 ** (len(str(int(step))) - 1)
        step *= 2.5 if round(mantissa) == _STEPS[1] else 2
    lines = max(1, -int(-most_kwh // step))
    return lines * step, step


def _draw_bar(
    on: Pen,
    place: tuple[float, float],
    frame: Frame,
    day: DayUse,
    points_per_wh: float,
    colours: Mapping[Person, str],
) -> None:
    left, wide = place
    y = frame.bottom
    for person, energy_wh in sorted(day.energy_of.items(), key=lambda one: list(colours).index(one[0])):
        high = energy_wh * points_per_wh
        y -= high
        colour = colours[person]
        if day.amounts.cost.is_pending:
            on.box((left, y), (wide, high), fill=pen.WHITE, stroke=colour)
        else:
            on.box((left, y), (wide, high), fill=colour, round_=1.2)
