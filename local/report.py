"""The picture of a night: one self-contained page with inline SVG, no script, light and dark."""

import html
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from zoneinfo import ZoneInfo

from local.night import Hour, Night

WIDTH, LEFT, RIGHT = 960, 56, 16
PRICE_TOP, PRICE_HEIGHT = 40, 190
POWER_TOP, POWER_HEIGHT = 290, 170
BOTTOM = POWER_TOP + POWER_HEIGHT
OSLO = ZoneInfo("Europe/Oslo")

STYLE = Path(__file__).with_name("report.css").read_text()


def page(night: Night) -> str:
    """The whole page as HTML text."""
    saved = float(night.cost_at_once) - float(night.cost)
    share = saved / float(night.cost_at_once) if float(night.cost_at_once) else 0.0
    full = _clock(night.full_at) if night.full_at else "not full"
    figures = [
        (f"{night.register_wh / 1000:.2f} kWh", "charged, by the charger's register"),
        (f"{night.cost} {night.currency}", "this plan, spot with VAT"),
        (f"{night.cost_at_once} {night.currency}", "charging at once"),
        (f"{saved:.2f} {night.currency} ({share:.0%})", "saved"),
        (full, f"full; wanted by {_clock(night.ready_by)}"),
        (f"{night.starts}", "start" if night.starts == 1 else "starts"),
    ]
    cards = "".join(f"<li><b>{html.escape(value)}</b>{html.escape(name)}</li>" for value, name in figures)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>One night of charging</title><style>{STYLE}</style></head><body><main>"
        f"<h1>One night of charging, {night.start.astimezone(OSLO):%-d %B %Y}, {html.escape(night.zone)}</h1>"
        f"<p>Real day-ahead prices (hvakosterstrommen.no, Norges Bank) and a real house in Bergen; the charger and "
        f"the car are simulated and speak MQTT over mutual TLS to the deployed system, at {night.speed:g} times real "
        f"time.</p>"
        f'<ul class="figures">{cards}</ul><figure>{_picture(night)}</figure>{_table(night)}</main></body></html>\n'
    )


def _picture(night: Night) -> str:
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {BOTTOM + 34}" role="img" aria-labelledby="picture">',
        '<title id="picture">Price per hour with the planned charging, and the measured power of car and house</title>',
        *_bands(night),
        *_prices(night),
        *_powers(night),
        *_axis(night),
        "</svg>",
    ]
    return "".join(parts)


def _bands(night: Night) -> list[str]:
    """The planned intervals over both panels, and the moments that matter."""
    bands = [_rect(night, plan.start, plan.end, PRICE_TOP, BOTTOM - PRICE_TOP, "var(--plan)") for plan in night.planned]
    moments = [(night.plugged_in_at, "plugged in", ""), (night.ready_by, "ready by", "warn")]
    if night.full_at:
        moments.append((night.full_at, "full", ""))
    for at, name, kind in moments:
        x = _x(night, at)
        colour = "var(--warn)" if kind else "var(--soft)"
        bands.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{PRICE_TOP}" y2="{BOTTOM}" stroke="{colour}" stroke-dasharray="4 4"/>'
            f'<text x="{x + 4:.1f}" y="{PRICE_TOP + PRICE_HEIGHT - 8}" class="{kind}">{name}</text>'
        )
    return bands


def _prices(night: Night) -> list[str]:
    step, top = _steps(max(hour.price for hour in night.hours))
    band = '<tspan fill="var(--charge)">planned charging shaded</tspan>'
    marks = [f'<text class="head" x="{LEFT}" y="24">Price, {night.currency} per kWh with VAT; {band}</text>']
    path = []
    for hour in night.hours:
        y = PRICE_TOP + PRICE_HEIGHT * (1 - hour.price / top)
        path.append(f"{_x(night, hour.start):.1f},{y:.1f} {_x(night, hour.end):.1f},{y:.1f}")
    marks += _scale(PRICE_TOP, PRICE_HEIGHT, step, top)
    marks.append(f'<polyline points="{" ".join(path)}" fill="none" stroke="var(--price)" stroke-width="2.5"/>')
    return marks


def _powers(night: Night) -> list[str]:
    car = max([flow.power_w for flow in night.measured], default=0.0)
    step, top = _steps((max(hour.house_wh for hour in night.hours) + car) / 1000)
    spans = '<tspan fill="var(--charge)">car, measured</tspan>, <tspan fill="var(--soft)">on top of the house</tspan>'
    marks = [f'<text class="head" x="{LEFT}" y="{POWER_TOP - 16}">Power, kW: {spans}</text>']
    marks += _scale(POWER_TOP, POWER_HEIGHT, step, top)
    for hour in night.hours:
        height = POWER_HEIGHT * hour.house_wh / 1000 / top
        marks.append(_rect(night, hour.start, hour.end, BOTTOM - height, height, "var(--house)"))
        marks += [
            _bar(night, max(flow.start, hour.start), min(flow.end, hour.end), hour, flow.power_w, top * 1000)
            for flow in night.measured
            if flow.start < hour.end and hour.start < flow.end
        ]
    return marks


def _bar(night: Night, start: datetime, end: datetime, hour: Hour, power_w: float, top: float) -> str:
    height, below = POWER_HEIGHT * power_w / top, POWER_HEIGHT * hour.house_wh / top
    return _rect(night, start, end, BOTTOM - below - height, height, "var(--charge)")


def _steps(highest: float) -> tuple[float, float]:
    """A round step that gives four to eight lines, and the top line over `highest`."""
    step = next(step for step in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if highest / step <= 8)  # noqa: PLR2004
    return step, step * ceil(highest / step)


def _scale(top_y: float, height: float, step: float, top: float) -> list[str]:
    marks = []
    for line in range(round(top / step) + 1):
        y = top_y + height * (1 - line * step / top)
        marks.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--line)"/>'
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{line * step:g}</text>'
        )
    return marks


def _axis(night: Night) -> list[str]:
    marks = []
    at = night.start
    while at <= night.end:
        x = _x(night, at)
        marks.append(f'<text x="{x:.1f}" y="{BOTTOM + 20}" text-anchor="middle">{at.astimezone(OSLO):%H}</text>')
        at += timedelta(hours=1)
    return marks


def _table(night: Night) -> str:
    rows = "".join(_row(hour) for hour in night.hours)
    total_house = sum(hour.house_wh for hour in night.hours) / 1000
    total_planned = sum(hour.planned_wh for hour in night.hours) / 1000
    heads = _cells(
        "th", ["Hour", f"{night.currency}/kWh", "House kWh", "Planned kWh", "Charged kWh", f"Cost {night.currency}"]
    )
    foot = ["Sum", "", f"{total_house:.2f}", f"{total_planned:.2f}", f"{night.hours_wh / 1000:.3f}", night.cost]
    return (
        f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>'
        f"<tfoot><tr>{_cells('td', foot)}</tr></tfoot></table></div>"
    )


def _row(hour: Hour) -> str:
    cells = [
        f"{hour.start.astimezone(OSLO):%H}-{hour.end.astimezone(OSLO):%H}",
        f"{hour.price:.4f}",
        f"{hour.house_wh / 1000:.2f}",
        f"{hour.planned_wh / 1000:.2f}" if hour.planned_wh else "",
        f"{hour.charged_wh / 1000:.3f}" if hour.charged_wh else "",
        f"{hour.cost:.2f}" if hour.charged_wh else "",
    ]
    return f'<tr class="{"charged" if hour.charged_wh else ""}">{_cells("td", cells)}</tr>'


def _cells(kind: str, texts: Sequence[str]) -> str:
    return "".join(f"<{kind}>{html.escape(text)}</{kind}>" for text in texts)


def _rect(night: Night, start: datetime, end: datetime, y: float, height: float, fill: str) -> str:
    x, right = _x(night, max(start, night.start)), _x(night, min(end, night.end))
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0.0, right - x):.1f}" height="{height:.1f}" fill="{fill}"/>'


def _x(night: Night, at: datetime) -> float:
    share = (at - night.start) / (night.end - night.start)
    return LEFT + (WIDTH - LEFT - RIGHT) * share


def _clock(at: datetime) -> str:
    return f"{at.astimezone(OSLO):%H:%M}"
