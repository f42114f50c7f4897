"""A phone with a real browser, and the page on the stand-in for the cloud."""

import asyncio
import json
import os
import shutil
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import web
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from local.ports import LOOPBACK, free_ports
from tests.web.fake_backend import make_app

NAMES: Final = ("chromium", "chromium-headless-shell", "google-chrome")
FLAGS: Final = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE: Final[dict[str, Any]] = {"viewport": {"width": 390, "height": 844}, "timezone_id": "America/New_York"}
"""A phone far from the charger: the page must show the charger's clock all the same."""
AXE: Final = Path(__file__).parent / "axe" / "axe.min.js"
PATIENCE_MS: Final = 20_000
SIGNED_IN: Final = """() => {
  localStorage.clear();
  const tokens = { access_token: "a.b.c", refresh_token: "r1", expires_at_ms: Date.now() + 900000 };
  localStorage.setItem("zmartcharge.tokens", JSON.stringify(tokens));
}"""
"""As the page leaves it after a sign-in."""
expect.set_options(timeout=15_000)
PICTURES: Final = os.environ.get("BROWSER_PICTURES")
"""A folder to keep a screenshot of every screen in, or none."""
Visit = Callable[..., Page]
Return = Callable[[], Page]


class StandIn:
    """The page and the stand-in for the cloud, in a thread of its own."""

    def __init__(self) -> None:
        self.url = f"http://{LOOPBACK}:{free_ports(1)[0]}"
        self._loop, self._ready = asyncio.new_event_loop(), threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def _serve(self) -> None:
        self._loop.run_until_complete(self._start())
        self._loop.run_forever()
        self._loop.run_until_complete(self._runner.cleanup())
        self._loop.close()

    async def _start(self) -> None:
        self._runner = web.AppRunner(make_app(), access_log=None, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, int(self.url.rpartition(":")[2])).start()
        self._ready.set()

    def set(self, **night: object) -> None:
        """Override what it answers; nothing at all begins anew."""
        body = json.dumps(night).encode()
        request = urllib.request.Request(f"{self.url}/fake", body, {"Content-Type": "application/json"}, method="POST")  # noqa: S310
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            answer.read()

    def stop(self) -> None:
        """The network is gone."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)


@pytest.fixture(scope="module")
def house() -> Iterator[StandIn]:
    """One stand-in for the tests of a module."""
    found = StandIn()
    yield found
    found.stop()


@pytest.fixture
def stand_in(house: StandIn) -> StandIn:
    """The stand-in with nothing in it yet, and no simulator beside the page."""
    house.set()
    house.set(simulator=False)
    return house


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium; where there is none these tests are skipped, unless BROWSER_TESTS is `required`.

    Playwright's own event loop runs in this thread while it lives, so it must be gone before other modules' tests.
    """
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None and os.environ.get("BROWSER_TESTS") == "required":
        pytest.fail("there is no Chromium: install the package chromium")
    if path is None:
        pytest.skip("there is no Chromium: install the package chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def known_phone(browser: Browser) -> Iterator[Page]:
    """A phone that is signed in already, for whatever is not about signing in; it keeps the page's files, and its clock
    can be moved on (`page.clock`) where the page waits.
    """
    with browser.new_context(**PHONE, locale="nb-NO", service_workers="block") as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.clock.install()
        page.add_init_script(f"({SIGNED_IN})()")
        yield page


@pytest.fixture
def come_back(known_phone: Page, house: StandIn) -> Iterator[Return]:
    """Opens the page anew on that phone, with nothing left of the test before; a script's error fails the test."""
    errors: list[str] = []

    def note(error: Error) -> None:
        errors.append(str(error))

    def opened() -> Page:
        known_phone.unroute_all()
        known_phone.set_viewport_size(PHONE["viewport"])
        known_phone.emulate_media(color_scheme="light")
        known_phone.goto(f"{house.url}/icon.svg")
        known_phone.goto(house.url)
        known_phone.get_by_role("heading", level=1).wait_for()
        return known_phone

    known_phone.on("pageerror", note)
    yield opened
    known_phone.remove_listener("pageerror", note)
    assert errors == []


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Opens an address on a phone of its own, in Norwegian unless told; a script's error fails the test."""
    contexts, errors = [], []

    def opened(url: str, *, locale: str = "nb-NO", **more: Any) -> Page:
        context = browser.new_context(**PHONE, locale=locale, **({"service_workers": "block"} | more))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def sign_in(page: Page, *, number: str = "900 00 000") -> None:
    """From the phone number to the first screen behind the code; in Norwegian, with the stand-in's code."""
    page.get_by_label("Mobilnummer").fill(number)
    page.get_by_role("button", name="Send kode").click()
    page.get_by_label("Kode", exact=True).fill("123456")
    page.get_by_role("heading", level=1).and_(page.locator("text=/Vilkår|Lader|Ingen/")).wait_for()


def go(page: Page, place: str) -> None:
    """To a screen by its address; back when its heading is there."""
    page.evaluate("place => { location.hash = `#/${place}`; }", place)
    page.wait_for_function("place => location.hash === `#/${place}` && document.querySelector('h1')", arg=place)


def violations(page: Page, *parts: str) -> list[str]:
    """What axe finds wrong with the present screen, or with some parts of a large one."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(f"() => {{ {AXE.read_text()} }}")
    found = page.evaluate("parts => axe.run(parts.length ? { include: parts } : document)", parts)["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


def keep_picture(page: Page, name: str) -> None:
    """A screenshot for those who look at them."""
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.fixture
def owner(stand_in: StandIn, come_back: Return) -> Page:
    """A signed-in owner at home, with a car that waits for cheap power."""
    stand_in.set(accepted=True, claimed=True)
    return come_back()


@pytest.fixture
def guest(stand_in: StandIn, come_back: Return) -> Page:
    """A signed-in guest inside the window."""
    stand_in.set(accepted=True, claimed=True, guest=True)
    return come_back()
