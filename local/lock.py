"""`./dev lock`: choose versions anew and write every lock, for all machines, with hashes and without any address.

Only the public index is asked, whatever this machine's own settings say: a lock must hold what everyone can get.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from local.places import ROOT, UV

_LOCKS = ("requirements", "requirements/dev", "requirements/reports", "requirements/emulator", "requirements/bootstrap")
_OPTIONS = ("--universal", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--quiet")


def lock(name: str, upgrade: list[str]) -> None:
    """Write `name`.txt from `name`.in; versions stay as they are unless `upgrade` says otherwise."""
    place = ROOT / name
    said = ("--no-config", "--python-version", "3.11", "--custom-compile-command", "./dev lock")
    command: list[str | Path] = [UV, "pip", "compile", *said, *_OPTIONS, *upgrade]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))}
    command += [f"{place.name}.in", "-o", f"{place.name}.txt"]
    subprocess.run(command, cwd=place.parent, env=environment, check=True)


def main() -> None:
    """Write all locks; the bundle's first, because the tools follow it, and the reports' follow the tools."""
    parser = argparse.ArgumentParser(prog="./dev lock", description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    upgrade = ["--upgrade"] if parser.parse_args().upgrade else []
    for name in _LOCKS:
        try:
            lock(name, upgrade)
        except subprocess.CalledProcessError as error:
            sys.exit(f"dev lock: {name}.in has no solution (uv ended with {error.returncode})")
        print(f"{name}.txt")


if __name__ == "__main__":
    main()
