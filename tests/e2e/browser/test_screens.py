"""Every screen in a real browser, on the stand-in for the cloud."""

import json
import re
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import PICTURES, Return, StandIn, Visit, go, keep_picture, sign_in, violations

PLACES = (
    "home", "goal", "history", "settings", "guests", "sites", "site/site_1", "site/site_1/first", "site/new", "add",
    "account", "profile", "messages",
)  # fmt: skip
NORMAL, LARGE = "100%", "200%"
LOOKS = [("light", "no", 430, NORMAL), ("dark", "en", 320, LARGE)]
OTHER_LOOKS = [
    ("dark", "no", 320, LARGE),
    ("light", "en", 430, NORMAL),
    ("light", "no", 320, NORMAL),
    ("light", "no", 390, NORMAL),
]
"""Each language and scheme, a wide phone, and a narrow one of somebody who needs large letters; more for those who look
at pictures."""
OF_DOCS = (
    "h1",
    "h2",
    "details",
    "[aria-labelledby=put_mode]",
    "[aria-labelledby=get_plan]",
    "[aria-labelledby=PlanAnswer]",
)
"""Of the page of the API, one of each kind: it is long, and all of a kind are made by one template."""


@pytest.fixture(scope="module")
def sheet(known_phone: Page, house: StandIn) -> Page:
    """A page only to try the page's modules in; the phone is in New York."""
    known_phone.goto(house.url)
    return known_phone


@pytest.mark.parametrize(("scheme", "language", "width", "letters"), [*LOOKS, *(OTHER_LOOKS if PICTURES else ())])
def test_every_screen_is_for_everybody(
    stand_in: StandIn, come_back: Return, scheme: Any, language: str, width: int, letters: str
) -> None:
    """Nothing is found by axe on any screen, in light and in dark, and none is wider than the phone, with letters of
    twice the size neither.
    """
    stand_in.set(accepted=True, claimed=True, known_hours=30, second=True)
    page = come_back()
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    page.evaluate("letters => { document.documentElement.style.fontSize = letters; }", letters)
    if language == "en":
        page.get_by_role("button", name="English").click()
    expect(page.get_by_text("You save" if language == "en" else "Du sparer")).to_be_visible()
    found = {}
    for place in PLACES:
        go(page, place)
        expect(page.get_by_text("Loading …" if language == "en" else "Henter …")).to_have_count(0)
        found[place] = violations(page)
        keep_picture(page, f"{scheme}-{language}-{width}-{letters.rstrip('%')}-{place.replace('/', '-')}")
        if page.evaluate("() => document.documentElement.scrollWidth") > width:
            found[place].append("wider than the phone")
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_way_in_is_for_everybody(stand_in: StandIn, visit: Visit, scheme: str) -> None:
    """Number, code, terms, and a home without a charger."""
    page = visit(stand_in.url, color_scheme=scheme)
    found = {}
    page.get_by_label("Mobilnummer").fill("900 00 000")
    found["number"] = violations(page)
    keep_picture(page, f"{scheme}-no-sign-in")
    page.get_by_role("button", name="Send kode").click()
    code = page.get_by_label("Kode", exact=True)
    expect(code).to_be_visible()
    found["code"] = violations(page)
    keep_picture(page, f"{scheme}-no-code")
    code.fill("123456")
    page.get_by_role("button", name="Aksepter").wait_for()
    found["terms"] = violations(page)
    keep_picture(page, f"{scheme}-no-terms")
    page.get_by_role("button", name="Aksepter").click()
    expect(page.get_by_role("heading", level=1, name="Personlig informasjon")).to_be_visible()
    go(page, "home")
    expect(page.get_by_role("heading", level=1, name="Ingen ladere ennå")).to_be_visible()
    found["nothing yet"] = violations(page)
    keep_picture(page, f"{scheme}-no-nothing-yet")
    page.get_by_role("link", name="Legg til ny lader").click()
    expect(page.get_by_text("Kamera: for å lese QR-koden")).to_be_visible()  # told before anything is asked for
    found["first charger"] = violations(page)
    keep_picture(page, f"{scheme}-no-first-charger")
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


def test_price_area_and_address_are_found_from_the_position_which_is_explained(stand_in: StandIn, visit: Visit) -> None:
    """It goes out when a site is saved or the address asked for; a browser that gives none is not insisted on."""
    stand_in.set(accepted=True, claimed=True)
    page = visit(stand_in.url, geolocation={"latitude": 60.392, "longitude": 5.324})
    sign_in(page)
    go(page, "site/new")
    expect(page.get_by_text("Posisjonen brukes én gang, for å finne prisområdet.")).to_be_visible()
    page.get_by_label("Navn på stedet").fill("Hytta")
    page.get_by_role("button", name="Lagre").click()
    expect(page.get_by_text("Nettleseren ga ikke posisjonen.")).to_be_visible()
    page.context.grant_permissions(["geolocation"])
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_role("button", name="Lagre").click()
    assert (sent.value.post_data_json or {})["position"] == {"lat": 60.392, "lon": 5.324}
    expect(page.get_by_role("heading", level=1, name="Mine steder")).to_be_visible()
    go(page, "profile")
    page.get_by_role("button", name="Finn adressen der jeg er").click()
    expect(page.get_by_label("Adresse")).to_have_value("Torget 1, 5014 BERGEN")


def test_what_went_wrong_on_the_way_in_is_told_in_words(stand_in: StandIn, visit: Visit) -> None:
    """A number that cannot have messages, one that asked too often, a wrong code; then the right one."""
    stand_in.set(accepted=True, claimed=True)
    page = visit(stand_in.url)
    trouble = page.get_by_role("alert")
    for number, told in (
        ("000 00 000", "Nummeret er ikke et mobilnummer vi kan sende til."),
        ("111 11 111", "For mange forsøk. Prøv igjen om 42 s."),
    ):
        page.get_by_label("Mobilnummer").fill(number.replace(" ", ""))
        page.get_by_role("button", name="Send kode").click()
        expect(trouble.get_by_text(told)).to_be_visible()
    page.get_by_label("Mobilnummer").fill("90000000")
    page.get_by_role("button", name="Send kode").click()
    page.get_by_label("Kode", exact=True).fill("654321")
    expect(trouble.get_by_text("Koden er feil eller gjelder ikke lenger.")).to_be_visible()
    page.get_by_label("Kode", exact=True).fill("123456")
    expect(page.get_by_role("heading", level=1, name="Lader i garasjen")).to_be_visible()


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("ZC-2026-0001 kq3Zb0VJ2l8m1xY7aTn4Cw", {"serial": "ZC-2026-0001", "fingerprint": "kq3Zb0VJ2l8m1xY7aTn4Cw"}),
        ("ZC-2026-0001;-q3Zb0VJ2l8m1xY7aTn4C_", {"serial": "ZC-2026-0001", "fingerprint": "-q3Zb0VJ2l8m1xY7aTn4C_"}),
        ("WIFI:S:Hjemme;T:WPA;P:hemmelig;;", None),
    ],
    ids=["a charger's", "with signs at the edges", "another code"],
)
def test_the_camera_takes_a_charger_s_label_and_no_other(sheet: Page, label: str, found: object) -> None:
    """A QR code holds serial and fingerprint; any other code in sight is passed over."""
    script = 'async label => (await import("/parts/scan-button.js")).labelOf(label)'
    assert sheet.evaluate(script, label) == found


def test_a_first_charger_brings_a_site_that_is_looked_at_before_home(stand_in: StandIn, come_back: Return) -> None:
    """The manual's way: charger, its settings, the site with main fuse and contract, home. Where no simulator plays
    Bluetooth, the page says that it takes the app.
    """
    stand_in.set(accepted=True, simulator=True)
    page = come_back()
    page.route("**/sim/state", lambda route: route.fulfill(status=404))  # a phone without the laptop's simulator
    page.reload()
    page.get_by_role("link", name="Legg til ny lader").click()
    page.get_by_label("Serienummer").fill("zc-2026-0001")
    page.get_by_label("Fingeravtrykk").fill("kq3Zb0VJ2l8m1xY7aTn4Cw")
    page.get_by_role("button", name="Legg til", exact=True).click()
    expect(page.get_by_text("Denne nettsiden når ikke laderen over Bluetooth.")).to_be_visible()
    page.unroute_all()
    page.reload()
    go(page, "add")
    page.get_by_role("button", name="Velg ZC-2026-0001").click()
    page.get_by_role("button", name="Legg til", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Laderen er din")).to_be_visible()
    page.get_by_role("button", name="Lagre").click()
    expect(page.get_by_text("Sjekk at dette stemmer.")).to_be_visible()
    page.get_by_label("Hovedsikring").select_option("35")
    with page.expect_request(lambda request: request.method == "PATCH") as sent:
        page.get_by_role("button", name="Lagre").click()
    assert (sent.value.post_data_json or {})["main_fuse_a"] == 35
    expect(page.get_by_role("heading", level=1, name="Lader i garasjen")).to_be_visible()


def test_the_keyboard_is_enough(owner: Page) -> None:
    """Tab and Enter reach the buttons and the ways on, and a new screen begins at its heading."""
    press_until(owner, "Lad fullt nå")
    owner.keyboard.press("Enter")
    expect(owner.get_by_text("Sendt til laderen …")).to_be_visible()
    press_until(owner, "Historiske ladedata")
    owner.keyboard.press("Enter")
    expect(owner.get_by_role("heading", level=1, name="Historiske ladedata")).to_be_focused()
    expect(owner.get_by_role("button", name="man. 9.")).to_be_visible()
    press_until(owner, "man. 9.")
    owner.keyboard.press("Enter")
    expect(owner.locator(":focus").get_by_role("heading", name="mandag 9. februar")).to_be_visible()
    owner.keyboard.press("Tab")
    expect(owner.get_by_role("button", name="Hele måneden")).to_be_focused()


def press_until(page: Page, text: str) -> None:
    """Tab until what has this text has the focus."""
    wanted = page.locator(":focus").filter(has_text=text)
    for _ in range(30):
        page.keyboard.press("Tab")
        if wanted.count():
            return
    raise AssertionError(f"no Tab leads to {text}")


def test_a_charger_that_needs_help_says_where_it_is(owner: Page, stand_in: StandIn) -> None:
    """Without the Internet the way to the network; with a fault the code that support needs, and how to reach them."""
    stand_in.set(status="offline", reason="no_connection", until=None)
    owner.get_by_role("link", name="Konfigurer nettverk").click()
    expect(owner.get_by_role("heading", level=2, name="Nettverk")).to_be_visible()
    stand_in.set(status="fault", reason="ground_fault")
    go(owner, "home")
    expect(owner.get_by_text("Feilkode ground_fault.")).to_be_visible()
    assert owner.get_by_role("link", name="Kontakt oss").get_attribute("href") == "https://www.zmartcharge.no/"


def test_a_charger_is_removed_after_its_history_was_offered(owner: Page) -> None:
    """It goes for good, and its history with it: that is said, and the files are one touch away."""
    go(owner, "settings")
    owner.get_by_role("button", name="Fjern laderen").click()
    question = owner.get_by_role("group", name="Fjern laderen")
    expect(question).to_be_focused()  # who hears the page is led to it, and back
    question.get_by_role("button", name="Avbryt").click()
    expect(owner.get_by_role("button", name="Fjern laderen")).to_be_focused()
    owner.keyboard.press("Enter")
    expect(question.get_by_role("link", name="Last ned historikken først.")).to_be_visible()
    with owner.expect_request(lambda request: request.method == "DELETE") as sent:
        question.get_by_role("button", name="Fjern laderen").click()
    assert sent.value.url.endswith("/v1/chargers/ch_1")


def test_an_order_is_pending_until_the_charger_acts_on_it(owner: Page) -> None:
    """Each of the two buttons shows at once what was asked for, as sent, and offers the way back."""
    owner.get_by_role("button", name="Lad fullt nå").click()
    expect(owner.get_by_role("button", name="Skru på smartlading")).to_be_visible()
    expect(owner.get_by_text("Sendt til laderen …")).to_be_visible()
    owner.get_by_role("button", name="Stopp laderen").click()
    expect(owner.get_by_role("button", name="Start laderen")).to_be_visible()


def test_news_older_than_an_order_are_not_believed(owner: Page, stand_in: StandIn) -> None:
    """A home that was read before the order was written does not take the order back."""
    stand_in.set(is_late=True)
    owner.get_by_role("button", name="Lad fullt nå").click()
    expect(owner.get_by_text("Sendt til laderen …")).to_be_visible()
    for _ in range(2):
        with owner.expect_response(lambda response: response.url.endswith("/v1/home")):
            pass
        assert owner.get_by_role("button", name="Skru på smartlading").is_visible()


def test_only_changed_settings_are_sent(owner: Page) -> None:
    """What somebody else changed meanwhile is not overwritten by a form that was open."""
    go(owner, "settings")
    owner.get_by_label("Begrens ladetilgang").select_option("via_phone")
    with owner.expect_request(lambda request: request.method == "PATCH") as sent:
        owner.get_by_role("button", name="Lagre").click()
    assert sent.value.post_data_json == {"access": "via_phone"}
    assert sent.value.headers["if-match"] == '"3"'


def test_a_guest_is_invited_for_a_window_on_the_site_s_clock(owner: Page) -> None:
    """Times go out as typed, although the phone is in New York; the guest stands in the list then."""
    go(owner, "guests")
    owner.get_by_role("button", name="Inviter en gjest").click()
    owner.get_by_label("Navn på gjesten").fill("Per")
    owner.get_by_label("Mobilnummer").fill("922 22 222")
    owner.get_by_label("For alltid").uncheck()
    owner.get_by_label("Fra", exact=True).fill("2026-02-12T16:00")
    owner.get_by_label("Til", exact=True).fill("2026-02-15T12:00")
    with owner.expect_request(lambda request: request.method == "POST") as sent:
        owner.get_by_role("button", name="Inviter", exact=True).click()
    assert sent.value.post_data_json == {
        "name": "Per",
        "phone": "+47 922 22 222",
        "start": "2026-02-12T16:00",
        "end": "2026-02-15T12:00",
        "language": "no",
    }
    expect(owner.get_by_text("Tilgang fra tor. 12. feb., 16:00 til søn. 15. feb., 12:00")).to_be_visible()


def test_a_guest_is_revoked_after_a_question(owner: Page) -> None:
    """One touch is not enough to take somebody's access."""
    go(owner, "guests")
    owner.get_by_role("button", name="Ta tilbake").click()
    expect(owner.get_by_text("Kari mister tilgangen med en gang.")).to_be_visible()
    owner.get_by_role("group", name="Ta tilbake").get_by_role("button", name="Ta tilbake").click()
    expect(owner.get_by_text("avsluttet")).to_be_visible()


def test_a_guest_charges_and_leaves(guest: Page) -> None:
    """A guest has the two buttons, the plan and the own use, and neither settings nor other guests."""
    expect(guest.get_by_role("button", name="Lad fullt nå")).to_be_visible()
    expect(guest.get_by_text("Tilgang fra tir. 10. feb., 12:00 til søn. 15. feb., 12:00")).to_be_visible()
    expect(guest.get_by_text(re.compile("ferdig kl. 06:20"))).to_be_visible()
    ways = guest.get_by_role("navigation", name="Lader i garasjen").get_by_role("link").all_inner_texts()
    assert ways == ["Historiske ladedata", "Mine steder", "Legg til ny lader"]
    assert violations(guest) == []
    guest.get_by_role("button", name="Gi fra deg tilgangen").click()
    with guest.expect_request(lambda request: request.method == "DELETE") as sent:
        guest.get_by_role("button", name="Gi fra deg tilgangen").click()
    assert sent.value.url.endswith("/v1/chargers/ch_1/grants/gr_9")


def test_a_guest_outside_the_window_is_told_when(guest: Page, stand_in: StandIn) -> None:
    """The name and the window, and no buttons that would be refused."""
    stand_in.set(active=False)
    expect(guest.get_by_text("Du har ikke tilgang nå.")).to_be_visible()
    expect(guest.get_by_role("button", name="Lad fullt nå")).to_have_count(0)


def test_the_goal_of_a_session_is_an_energy_and_a_time(owner: Page) -> None:
    """The time is on the site's clock, although the phone is in New York; what is usual stays unsaid."""
    go(owner, "goal")
    owner.get_by_label("Bilen skal være klar").fill("2026-02-11T09:30")
    with owner.expect_request(lambda request: request.method == "PUT") as sent:
        owner.get_by_role("button", name="Lagre").click()
    assert sent.value.post_data_json == {"energy_wh": 27_700, "ready_by": "2026-02-11T08:30:00.000Z"}


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        pytest.param("2026-03-29T01:30", "2026-03-29T00:30:00.000Z", id="before clocks skip an hour"),
        pytest.param("2026-03-29T02:30", "2026-03-29T01:30:00.000Z", id="in the hour that is skipped: 03:30"),
        pytest.param("2026-03-29T03:30", "2026-03-29T01:30:00.000Z", id="after it"),
        pytest.param("2026-10-25T02:30", "2026-10-25T00:30:00.000Z", id="in the hour that comes twice: the first"),
        pytest.param("2026-10-25T03:30", "2026-10-25T02:30:00.000Z", id="after both"),
    ],
)
def test_a_time_on_a_clock_that_changes_is_one_instant(sheet: Page, local: str, instant: str) -> None:
    """Wherever the phone is, in the nights when the clocks of Norway change."""
    script = """async ([local, zone]) => {
      const [{ instantOf }, { instantText }] = [await import("/app/format.js"), await import("/app/clock.js")];
      return instantText(instantOf(local, zone));
    }"""
    assert sheet.evaluate(script, [local, "Europe/Oslo"]) == instant


def test_a_deleted_account_leaves_its_number(owner: Page) -> None:
    """Signed out at once, with the number of the erasure, and nothing of the person left in the browser."""
    go(owner, "account")
    owner.get_by_role("button", name="Slett min konto").click()
    owner.get_by_role("group").get_by_role("button", name="Slett min konto").click()
    expect(owner.get_by_text("er_0123456789abcdef")).to_be_visible()
    assert owner.evaluate("() => localStorage.getItem('zmartcharge.tokens')") is None


def test_signing_out_ends_the_session_here_and_in_the_cloud(owner: Page) -> None:
    """The cloud is told which session, by who is signed in to it; the phone forgets it."""
    go(owner, "account")
    with owner.expect_request("**/v1/auth/logout") as sent:
        owner.get_by_role("button", name="Logg ut", exact=True).click()
    assert sent.value.headers["authorization"] == "Bearer a.b.c"
    expect(owner.get_by_role("heading", level=1, name="Logg inn")).to_be_visible()
    assert owner.evaluate("() => localStorage.getItem('zmartcharge.tokens')") is None


def test_one_s_data_come_as_a_file(owner: Page) -> None:
    """The export is saved by the browser."""
    go(owner, "account")
    with owner.expect_download() as saved:
        owner.get_by_role("button", name="Last ned mine data").click()
    assert saved.value.suggested_filename == "zmartcharge.json"


def test_a_month_says_who_used_how_much(owner: Page) -> None:
    """An owner who lends the charger out sees what each guest is to pay."""
    go(owner, "history")
    expect(owner.get_by_role("row", name=re.compile("^Kari .* kWh .*kr$"))).to_be_visible()


def test_a_month_comes_as_a_file(owner: Page) -> None:
    """The file is asked for with the access token, which a plain link could not carry."""
    go(owner, "history")
    with owner.expect_download() as saved:
        owner.get_by_role("button", name="CSV").click()
    assert saved.value.suggested_filename == "zmartcharge-2026-02-history.csv"


def test_chargers_change_with_a_finger(owner: Page, stand_in: StandIn) -> None:
    """To the left is the next one."""
    stand_in.set(second=True)
    expect(owner.get_by_role("button", name="Lader ved hytta")).to_be_visible()
    owner.evaluate("""() => {
      const card = document.querySelector(".status");
      const touch = (x) => new Touch({identifier: 1, target: card, clientX: x, clientY: 200});
      for (const [name, x] of [["touchstart", 300], ["touchend", 90]])
        card.dispatchEvent(new TouchEvent(name, {bubbles: true, changedTouches: [touch(x)]}));
    }""")
    expect(owner.get_by_role("heading", level=1, name="Lader ved hytta")).to_be_visible()


def test_the_plan_is_read_with_the_keyboard(owner: Page) -> None:
    """The arrow keys go from price to price, on the charger's clock."""
    chart = owner.get_by_role("slider")
    chart.focus()
    owner.keyboard.press("End")
    expect(chart).to_have_attribute("aria-valuetext", re.compile("^0[789]:"))


def test_english_is_spoken_to_those_who_read_it(stand_in: StandIn, visit: Visit) -> None:
    """The browser's language decides, and one touch changes it."""
    page = visit(stand_in.url, locale="en-GB")
    expect(page.get_by_role("heading", level=1, name="Sign in")).to_be_visible()
    assert page.evaluate("() => document.documentElement.lang") == "en"
    page.get_by_role("button", name="Norsk").click()
    expect(page.get_by_role("heading", level=1, name="Logg inn")).to_be_visible()


def test_the_api_document_is_readable_in_the_browser(stand_in: StandIn, visit: Visit) -> None:
    """Every operation of the document stands on the page, and links lead to what they name."""
    page = visit(f"{stand_in.url}/docs", locale="en-GB")
    with urllib.request.urlopen(f"{stand_in.url}/v1/openapi.json", timeout=30) as answer:  # noqa: S310 - the stand-in
        paths = json.load(answer)["paths"]
    operations = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    expect(page.get_by_role("heading", name="Schemas")).to_be_visible()
    assert operations <= set(page.get_by_role("heading", level=3).all_inner_texts())
    card = page.get_by_role("region", name="GET /v1/chargers/{charger}/plan", exact=True)
    expect(card.get_by_text("When the car will be charged")).to_be_visible()
    card.get_by_role("link", name="PlanAnswer").click()
    expect(page.get_by_role("region", name="PlanAnswer")).to_be_in_viewport()
    assert violations(page, *OF_DOCS) == []
    keep_picture(page, "docs")
