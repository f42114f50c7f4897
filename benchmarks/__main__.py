"""`./dev bench`: what can be measured here."""

import sys

from benchmarks import devices

USAGE = """usage: ./dev bench WHAT [OPTIONS]

  devices  round trips with real clients, readings stored, broken messages refused; about four minutes"""


def main() -> None:
    """Become the measurement that is asked for."""
    match sys.argv[1:]:
        case ["devices", *options]:
            devices.main(options)
        case ["-h" | "--help"]:
            print(USAGE)
        case _:
            print(USAGE, file=sys.stderr)
            sys.exit(2)


if __name__ == "__main__":
    main()
