"""The manual from the first text message to history, by a person with a browser, on the whole running system."""

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from local.system import Options
from tests.e2e.browser.conftest import Visit, go, keep_picture
from tests.e2e.running import SystemThread

EVENING = datetime.fromisoformat("2026-02-10T22:40:00+01:00")
SPEED = 30
"""Fast enough for a reading in ten seconds, slow enough for a busy machine to press buttons in between."""
SLOW_MS = 90_000
"""The machine may be busy with other tests; nothing here is measured by time."""


@pytest.fixture(scope="module")
def running() -> Iterator[SystemThread]:
    """A system late in the evening; its clock stands until somebody starts it."""
    with SystemThread(Options.on_free_ports(start=EVENING, speed=SPEED)) as found:
        yield found


@pytest.fixture
def phone(running: SystemThread, visit: Visit) -> Page:
    """A phone with the page open."""
    expect.set_options(timeout=SLOW_MS)
    page = visit(running.system.url)
    page.set_default_timeout(SLOW_MS)
    return page


def join(page: Page, number: str, name: str) -> None:
    """Number, code of the text message, terms, name."""
    page.get_by_label("Mobilnummer").fill(number)
    page.get_by_role("button", name="Send kode").click()
    inbox = page.get_by_role("region", name="SMS-innboks")
    message = inbox.get_by_role("listitem").filter(has_text=f"+47{number.replace(' ', '')}").first
    message.get_by_role("button", name=re.compile("Bruk")).click()
    page.get_by_role("button", name="Aksepter").click()
    page.get_by_label("Navn").fill(name)
    page.get_by_role("button", name="Lagre").click()


def test_from_the_first_message_to_history(phone: Page, running: SystemThread) -> None:
    """Sign in, add a charger, plug in, charge fully, stop, and see the energy in history."""
    serial = running.system.chargers[0].serial
    join(phone, "900 00 071", "Ola")
    phone.get_by_role("link", name="Legg til ny lader").click()
    phone.get_by_role("button", name=f"Velg {serial}").click()
    phone.get_by_role("button", name="Legg til", exact=True).click()
    expect(phone.get_by_text("prisområde NO5")).to_be_visible()
    keep_picture(phone, "journey-claimed")
    phone.get_by_label("Laderens navn").fill("Lader i garasjen")
    phone.get_by_role("button", name="Lagre").click()
    expect(phone.get_by_role("heading", level=1, name="Lader i garasjen")).to_be_visible()
    running.run(running.system.start_clock())
    phone.get_by_role("region", name=serial).get_by_role("button", name="Sett i ladepluggen").click()
    expect(phone.get_by_text("Planen har plass til")).to_be_visible()
    keep_picture(phone, "journey-planned")
    phone.get_by_role("button", name="Lad fullt nå").click()
    expect(phone.get_by_text("Lading pågår")).to_be_visible()
    tile = phone.locator(".tile").filter(has_text="Denne økten")
    expect(tile.get_by_text(re.compile(r"^([1-9]\d*,\d|0,[1-9]) kWh$"))).to_be_visible()
    phone.get_by_role("button", name="Stopp laderen").click()
    expect(phone.get_by_text("Stoppet av deg")).to_be_visible()
    go(phone, "history")
    expect(phone.get_by_role("row", name=re.compile(r"(tir\. 10|ons\. 11)\..* kWh")).first).to_be_visible()
    keep_picture(phone, "journey-history")


def test_a_guest_finds_the_charger_behind_the_own_number(phone: Page, visit: Visit, running: SystemThread) -> None:
    """Invited by number for ever; signs in with it, accepts the terms, and may start and stop at once."""
    owner = phone
    join(owner, "900 00 072", "Eva")
    owner.get_by_role("link", name="Legg til ny lader").click()
    owner.get_by_role("button", name=f"Velg {running.system.chargers[1].serial}").click()
    owner.get_by_role("button", name="Legg til", exact=True).click()
    owner.get_by_label("Laderens navn").fill("Lader på hytta")
    owner.get_by_role("button", name="Lagre").click()
    expect(owner.get_by_role("heading", level=1, name="Lader på hytta")).to_be_visible()
    go(owner, "guests")
    owner.get_by_role("button", name="Inviter en gjest").click()
    owner.get_by_label("Navn på gjesten").fill("Per")
    owner.get_by_label("Mobilnummer").fill("900 00 073")
    owner.get_by_role("button", name="Inviter", exact=True).click()
    expect(owner.get_by_text("invitert", exact=True)).to_be_visible()
    guest = visit(running.system.url)
    guest.set_default_timeout(SLOW_MS)
    join(guest, "900 00 073", "Per")
    expect(guest.get_by_role("heading", level=1, name="Lader på hytta")).to_be_visible()
    expect(guest.get_by_text("Du er gjest")).to_be_visible()
    guest.get_by_role("button", name="Lad fullt nå").click()
    expect(guest.get_by_role("button", name="Skru på smartlading")).to_be_visible()
    assert guest.get_by_role("link", name="Innstillinger for laderen").count() == 0
