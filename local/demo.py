"""`./dev demo`: one real night, fast-forward, through the whole system: a table, and the picture in demo.html."""

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from local.night import Night, summary
from local.one_night import START, live
from local.report import page
from local.system import Options, running_system
from local.terminal import Progress, run_command
from simulator.price_feed import OSLO

SPEED = 780.0


def table(night: Night) -> Table:
    """The night by the hour, for the terminal."""
    made = Table(title=f"{night.start:%-d %B %Y}, {night.zone}: {night.need_wh / 1000:g} kWh by {night.ready_by:%H:%M}")
    for head in ("hour", f"{night.currency}/kWh", "house kWh", "planned kWh", "charged kWh", f"cost {night.currency}"):
        made.add_column(head, justify="right")
    for hour in night.hours:
        made.add_row(
            f"{hour.start.astimezone(OSLO):%H}-{hour.end.astimezone(OSLO):%H}",
            f"{hour.price:.4f}",
            f"{hour.house_wh / 1000:.2f}",
            f"{hour.planned_wh / 1000:.2f}" if hour.planned_wh else "",
            f"{hour.charged_wh / 1000:.3f}" if hour.charged_wh else "",
            f"{hour.cost:.2f}" if hour.charged_wh else "",
            style="bold green" if hour.charged_wh else "",
        )
    return made


def told(night: Night) -> str:
    """The night in four lines."""
    full = f"{night.full_at:%H:%M}" if night.full_at else "not full"
    saved = float(night.cost_at_once) - float(night.cost)
    return (
        f"register {night.register_wh} Wh, hours {night.hours_wh} Wh, battery {night.battery_wh} Wh, "
        f"need {night.need_wh} Wh\n"
        f"this plan {night.cost} {night.currency}, charging at once {night.cost_at_once} {night.currency}: "
        f"saved {saved:.2f} {night.currency} (spot with VAT)\n"
        f"full at {full}, wanted by {night.ready_by:%H:%M}; {night.starts} start(s); "
        f"{night.outside_plan_wh} Wh outside the plan"
    )


async def run(options: argparse.Namespace, progress: Progress) -> int:
    """Live the night, tell it, draw it."""
    settings = Options.on_free_ports(start=START, speed=options.speed)
    async with running_system(settings, progress) as system:
        night = await live(system, progress)
    options.out.write_text(page(night), encoding="utf-8")
    if options.json:
        print(json.dumps(summary(night)))
        return 0
    console = Console()
    console.print(table(night))
    console.print(told(night), highlight=False)
    console.print(f"picture: {options.out}", highlight=False)
    return 0


def main() -> None:
    """Become the command."""
    parser = argparse.ArgumentParser(prog="./dev demo", description="One real night, fast-forward.")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON instead of the table")
    parser.add_argument("--speed", type=float, default=SPEED, help="times real time (default %(default)g)")
    parser.add_argument("--out", type=Path, default=Path("demo.html"), help="the picture (default %(default)s)")
    options, progress = parser.parse_args(), Progress()
    if not 1 <= options.speed <= 3600:  # noqa: PLR2004 - faster, the devices are late for their own quarter hours
        parser.error("--speed takes 1 to 3600")
    sys.exit(run_command("demo", run(options, progress), progress))


if __name__ == "__main__":
    main()
