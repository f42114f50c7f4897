"""`./dev bench`: what can be measured here."""

import sys

USAGE = """usage: ./dev bench WHAT [OPTIONS]

  devices  round trips with real clients, readings stored, broken messages refused; about four minutes
  api      own code and calls to the store of each route, cold import and size of the bundle; about five minutes
  ingest   readings a second of own code, calls to the store, a month in any order; minutes
  forecast errors of price forecasts, and what they cost a plan; seconds for each zone
  zones    how long a look-up of a place takes, and its agreement with a finer map
  planner  time per plan, gap to bounds, HiGHS beside it; about five minutes, --prices ZONE_*.csv for real quarters
  fuse     nights of many sites behind their main fuses, with and without each rule; half an hour, see --keep"""


def main() -> None:
    """Become the measurement that is asked for."""
    match sys.argv[1:]:
        case ["devices", *options]:
            from benchmarks import devices

            devices.main(options)
        case ["api", *options]:
            from benchmarks import api

            api.main(options)
        case ["ingest", *options]:
            from benchmarks import ingest

            ingest.main(options)
        case ["forecast", *options]:
            from benchmarks import forecast

            forecast.main(options)
        case ["fuse", *options]:
            from benchmarks import fuse

            fuse.main(options)
        case ["zones", *options]:
            from benchmarks import zones

            zones.main(options)
        case ["planner", *options]:
            from benchmarks import planner

            planner.main(options)
        case ["-h" | "--help"]:
            print(USAGE)
        case _:
            print(USAGE, file=sys.stderr)
            sys.exit(2)


if __name__ == "__main__":
    main()
