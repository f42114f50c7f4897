"""`./dev bench`: what can be measured here."""

import importlib
import sys
from typing import Final

BENCHES: Final = {
    "devices": "round trips with real clients, readings stored, broken messages refused; about four minutes",
    "api": "own code and calls to the store of each route, cold import and size of the bundle; about five minutes",
    "ingest": "readings a second of own code, calls to the store, a month in any order; minutes",
    "forecast": "errors of price forecasts, and what they cost a plan; seconds for each zone",
    "zones": "how long a look-up of a place takes, and its agreement with a finer map",
    "planner": "time per plan, gap to bounds, HiGHS beside it; five minutes, --prices ZONE_*.csv for real quarters",
    "balancing": "from a meter's sample to the limit at the charger, alone and beside a backlog; about five minutes",
    "fuse": "nights of many sites behind their main fuses, with and without each rule; half an hour, see --keep",
    "cost": "dollars per charger-month and what a fleet costs, from a recorded run; about eight minutes",
    "scale": "a million homes planned anew, reconnected, and where partitions are hot: a simulation of seconds",
}
"""Each is a module beside this one with `main(options)`."""
USAGE: Final = "\n".join(
    ["usage: ./dev bench WHAT [OPTIONS]", "", *(f"  {name:<10} {text}" for name, text in BENCHES.items())]
)


def main() -> None:
    """Become the measurement that is asked for."""
    what, *options = sys.argv[1:] or [""]
    if what in BENCHES:
        importlib.import_module(f"benchmarks.{what}").main(options)
    elif what in {"-h", "--help"}:
        print(USAGE)
    else:
        print(USAGE, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
