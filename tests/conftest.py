"""AWS in process: moto once per session, everything in it new for each test."""

import json
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import hypothesis
import pytest
from hypothesis.internal.conjecture import providers
from joserfc.jwk import RSAKey
from moto import mock_aws
from moto.awslambda.responses import LambdaResponse
from moto.dynamodb.responses import DynamoHandler
from xdist.scheduler import LoadScopeScheduling

from chalicelib.services import price_book
from chalicelib.settings import settings
from tests import infra
from tests.api_client import ApiClient, LambdaContext
from tests.identity import cognito, key_server, mint, people  # noqa: F401 - fixtures of all tests

NIGHT = "2026-02-10T15:00:00+01:00"
METER_BASE = "https://meter.zmartcharge.example"
NOBODY = "http://127.0.0.1:1"
"""Where nothing answers."""
MQTT_ENDPOINT = "mqtt.zmartcharge.example"
AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": infra.REGION,
    "AWS_DEFAULT_REGION": infra.REGION,
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    "POWERTOOLS_METRICS_NAMESPACE": "test",
}
CACHES: list[Any] = []
"""functools caches of clients and secrets that must not outlive a test; modules' own fixtures may add to it."""


BROWSER = "tests/e2e/browser/"
IN_ONE_PROCESS = ("tests/build/", BROWSER, "tests/e2e/")
"""They share what takes long to make: the package, the browser, the running system."""
hypothesis.settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("repeatable")
providers._get_local_constants = lambda: providers._local_constants
"""It would draw from the numbers in the modules that are loaded, so from which tests ran before in this process."""


class Shares(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Shares the tests among processes one by one, in their order; those of one of IN_ONE_PROCESS stay together."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in IN_ONE_PROCESS if nodeid.startswith(folder)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shares:
    """How `./dev test` uses all cores."""
    config.option.loadscopereorder = False
    return Shares(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """End-to-end tests first, browsers last: one process waits for systems while the others do all the rest."""
    items.sort(key=lambda item: (item.nodeid.startswith(BROWSER), not item.nodeid.startswith("tests/e2e/")))
    for item in items:  # schemathesis gives all operations one id, and a process is told by it what to do
        if item.name not in item.nodeid:
            item._id = item.id.with_params(item.name.partition("[")[2].removesuffix("]"))


def _importing_once(import_key: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same, remembering: moto imports its one key for each user pool it makes, which takes longer than a test."""
    known: dict[str, Any] = {}

    def remembered(value: Any) -> Any:
        name = json.dumps(value)
        known[name] = known.get(name) or import_key(value)
        return known[name]

    return remembered


def _call_in_process(request: Any) -> tuple[int, dict[str, str], bytes]:
    """A function that is called answers as Lambda would hand it on; functions are named as infra/ names them."""
    import app

    name = re.sub(r"(?<!^)(?=[A-Z])", "_", request.path.rsplit("/", 2)[-2]).lower()
    answer = getattr(app, name)(json.loads(request.body), LambdaContext())
    return 200, {"content-type": "application/json"}, json.dumps(answer).encode()


@pytest.fixture(scope="session")
def moto() -> Iterator[Any]:
    """One moto for the session; its DynamoDB gets the lock it lacks, so that races tell the truth."""
    import threading

    lock, unlocked = threading.RLock(), DynamoHandler.call_action

    def locked(handler: DynamoHandler) -> Any:
        with lock:
            return unlocked(handler)

    with pytest.MonkeyPatch.context() as patch:
        for name, value in AWS.items():
            patch.setenv(name, value)
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        patch.setattr(DynamoHandler, "call_action", locked)
        patch.setattr(LambdaResponse, "invoke", _call_in_process)
        patch.setattr(RSAKey, "import_key", _importing_once(RSAKey.import_key))
        mock = mock_aws()
        mock.start()
        yield mock
        mock.stop()


@pytest.fixture
def cloud(moto: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Empty tables, queues, secrets and user pool of infra/*.yaml; product time stands at 15:00 on 10 February 2026."""
    moto.reset()
    told = {"METER_BASE": METER_BASE, "MQTT_ENDPOINT": MQTT_ENDPOINT, "ADDRESS_BASE": NOBODY}
    environment = infra.create() | {"CLOCK": f"{NIGHT}@0@0"} | told
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    for cache in CACHES:
        cache.cache_clear()
    price_book.forget()
    yield environment
    settings.cache_clear()  # the next test may live without a cloud, by its own time


@pytest.fixture
def api(cloud: dict[str, str]) -> ApiClient:
    """The API, called in process."""
    from app import app

    return ApiClient(app)


@pytest.fixture
def dynamodb(cloud: dict[str, str]) -> Any:
    """The store itself, to look at what is really in it."""
    return boto3.client("dynamodb", region_name=os.environ["AWS_REGION"])
