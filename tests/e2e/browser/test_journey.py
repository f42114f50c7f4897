"""The manual from the first text message to history, by a person with a browser, on the whole running system."""

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from device_shadows.names import Serial
from local.system import Options
from tests.e2e.browser.conftest import Visit, go, keep_picture
from tests.e2e.running import SystemThread

EVENING = datetime.fromisoformat("2026-02-10T22:40:00+01:00")
SPEED = 60
"""Fast enough for six minutes of a silent reader, slow enough for a busy machine to press buttons in between."""
SERIALS = tuple(Serial(f"ZC-BERGEN-0{number}") for number in (1, 2, 3))
"""One for each story, so that none needs another."""
SLOW_MS = 90_000
"""The machine may be busy with other tests; nothing here is measured by time."""


@pytest.fixture(scope="module")
def running() -> Iterator[SystemThread]:
    """A system late in the evening; its clock stands until somebody starts it."""
    with SystemThread(Options.on_free_ports(start=EVENING, speed=SPEED, serials=SERIALS)) as found:
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


def claim(page: Page, serial: str, name: str) -> None:
    """Choose the charger on the simulator's list, add it, name it, look at the site that came with it."""
    page.get_by_role("link", name="Legg til ny lader").click()
    page.get_by_role("button", name=f"Velg {serial}").click()
    page.get_by_role("button", name="Legg til", exact=True).click()
    page.get_by_label("Laderens navn").fill(name)
    keep_picture(page, f"journey-claimed-{serial}")
    page.get_by_role("button", name="Lagre").click()
    expect(page.get_by_text("Sjekk at dette stemmer.")).to_be_visible()
    page.get_by_role("button", name="Lagre").click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def let_time_run(running: SystemThread) -> None:
    """The clock is started by the first who needs it."""
    if running.system.clock.now() <= EVENING:
        running.run(running.system.start_clock())


def set_up_network(card: Locator) -> None:
    """A wrong password first, which the charger tells of by way of the cloud; then 4G."""
    card.get_by_role("button", name="Konfigurer nettverk").click()
    card.get_by_label("Passord for Wi-Fi").fill("feil-passord")
    card.get_by_role("button", name="Lagre").click()
    expect(card.get_by_text("Wi-Fi, feil passord")).to_be_visible()
    card.get_by_role("button", name="Prøv igjen").click()
    card.get_by_role("combobox").select_option("4G, uten innstillinger")
    card.get_by_role("button", name="Lagre").click()
    expect(card.get_by_text("Nettverket er satt opp.")).to_be_visible()


def test_from_the_first_message_to_history(phone: Page, running: SystemThread) -> None:
    """Sign in, add a charger, plug in, want it earlier, charge fully, stop, and see the energy in history."""
    serial = running.system.chargers[0].serial
    join(phone, "900 00 071", "Ola")
    claim(phone, serial, "Lader i garasjen")
    let_time_run(running)
    phone.get_by_role("region", name=serial).get_by_role("button", name="Sett i ladepluggen").click()
    expect(phone.get_by_text("Planen har plass til")).to_be_visible()
    keep_picture(phone, "journey-planned")
    phone.get_by_role("link", name="Endre målet").click()
    phone.get_by_label("Bilen skal være klar").fill("2026-02-11T06:10")
    phone.get_by_role("button", name="Lagre").click()
    expect(phone.get_by_text("Bilen skal være klar kl. 06:10.")).to_be_visible()
    phone.get_by_role("button", name="Lad fullt nå").click()
    expect(phone.get_by_text("Lading pågår")).to_be_visible()
    garage = phone.get_by_role("region", name=serial)
    expect(garage.get_by_text(re.compile(r"bilen har fått ([1-9]\d*,\d|0,[1-9]) kWh"))).to_be_visible()
    phone.get_by_role("button", name="Stopp laderen").click()  # what was charged is told at once then
    expect(phone.get_by_text("Stoppet av deg")).to_be_visible()
    tile = phone.locator(".tile").filter(has_text="Denne økten")
    expect(tile.get_by_text(re.compile(r"^([1-9]\d*,\d|0,[1-9]) kWh$"))).to_be_visible()
    go(phone, "history")
    expect(phone.get_by_role("row", name=re.compile(r"(tir\. 10|ons\. 11)\..* kWh")).first).to_be_visible()
    keep_picture(phone, "journey-history")
    phone.get_by_role("button", name="English").click()
    expect(phone.get_by_role("heading", level=1, name="Charging history")).to_be_visible()
    keep_picture(phone, "journey-history-en")


def test_a_charger_is_brought_to_the_network_and_the_main_fuse_is_guarded(phone: Page, running: SystemThread) -> None:
    """Network set-up with a wrong password first; then a meter reader: what flows, what the charger is given and why,
    and what is said when the reader falls silent.
    """
    serial = running.system.chargers[2].serial
    join(phone, "900 00 074", "Ida")
    claim(phone, serial, "Lader i tunet")
    let_time_run(running)
    go(phone, "settings")
    set_up_network(phone.get_by_role("region", name="Nettverk"))
    keep_picture(phone, "journey-network")
    go(phone, "sites")
    phone.get_by_role("navigation", name="Mine steder").get_by_role("link").click()
    panel = phone.get_by_role("region", name="Lastbalansering")
    panel.get_by_role("button", name="Registrer måleravleser").click()
    expect(panel.get_by_text("Venter på måleravleseren.")).to_be_visible()
    panel.get_by_role("button", name="Legg inn i den simulerte avleseren").click()
    expect(panel.get_by_text("Måleravleseren svarer.")).to_be_visible()
    expect(panel.get_by_text(re.compile(r"^\d+,\d A$")).first).to_be_visible()
    expect(panel.get_by_text("Alt til sammen får bruke 24 A per fase.")).to_be_visible()
    keep_picture(phone, "journey-load")
    running.run(take_reader_away(running))
    expect(panel.get_by_text("Måleravleseren er taus.")).to_be_visible()
    expect(panel.get_by_text("Sist målt:")).to_be_visible()
    expect(panel.get_by_text("laderen holder seg på det som alltid er trygt")).to_be_visible()
    keep_picture(phone, "journey-silent")


async def take_reader_away(running: SystemThread) -> None:
    """In the system's own loop."""
    running.system.world.take_reader_away()


def test_a_phone_that_loses_its_network_says_so_until_it_is_back(phone: Page) -> None:
    """On the whole system as on the stand-in."""
    join(phone, "900 00 075", "Liv")
    expect(phone.get_by_role("heading", level=1, name="Ingen ladere ennå")).to_be_visible()
    phone.context.set_offline(True)
    expect(phone.get_by_text("Ingen forbindelse.")).to_be_visible()
    phone.context.set_offline(False)
    expect(phone.get_by_text("Ingen forbindelse.")).to_have_count(0)


def test_a_guest_finds_the_charger_behind_the_own_number(phone: Page, visit: Visit, running: SystemThread) -> None:
    """Invited by number for ever; signs in with it, accepts the terms, and may start and stop at once."""
    owner = phone
    join(owner, "900 00 072", "Eva")
    claim(owner, running.system.chargers[1].serial, "Lader på hytta")
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
