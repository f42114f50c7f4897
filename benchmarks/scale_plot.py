"""Rounds as a picture: how many homes have their new plan, over time."""

import itertools
from collections.abc import Mapping
from typing import Final

from benchmarks.scale_rounds import Round

WIDTH, HEIGHT, LEFT, TOP = 760, 320, 60, 40
COLOURS: Final = ("#999999", "#c77700", "#0072b2", "#009e73")
SHOWN_S: Final = 1200


def draw(rounds: Mapping[str, Round], goal_s: int) -> str:
    """An SVG of the first twenty minutes."""
    lines = [_line(one, colour) for one, colour in zip(rounds.values(), COLOURS, strict=False)]
    names = [
        f'<text x="{LEFT + 20}" y="{TOP + 22 + 18 * number}" fill="{colour}">{name}</text>'
        for number, (name, colour) in enumerate(zip(rounds, COLOURS, strict=False))
    ]
    axis = [_tick(second) for second in range(0, SHOWN_S + 1, 120)]
    ends = f'x1="{_x(goal_s)}" y1="{TOP}" x2="{_x(goal_s)}" y2="{TOP + HEIGHT}"'
    goal = f'<line {ends} stroke="#cc0000" stroke-dasharray="4"/>'
    frame = f'<rect x="{LEFT}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#888888"/>'
    title = (
        f'<text x="{LEFT}" y="24">homes with a new plan, % of all; dashed: the goal of {goal_s // 60} minutes</text>'
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + LEFT + 40}" height="{HEIGHT + TOP + 50}" '
        'font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="white"/>'
    )
    return "\n".join([head, title, frame, goal, *axis, *lines, *names, "</svg>"]) + "\n"


def _x(second: float) -> float:
    return round(LEFT + WIDTH * second / SHOWN_S, 1)


def _tick(second: int) -> str:
    return f'<text x="{_x(second)}" y="{TOP + HEIGHT + 20}" text-anchor="middle">{second // 60} min</text>'


def _line(one: Round, colour: str) -> str:
    done = list(itertools.accumulate(one.planned))
    points = []
    for second in range(0, SHOWN_S + 1, 4):
        share = done[min(second, len(done) - 1)] / done[-1]
        points.append(f"{_x(second)},{round(TOP + HEIGHT * (1 - share), 1)}")
    return f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(points)}"/>'
