"""The door of `zmart`: every module of commands registers its own here."""

import logging
import os
import sys

import typer

from chalicelib.observability import log
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


def be_quiet() -> None:
    """Leave standard output to the commands: what the product logs goes to standard error, and only failures."""
    os.environ["POWERTOOLS_METRICS_DISABLED"] = "true"
    for handler in log.handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(sys.stderr)
    log.setLevel(logging.ERROR)


if __name__ == "__main__":
    be_quiet()
    app(prog_name="zmart")
