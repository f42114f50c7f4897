"""News, the server's pace, and a bad or missing network, in a real browser."""

from playwright.sync_api import Page, Request, Response, Route, expect

from tests.e2e.browser.conftest import Return, StandIn, Visit, sign_in

PACE_S = 10
"""What the server tells as `poll_after_s` when its pace is tried."""
SEEN = """state => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def homes_asked(page: Page) -> list[Request]:
    """Every request for the home screen from now on, as they come."""
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if request.url.endswith("/v1/home") else None)
    return asked


def test_the_home_screen_is_one_request_and_asks_only_for_what_is_new(owner: Page) -> None:
    """It sends the tag of the last answer, and "nothing new" leaves everything as it is."""

    def with_tag(response: Response) -> bool:
        return response.url.endswith("/v1/home") and "if-none-match" in response.request.headers

    assert owner.wait_for_event("response", with_tag).status == 304
    expect(owner.get_by_role("heading", level=1, name="Lader i garasjen")).to_be_visible()


def test_the_server_sets_the_pace(owner: Page, stand_in: StandIn) -> None:
    """The next question comes after as many seconds as the last answer said, and none from a page that nobody sees."""
    stand_in.set(poll_after_s=PACE_S)
    with owner.expect_response("**/v1/home"):
        owner.reload()
    expect(owner.get_by_text("Du sparer")).to_be_visible()
    asked = homes_asked(owner)
    owner.clock.run_for((PACE_S - 1) * 1000)
    assert asked == []
    with owner.expect_response("**/v1/home"):
        owner.clock.run_for(2000)
    owner.evaluate(SEEN, "hidden")
    owner.clock.run_for(10 * PACE_S * 1000)
    assert len(asked) == 1
    with owner.expect_response("**/v1/home"):
        owner.evaluate(SEEN, "visible")
        owner.clock.run_for(10)


def test_on_a_bad_link_an_order_that_was_lost_is_told_and_given_again(owner: Page) -> None:
    """What did not arrive is not shown as done; the same button works at the next try."""
    lost: list[str] = []

    def carry(route: Route) -> None:
        if route.request.method == "PUT" and not lost:
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    owner.route("**/v1/**", carry)
    owner.get_by_role("button", name="Lad fullt nå").click()
    expect(owner.get_by_text("Får ikke kontakt.")).to_be_visible()
    owner.get_by_role("button", name="Lad fullt nå").click()
    expect(owner.get_by_role("button", name="Skru på smartlading")).to_be_visible()


def test_a_service_that_takes_a_break_leaves_the_last_news_on_the_screen(owner: Page, stand_in: StandIn) -> None:
    """It is told, what was known stays, and it heals by itself."""
    stand_in.set(failing="/v1/home")
    expect(owner.get_by_text("Tjenesten har en pause.")).to_be_visible()
    expect(owner.get_by_role("heading", level=1, name="Lader i garasjen")).to_be_visible()
    stand_in.set(failing="")
    owner.clock.fast_forward(PACE_S * 1000)
    expect(owner.get_by_text("Tjenesten har en pause.")).to_have_count(0)


def test_without_network_the_page_says_so_and_stays(visit: Visit) -> None:
    """What was known stays on the screen under a notice; the page itself opens again from what the phone kept."""
    stand_in = StandIn()
    stand_in.set(accepted=True, claimed=True, simulator=False)
    page = visit(stand_in.url, service_workers="allow")
    sign_in(page)
    page.evaluate("() => navigator.serviceWorker.ready")
    page.reload()
    expect(page.get_by_text("Du sparer")).to_be_visible()
    stand_in.stop()
    expect(page.get_by_text("Ingen forbindelse.")).to_be_visible()
    expect(page.get_by_role("heading", level=1, name="Lader i garasjen")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Ingen forbindelse.")).to_be_visible()


def test_a_plan_that_cannot_be_asked_for_at_the_moment_stays(owner: Page) -> None:
    """An order asks for it anew; until there is an answer nobody is told of trouble that passes."""
    plan = owner.get_by_role("region", name="Ladeplan")
    expect(plan.get_by_role("link", name="Endre målet")).to_be_visible()
    owner.route("**/plan", lambda route: route.fulfill(status=429))
    with owner.expect_response("**/plan"):
        owner.get_by_role("button", name="Stopp laderen").click()
    expect(owner.get_by_role("button", name="Start laderen")).to_be_visible()
    expect(plan.get_by_role("link", name="Endre målet")).to_be_visible()
    expect(plan.get_by_role("alert")).to_have_count(0)


def test_without_a_car_there_is_nothing_to_say_of_prices(stand_in: StandIn, come_back: Return) -> None:
    """They are part of a plan; that there are none is told only of a plan that has none."""
    stand_in.set(accepted=True, claimed=True, evse_state="A", status="ready", reason="no_car")
    plan = come_back().get_by_role("region", name="Ladeplan")
    expect(plan.get_by_text("Ingen bil er koplet til. Planen lages når du setter i ladepluggen.")).to_be_visible()
    expect(plan.get_by_text("Strømprisene er ikke hentet ennå.")).to_have_count(0)
