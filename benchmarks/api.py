"""`./dev bench api`: what the API itself costs: own code and calls to the store of each route, and a cold start.

The routes run in process on moto, whose time is taken out; what stays is ours, our libraries' and botocore's. The
bundle is imported by a bare interpreter, as Lambda does it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from unittest import mock

import msgspec
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from rich.console import Console

from benchmarks.figures import Figure, median_of_rounds, quantile, table
from chalicelib.observability import log
from local import build, bundle
from tests import infra
from tests.api_client import ApiClient
from tests.conftest import AWS, NIGHT
from tests.identity import KeyServer, Mint, People
from tests.made_chargers import MadeCharger

CALLS, IMPORTS = 180, 7
"""As many codes as one address may ask for in an hour, and some to spare."""
PER_SECOND: Final = 50
_SITE = {"name": "Hytta", "country": "NO", "zone": "NO1", "main_fuse_a": 25, "grid_type": "TN", "phases": 3}
_IMPORT = "import resource, app; used = resource.getrusage(resource.RUSAGE_SELF); print(used.ru_utime + used.ru_stime)"
_NOTHING = "import resource; used = resource.getrusage(resource.RUSAGE_SELF); print(used.ru_utime + used.ru_stime)"


class Emulator:
    """How long the emulator took, and how often the store was called."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.store_calls = 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch every request that botocore would send."""
        answer: Any = BotocoreStubber.__call__

        def timed(stubber: BotocoreStubber, event_name: str, request: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return answer(stubber, event_name, request, **kwargs)
            finally:
                self.seconds += time.perf_counter() - began
                self.store_calls += ".dynamodb." in event_name

        with mock.patch.object(BotocoreStubber, "__call__", timed):
            yield


def main(arguments: Sequence[str]) -> None:
    """Become the command."""
    parser = argparse.ArgumentParser(prog="./dev bench api", description="The API's own cost on this machine.")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON instead of tables")
    parser.add_argument("--calls", type=int, default=CALLS, help="of each route (default %(default)s)")
    options = parser.parse_args(arguments)
    log.setLevel("CRITICAL")
    figures = {"bundle": bundle_figures(), "routes": route_figures(options.calls)}
    if options.json:
        sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")
        return
    Console().print(table("the bundle", figures["bundle"]))
    Console().print(table(f"routes, at {PER_SECOND} requests a second", figures["routes"]))


def bundle_figures() -> list[Figure]:
    """Size of the laptop's bundle (the AWS one has the same files for another processor) and a cold import of it."""
    made = build.package(bundle.LAPTOP, lambda text: print(text, file=sys.stderr, flush=True))
    size = Figure(name="bundle", value=made.bundle.stat().st_size / 1e6, unit="MB", note="zipped; at most 16")
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(made.bundle) as packed:
            packed.extractall(folder)
        used = [_cpu_s(_IMPORT, Path(folder)) for _ in range(IMPORTS)]
        bare = [_cpu_s(_NOTHING, Path(folder)) for _ in range(IMPORTS)]
    note = f"CPU, median of {IMPORTS} interpreters, {quantile(bare, 0.5) * 1000:.0f} ms of it Python; at most 350"
    return [size, Figure(name="cold import", value=quantile(used, 0.5) * 1000, unit="ms", note=note)]


def _cpu_s(code: str, folder: Path) -> float:
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = [{str(folder)!r}]; {code}"]
    done = subprocess.run(command, cwd=folder, env={"AWS_REGION": infra.REGION}, capture_output=True, check=True)
    return float(done.stdout)


def route_figures(calls: int) -> list[Figure]:
    """Own time and calls to the store of each route, in a cloud with one owner."""
    os.environ |= AWS
    aws, emulator = mock_aws(), Emulator()
    aws.start()
    os.environ |= infra.create() | {"CLOCK": f"{NIGHT}@0@0"}
    mint = Mint()
    server = KeyServer(mint.public_keys())
    os.environ["JWKS_BASE"] = server.url
    try:
        from app import app

        with emulator.watched():
            requests = _requests(ApiClient(app), People(mint, server))
            return [figure for name, send in requests.items() for figure in _measure(name, send, emulator, calls)]
    finally:
        server.close()
        aws.stop()


def _requests(api: ApiClient, people: People) -> dict[str, Callable[[int], Any]]:
    """One request of each route; the number makes those different that must be."""
    account = people.account()
    made, spare = MadeCharger(), MadeCharger("ZC-00000002")
    charger = made.claim(account)
    path = f"/v1/chargers/{charger.charger_id}"
    token = people.mint.token(account.account_id)
    claim = {"serial": spare.serial, "fingerprint": spare.fingerprint}

    def get(url: str) -> Callable[[int], Any]:
        return lambda _: api.get(url, token=token)

    def post(url: str, body: Any) -> Callable[[int], Any]:
        return lambda _: api.post(url, body, token=token)

    reads = ["/v1/health", "/v1/terms", "/v1/account", "/v1/account/export", "/v1/home", "/v1/sites"]
    reads += ["/v1/zones/locate?lat=60.39&lon=5.32", "/v1/prices/NO5?date=2026-02-10", f"/v1/sites/{charger.site_id}"]
    reads += [path, f"{path}/plan", f"{path}/history?month=2026-02", f"{path}/sessions"]
    names = [url.replace(charger.charger_id, "{charger}").replace(charger.site_id, "{site}") for url in reads]
    return {
        **{f"GET {name}": get(url) for name, url in zip(names, reads, strict=True)},
        "POST /v1/auth/code": lambda number: _ask(api, number),
        "POST /v1/claims": post("/v1/claims", claim),
        "PATCH /v1/account": lambda _: api.patch("/v1/account", {"name": "N. N."}, token=token),
        "PATCH /v1/chargers/{charger}": lambda number: api.patch(
            path, {"name": f"Lader {number}"}, token=token, headers={"if-match": str(number + 1)}
        ),
        "POST /v1/sites": post("/v1/sites", _SITE),
        "POST /v1/sites with a key": lambda number: api.post(
            "/v1/sites", _SITE, token=token, headers={"idempotency-key": str(number)}
        ),
    }


def _ask(api: ApiClient, number: int) -> Any:
    """A code for a new number."""
    return api.post("/v1/auth/code", {"phone": f"+47900{number:05d}"})


def _measure(name: str, send: Callable[[int], Any], emulator: Emulator, calls: int) -> list[Figure]:
    """Own time of `calls` requests, sent evenly; the calls to the store are those of the last one."""
    own_s: list[float] = []
    store_calls = 0
    for number in range(calls):
        due = time.perf_counter() + 1 / PER_SECOND
        emulator.seconds, emulator.store_calls = 0.0, 0
        began = time.perf_counter()
        reply = send(number)
        own_s.append(time.perf_counter() - began - emulator.seconds)
        store_calls = max(store_calls, emulator.store_calls)
        if reply.status >= HTTPStatus.BAD_REQUEST:
            raise SystemExit(f"bench api: {name} answered {reply.status}: {reply.body}")
        time.sleep(max(0.0, due - time.perf_counter()))
    warm = own_s[calls // 10 :]
    rounds = [warm[start::5] for start in range(5)]
    note = f"{store_calls} calls to the store"
    return [
        Figure(name=f"{name} p50", value=median_of_rounds(rounds, 0.5) * 1000, unit="ms", note=note),
        Figure(name=f"{name} p99", value=quantile(warm, 0.99) * 1000, unit="ms", note=f"{len(warm)} requests"),
    ]
