"""`python -m simulator SCENARIO`: a world of devices that connects to a laptop or to an AWS account."""

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from pathlib import Path

from simulator.clock import Clock
from simulator.runner import Place, Running
from simulator.scenario import FOLDER, ScenarioError, find_scenario, read_scenario


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """What the command line asks for."""
    names = ", ".join(sorted(path.stem for path in FOLDER.glob("*.toml")))
    parser = argparse.ArgumentParser(prog="python -m simulator", description="Live a scenario with real connections.")
    parser.add_argument("scenario", help=f"a TOML file, or one of: {names}")
    parser.add_argument("--endpoint", required=True, metavar="HOST", help="where the devices connect")
    parser.add_argument(
        "--port", type=int, default=8883, metavar="N", help="MQTT over mutual TLS (default %(default)s)"
    )
    parser.add_argument(
        "--folder", type=Path, required=True, metavar="CERTS", help="authority.pem, SERIAL.pem and SERIAL.key"
    )
    parser.add_argument("--clock", type=Clock.parse, default=Clock.real(), metavar="SETTING", help="product time")
    parser.add_argument("--images", type=Path, metavar="FOLDER", help="take firmware images from here")
    parser.add_argument("--state", type=Path, metavar="FOLDER", help="chargers remember here")
    parser.add_argument("--every", type=float, default=10.0, metavar="S", help="tell how it goes (real seconds)")
    return parser.parse_args(arguments)


async def live(running: Running, every_s: float) -> None:
    """Run until the scenario ends or somebody presses Ctrl-C, telling how it goes."""

    async def tell() -> None:
        while True:
            await asyncio.sleep(every_s)
            _say(running)

    loop = asyncio.get_running_loop()
    work, telling = asyncio.create_task(running.run()), asyncio.create_task(tell())
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, work.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await work
    telling.cancel()
    _say(running)


def main(arguments: list[str]) -> int:
    """Become the command: 0 when the scenario has ended, 2 when it cannot be had."""
    asked = parse_arguments(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        scenario = read_scenario(find_scenario(asked.scenario))
        place = Place(host=asked.endpoint, port=asked.port, folder=asked.folder, images=asked.images, state=asked.state)
        running = Running(scenario, asked.clock, place)
    except (ScenarioError, OSError) as error:
        sys.stderr.write(f"simulator: {error}\n")
        return 2
    asyncio.run(live(running, asked.every))
    return 0


def _say(running: Running) -> None:
    facts = "  ".join(f"{name} {value}" for name, value in running.summary().items())
    sys.stdout.write(f"{running.clock.now():%Y-%m-%d %H:%M:%S} UTC  {facts}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
