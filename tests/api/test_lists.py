"""Lists in pages: every item once, and tokens that are good for one person and one list."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.adapters.dynamo import sessions
from tests.api_client import ApiClient, Reply
from tests.guests_cloud import let_in
from tests.identity import People, Person
from tests.made_chargers import MadeCharger

NOW = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)
MOST_PAGES = 5


class Lists:
    """Kari, who has three of everything, and Ola, who has nothing."""

    def __init__(self, api: ApiClient, people: People) -> None:
        self.api = api
        account = people.account()
        self.kari = Person(account.account_id, people.mint.token(account.account_id))
        self.ola = people.sign_in("+4790000002")
        charger = MadeCharger().claim(account)
        self.chargers = [charger.charger_id, MadeCharger("ZC-00000002").claim(account).charger_id]
        api.post("/v1/sites", {"zone": "NO1"}, token=self.kari.token)
        for number in (1, 2, 3):
            let_in(people.account(f"+479100000{number}"), charger.charger_id, NOW, None, f"grant_{number}")
            begun = NOW + timedelta(hours=number)
            sessions.open_session(charger.charger_id, number, begun, charger.site_id)  # type: ignore[arg-type]

    def path(self, name: str) -> str:
        """Where the list is."""
        return "/v1/sites" if name == "sites" else f"/v1/chargers/{self.chargers[0]}/{name}"

    def get(self, path: str, who: Person | None = None, **query: Any) -> Reply:
        """One page."""
        asked = "&".join(f"{key}={value}" for key, value in query.items() if value is not None)
        return self.api.get(f"{path}?{asked}", token=(who or self.kari).token)


@pytest.fixture
def lists(api: ApiClient, people: People) -> Lists:
    return Lists(api, people)


@pytest.mark.parametrize("name", ["sites", "sessions", "grants"])
def test_pages_make_up_the_list(lists: Lists, name: str) -> None:
    """Each item once and in order, two at a time; the last page has no next."""
    whole = lists.get(lists.path(name)).body
    assert (len(whole[name]), whole["next"]) == (3, None)
    found: list[Any] = []
    token = None
    for _ in range(MOST_PAGES):
        page = lists.get(lists.path(name), limit=2, next=token).body
        found, token = found + page[name], page["next"]
        if token is None:
            break
    assert (found, token) == (whole[name], None)


@pytest.mark.parametrize("name", ["sites", "sessions", "grants"])
def test_a_token_is_no_good_elsewhere(lists: Lists, name: str) -> None:
    """Not made up, not changed, not for somebody else, not for another list: 400 names the parameter."""
    token = lists.get(lists.path(name), limit=2).body["next"]
    other = "/v1/sites" if name != "sites" else lists.path("grants")
    replies = [
        lists.get(lists.path(name), next="3"),
        lists.get(lists.path(name), next=token[:-3] + "AAA"),
        lists.get(other, next=token),
        *(
            [lists.get(lists.path(name).replace(lists.chargers[0], lists.chargers[1]), next=token)]
            if name != "sites"
            else []
        ),
        *([lists.get(lists.path(name), lists.ola, next=token)] if name == "sites" else []),
    ]
    assert {(reply.status, reply.body.get("field")) for reply in replies} == {(400, "next")}
