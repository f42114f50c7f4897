"""Sites, their main fuse and their load balancing, in a real browser."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import StandIn, go, keep_picture, violations

NETWORK_ASKED_MS = 2000
"""How often a screen that shows the network asks for it."""


def test_a_site_gets_its_contract_and_fuse(owner: Page) -> None:
    """A decimal comma is a decimal point to the API; a fixed price has no surcharge; history is kept as wished."""
    go(owner, "site/site_1")
    owner.get_by_label("Strømavtale").select_option("fixed")
    owner.get_by_label("Fastpris per kWh").fill("0,95")
    owner.get_by_label("Hovedsikring").select_option("40")
    owner.get_by_label("Historikken beholdes (måneder)").fill("12")
    with owner.expect_request(lambda request: request.method == "PATCH") as sent:
        owner.get_by_role("button", name="Lagre").click()
    body: dict[str, Any] = sent.value.post_data_json or {}
    assert (body["main_fuse_a"], body["zone"], body["history_months"]) == (40, "NO5", 12)
    assert body["contract"] == {
        "kind": "fixed",
        "fixed_price_per_kwh": "0.95",
        "surcharge_per_kwh": None,
        "grid_company_id": "bkk",
        "county": None,
    }


def test_load_balancing_is_set_up_and_followed(owner: Page) -> None:
    """The reader's token is told once; then what flows on each line, what is not measured as a dash, and each share."""
    go(owner, "site/site_1")
    owner.get_by_role("button", name="Registrer måleravleser").click()
    expect(owner.get_by_text("mt_0123456789")).to_be_visible()
    panel = owner.get_by_role("region", name="Lastbalansering")
    expect(panel.get_by_text("57,9 A")).to_be_visible()
    expect(panel.get_by_text("får bruke 16 A")).to_be_visible()
    assert violations(owner) == []
    keep_picture(owner, "load")
    panel.get_by_role("button", name="Fjern måleravleseren").click()
    panel.get_by_role("group").get_by_role("button", name="Fjern måleravleseren").click()
    expect(owner.get_by_role("button", name="Registrer måleravleser")).to_be_visible()


def test_a_wrong_password_is_told_and_tried_again(stand_in: StandIn, owner: Page) -> None:
    """Over Bluetooth, which the simulator plays: the charger's reason, then another try, then that it is done."""
    stand_in.set(simulator=True)
    owner.reload()
    go(owner, "settings")
    card = owner.get_by_role("region", name="Nettverk")
    card.get_by_role("button", name="Konfigurer nettverk").click()
    card.get_by_label("Passord for Wi-Fi").fill("feil-passord")
    assert violations(owner) == []
    keep_picture(owner, "network-form")
    with owner.expect_response("**/network"):
        card.get_by_role("button", name="Lagre").click()
    owner.clock.fast_forward(NETWORK_ASKED_MS)
    expect(card.get_by_text("Wi-Fi, feil passord")).to_be_visible()
    keep_picture(owner, "network-failed")
    card.get_by_role("button", name="Prøv igjen").click()
    card.get_by_role("combobox").select_option("4G, uten innstillinger")
    with owner.expect_response("**/network"):
        card.get_by_role("button", name="Lagre").click()
    owner.clock.fast_forward(NETWORK_ASKED_MS)
    expect(card.get_by_text("4G · godt signal")).to_be_visible()
    owner.clock.fast_forward(2 * NETWORK_ASKED_MS)
    expect(card.get_by_text("Nettverket er satt opp.")).to_be_visible()


def test_a_site_with_chargers_says_why_it_stays(owner: Page) -> None:
    """The refusal is in words."""
    go(owner, "site/site_1")
    owner.get_by_role("button", name="Slett mitt sted").click()
    owner.get_by_role("group").get_by_role("button", name="Slett mitt sted").click()
    expect(owner.get_by_role("alert").get_by_text("Det står ladere her.")).to_be_visible()
