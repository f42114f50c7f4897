"""`./dev up`: the whole system on this machine, until Ctrl-C."""

import argparse
import asyncio
import sys
from datetime import datetime

from local.system import Options, System, running_system
from local.terminal import Progress, run_command
from simulator.price_feed import OSLO


def parse_options(arguments: list[str]) -> Options:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="./dev up", description="Run the whole system on this machine.")
    parser.add_argument("--speed", type=float, default=1.0, metavar="N", help="let product time run N times as fast")
    parser.add_argument("--start", metavar="TIME", help="product time to begin at, ISO 8601 (local time is Oslo's)")
    parser.add_argument("--port", type=int, default=Options.page_port, help="page and API (default %(default)s)")
    parser.add_argument("--mqtt-port", type=int, default=Options.mqtt_port, help="devices (default %(default)s)")
    parser.add_argument(
        "--cloud-port", type=int, default=Options.cloud_port, help="the local AWS (default %(default)s)"
    )
    asked = parser.parse_args(arguments)
    if not 0 <= asked.speed <= 3600:  # noqa: PLR2004
        parser.error("--speed takes 0 (time stands still) to 3600")
    try:
        start = datetime.fromisoformat(asked.start) if asked.start else None
    except ValueError:
        parser.error(f"--start takes a time like 2026-02-10T15:00, not {asked.start}")
    if start and start.tzinfo is None:
        start = start.replace(tzinfo=OSLO)
    ports = {"page_port": asked.port, "mqtt_port": asked.mqtt_port, "cloud_port": asked.cloud_port}
    return Options(start=start, speed=asked.speed, **ports)


def where_to_look(system: System, options: Options) -> str:
    """What stands on the terminal while the system runs."""
    charger = system.chargers[0].serial
    plug_in = f"curl -X POST {system.url}/sim/chargers/{charger}/plug-in -d '{{\"need_wh\": 36000}}'"
    boxes = "\n".join(f"              {one.serial}  fingerprint {one.fingerprint}" for one in system.chargers)
    now = system.clock.now().astimezone(OSLO)
    pace = {0.0: "standing still", 1.0: "real time"}.get(system.clock.speed, f"{system.clock.speed:g} times real time")
    return f"""
  Page        {system.url}/
  API         {system.url}/v1/  (what it can: {system.url}/v1/openapi.json)
  SMS inbox   {system.url}/sim/sms  (sign in with any Norwegian mobile number, for example 400 00 001)
  Devices     MQTT over mutual TLS, bound to {options.mqtt_host}:{options.mqtt_port}
  Clock       {now:%A %d %B %Y %H:%M} in Oslo, {pace}
  Prices      recorded days of NO5, January to May 2026; any other day gets a recorded one of its weekday
  Chargers    claim one on the page: serial and fingerprint are on its box
{boxes}
  A car comes {plug_in}
  and leaves  curl -X POST {system.url}/sim/chargers/{charger}/unplug
  A meter     register its reader on the page (a site's load balancing) and put it up there, or
              curl -X POST {system.url}/sim/meter-reader -d '{{"token": "...", "base_url": "..."}}'
  falls silent  curl -X DELETE {system.url}/sim/meter-reader

  Ctrl-C stops everything.
"""


async def run(options: Options, progress: Progress) -> int:
    """Run until cancelled."""
    async with running_system(options, progress) as system:
        await system.start_clock()
        progress("ready")
        print(where_to_look(system, options), flush=True)
        await asyncio.Event().wait()
    return 0


def main() -> None:
    """Become the command."""
    options, progress = parse_options(sys.argv[1:]), Progress()
    sys.exit(run_command("up", run(options, progress), progress))


if __name__ == "__main__":
    main()
