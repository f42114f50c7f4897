"""The door of `zmart`: every module of commands registers its own here."""

import typer

from cli import charger, cost, erasure, factory, firmware, fleet, plan, prices, tickets, zone
from cli.backtest import command as backtest

COMMAND_MODULES = (backtest, charger, cost, erasure, factory, firmware, fleet, plan, prices, tickets, zone)

app = typer.Typer(
    name="zmart",
    help="Planning, support and operations of the chargers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for module in COMMAND_MODULES:
    module.register(app)

if __name__ == "__main__":
    app(prog_name="zmart")
