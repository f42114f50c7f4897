"""The report of a backtest: one page with its plots inside, which loads nothing from anywhere."""

from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

from cli.backtest.figures import GroupFigures, ResultFigures, StrategyFigures
from cli.backtest.replay import Strategy
from cli.backtest.tape import GRID_DAY, GRID_NIGHT, NOK_PER_EUR

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cli.backtest.command import Backtest

NAMES: Final[dict[Strategy, str]] = {
    "at_once": "At once",
    "known": "Need known",
    "known_published": "Need known, prices as published",
    "learned": "Need learned, prices as published",
    "clairvoyant": "Clairvoyant",
}
COLOURS: Final[dict[Strategy, str]] = {
    "at_once": "#b5482f",
    "known": "#7aa5c9",
    "known_published": "#3f7cac",
    "learned": "#2c6e49",
    "clairvoyant": "#888888",
}
COLUMNS: Final = (
    ("NOK", "cost_nok", 0),
    ("kWh", "energy_kwh", 0),
    ("above clairvoyant %", "above_clairvoyant_percent", 3),
    ("per kWh %", "above_clairvoyant_per_kwh_percent", 3),
    ("excess saved %", "saved_of_excess_percent", 1),
    ("left full %", "full_percent", 2),
    ("energy had %", "energy_percent", 2),
    ("starts", "starts_per_session", 2),
)
_ABOVE: Final[dict[str, Any]] = {
    "frameon": False,
    "fontsize": 8,
    "loc": "lower right",
    "bbox_to_anchor": (1, 1),
    "borderaxespad": 0.2,
    "ncols": 3,
}
STYLE: Final = """
body{font:16px/1.5 system-ui,sans-serif;color:#1c2321;background:#fbfaf7}
body{max-width:66rem;margin:2rem auto;padding:0 1rem}
h1,h2,h3{line-height:1.2}h2{margin-top:2.5rem}svg{width:100%;height:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.5rem 0 1.5rem}.wide{overflow-x:auto}
th,td{padding:.3rem .6rem;text-align:right;border-bottom:1px solid #ddd8cc;font-variant-numeric:tabular-nums}
th:first-child,td:first-child{text-align:left}thead th{font-weight:600;border-bottom:2px solid #8a8577}
p{max-width:46rem}.note{color:#5c5a52}
"""


def page(found: "Backtest") -> str:
    """The whole report as HTML."""
    parts = [
        _introduction(found),
        *_plots(found.results),
        *(_section(result, _left_out(found, result)) for result in found.results),
    ]
    body = "\n".join(parts)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head><title>Backtest</title>{head}</head><body>{body}</body></html>\n'


def _introduction(found: "Backtest") -> str:
    counts, settings = found.counts, found.settings
    early = " Departures before ready_by are weighed." if settings.leaves_early else ""
    return f"""<h1>Backtest of charging plans</h1>
<p>{counts.sampled} of {counts.of} sessions (seed {found.seed}), moved by whole weeks onto the prices;
{counts.rows_unusable} rows were unusable, {counts.overlapping} overlapped. At most {settings.max_starts} starts, full
with probability {settings.probability:g}.{early}</p>
<p class="note"><b>Stay</b>: the car was there until ready_by and could be full by then; costs are compared here, with a
clairvoyant who knows need and prices, may start as often as he likes and has the same window. <b>All</b>: charging at
once would have filled the car. Percentages are ratios of sums over sessions. One EUR is {NOK_PER_EUR:g} NOK; all-in
adds 25 % VAT and a stand-in for a grid tariff, {GRID_DAY:g} NOK/kWh from 06 to 22 and {GRID_NIGHT:g} at night.</p>"""


def _left_out(found: "Backtest", result: ResultFigures) -> str:
    """What became of the sessions that are in no figure."""
    name = f"{result.zone} {result.resolution} {result.cost}"
    unpriced, unfilled = found.not_priced.get(name, 0), found.could_not_be_full.get(name, 0)
    return f"{unpriced} sessions fell on no prices, {unfilled} cars could not have been full when they left."


def _section(result: ResultFigures, left_out: str) -> str:
    groups = (
        ("Stay", result.stay),
        ("Stay, with hours unknown at plug-in", result.stay_unknown_hours),
        ("All", result.all),
    )
    tables = "".join(_table(name, group, has_costs=group is not result.all) for name, group in groups)
    head = f"{escape(result.zone)}, {result.resolution}, {result.cost}"
    return f'<h2>{head}</h2><p class="note">{left_out}</p>{tables}{_promise(result)}'


def _promise(result: ResultFigures) -> str:
    """How often the car was full by ready_by, by how much of the night the plan for a learned need takes."""
    told = [
        f"{'all of it' if one.filled_below is None else f'below {one.filled_below:.0%}'}: "
        f"{'-' if one.full_by_ready_by_percent is None else f'{one.full_by_ready_by_percent:.1f} %'} of {one.sessions}"
        for one in result.promise
    ]
    return (
        f'<p class="note">Need learned, full by ready_by, by how much of the night is planned: {"; ".join(told)}.</p>'
    )


def _table(name: str, group: GroupFigures, *, has_costs: bool) -> str:
    shown = [column for column in COLUMNS if has_costs or column[1] not in _COMPARED]
    head = "".join(f"<th>{title}</th>" for title, _, _ in shown)
    rows = "".join(
        f"<tr><td>{NAMES[strategy]}</td>{''.join(_cell(figures, field, digits) for _, field, digits in shown)}</tr>"
        for strategy, figures in group.strategies.items()
        if has_costs or strategy != "clairvoyant"
    )
    title = f"<h3>{name}: {group.sessions} sessions, {group.needed_kwh:.0f} kWh needed</h3>"
    return f'{title}<div class="wide"><table><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


_COMPARED: Final = frozenset(
    {"above_clairvoyant_percent", "above_clairvoyant_per_kwh_percent", "saved_of_excess_percent"}
)


def _cell(figures: StrategyFigures, field: str, digits: int) -> str:
    value = getattr(figures, field)
    return "<td>-</td>" if value is None else f"<td>{value:.{digits}f}</td>"


def _plots(results: list[ResultFigures]) -> list[str]:
    """Costs, shares of full cars, and the mean day."""
    from matplotlib.figure import Figure

    height = 1.2 + 0.55 * len(results)
    costs, full = Figure(figsize=(9, height)), Figure(figsize=(9, height))
    names = [f"{result.zone} {result.resolution}\n{result.cost}" for result in results]
    _draw_costs(costs.subplots(), names, results)
    _draw_full(full.subplots(), names, results)
    day = Figure(figsize=(9, 3.2))
    _draw_day(day.subplots(), results[0])
    return [_svg(costs), _svg(full), _svg(day)]


def _draw_costs(axes: "Axes", names: list[str], results: list[ResultFigures]) -> None:
    shown: tuple[Strategy, ...] = ("at_once", "known", "learned")
    for number, strategy in enumerate(shown):
        values = [result.stay.strategies[strategy].above_clairvoyant_percent or 0.0 for result in results]
        bars = axes.barh([at + 0.27 * (number - 1) for at in range(len(names))], values, 0.25, color=COLOURS[strategy])
        axes.bar_label(bars, fmt="%.2f", padding=3, fontsize=8)
        bars.set_label(NAMES[strategy].split(",")[0])
    _finish(axes, names, "Cost above the clairvoyant, %")
    axes.legend(**_ABOVE)


def _draw_full(axes: "Axes", names: list[str], results: list[ResultFigures]) -> None:
    for shift, share, colour, label in (
        (-0.2, [result.stay.strategies["learned"].full_percent for result in results], COLOURS["learned"], "stay"),
        (0.2, [result.all.strategies["learned"].full_percent for result in results], COLOURS["known"], "all"),
    ):
        bars = axes.barh([at + shift for at in range(len(names))], [one or 0.0 for one in share], 0.35, color=colour)
        axes.bar_label(bars, fmt="%.1f", padding=3, fontsize=8)
        bars.set_label(label)
    axes.set_xlim(0, 112)
    _finish(axes, names, "Cars that left full, need learned, %")
    axes.legend(**_ABOVE)


def _draw_day(axes: "Axes", result: ResultFigures) -> None:
    for number, strategy in enumerate(("at_once", "learned")):
        day = result.day_kwh[strategy]
        total = sum(day) or 1.0
        name: Strategy = "at_once" if number == 0 else "learned"
        places = [hour + 0.4 * number - 0.2 for hour in range(24)]
        axes.bar(places, [100 * wh / total for wh in day], 0.4, color=COLOURS[name], label=NAMES[name])
    axes.set_xticks(range(0, 24, 3), [f"{hour:02}" for hour in range(0, 24, 3)])
    axes.set_title(
        f"When the energy flows, % by hour: {result.zone} {result.resolution} {result.cost}", loc="left", fontsize=11
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(**_ABOVE)


def _finish(axes: "Axes", names: list[str], title: str) -> None:
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_title(title, loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)


def _svg(figure: "Figure") -> str:
    """The drawing without its XML head, to stand inside a page."""
    figure.set_layout_engine("tight")
    text = StringIO()
    figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    drawn = text.getvalue()
    return drawn[drawn.index("<svg") :]
