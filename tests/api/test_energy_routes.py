"""Home, plan, goal, prices, history and sessions as a phone sees them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from moto.dynamodb.responses import DynamoHandler

from chalicelib.adapters.dynamo import accounts
from chalicelib.domain.calendar import HOUR
from chalicelib.domain.ids import AccountId
from tests.api_client import ApiClient
from tests.energy_cloud import Night, a_night
from tests.identity import People, Person

START = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)


@pytest.fixture
def kari(people: People) -> Person:
    return people.sign_in("+4790000001")


@pytest.fixture
def night(kari: Person, monkeypatch: pytest.MonkeyPatch) -> Night:
    account = accounts.find(AccountId(kari.account_id))
    assert account is not None
    return a_night(account, START, monkeypatch)


@pytest.fixture
def calls(moto: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls to the store, in order."""
    seen: list[str] = []
    served = DynamoHandler.call_action

    def noting(handler: DynamoHandler) -> Any:
        seen.append(str(handler.headers["X-Amz-Target"]).split(".")[1])
        return served(handler)

    monkeypatch.setattr(DynamoHandler, "call_action", noting)
    return seen


def test_home_shows_a_charger_that_waits_for_a_cheap_hour(api: ApiClient, kari: Person, night: Night) -> None:
    """Status with its reason and time, plan in a line, session and month so far."""
    night.plug_in(20_000)
    body = api.get("/v1/home", token=kari.token).body
    card = body["chargers"][0]
    assert (card["status"]["code"], card["status"]["reason"], card["role"]) == ("waiting", "price", "owner")
    assert card["status"]["until"] == card["plan"]["starts_at"]
    assert card["session"] == {
        "started_at": "2026-02-10T14:00:00Z",
        "energy_wh": 0,
        "cost": {"amount": "0.00", "currency": "NOK"},
    }
    assert (card["month"]["month"], card["plan"]["need_wh"], body["poll_after_s"]) == ("2026-02", 36_150, 30)


def test_home_promises_what_the_plan_promises(api: ApiClient, kari: Person, night: Night) -> None:
    """When it is ready, how likely, for how much, and what charging at once would cost: the same in both places."""
    night.plug_in(20_000)
    card = api.get("/v1/home", token=kari.token).body["chargers"][0]["plan"]
    plan = api.get(f"/v1/chargers/{night.charger_id}/plan", token=kari.token).body
    names = ("ready_by", "ready_at", "need_wh", "probability", "cost_at_once")
    assert {name: card[name] for name in names} == {name: plan[name] for name in names}
    assert (card["total_cost"], card["missing_wh"]) == (plan["expected_cost"], 0)
    shadow = night._desired("charging")["plan"]
    assert (shadow["plan_id"], {one["reason"] for one in shadow["intervals"]}) == (
        plan["plan_id"],
        {"cheap_hours", "after_ready_by"},
    )


def test_home_without_a_car_is_ready(api: ApiClient, kari: Person, night: Night) -> None:
    """A charger that has been claimed and has nothing to do is ready, though it has reported nothing since."""
    card = api.get("/v1/home", token=kari.token).body["chargers"][0]
    assert (card["status"]["code"], card["plan"], card["session"]) == ("ready", None, None)


def test_home_that_has_not_changed_is_not_sent_again(api: ApiClient, kari: Person, night: Night) -> None:
    """The ETag is made of the content without the time; a change gives another one."""
    first = api.get("/v1/home", token=kari.token)
    again = api.get("/v1/home", token=kari.token, headers={"if-none-match": first.headers["etag"]})
    night.plug_in(20_000)
    changed = api.get("/v1/home", token=kari.token, headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.body, again.headers["etag"]) == (304, None, first.headers["etag"])
    assert (changed.status, changed.headers["etag"] != first.headers["etag"]) == (200, True)


def test_home_takes_three_calls_to_the_store(api: ApiClient, kari: Person, night: Night, calls: list[str]) -> None:
    """The account, the list of chargers, and everything else at once."""
    calls.clear()
    api.get("/v1/home", token=kari.token)
    assert calls == ["GetItem", "Query", "BatchGetItem"]


@pytest.mark.parametrize(
    "path",
    ["plan", "history?month=2026-02", "history?day=2026-02-10", "sessions", ""],
    ids=["plan", "month", "day", "sessions", "charger"],
)
def test_a_route_takes_at_most_four_reads(
    api: ApiClient, kari: Person, night: Night, calls: list[str], path: str
) -> None:
    """However much there is to tell."""
    night.plug_in(20_000)
    calls.clear()
    reply = api.get(f"/v1/chargers/{night.charger_id}/{path}".rstrip("/"), token=kari.token)
    assert (reply.status, len(calls) <= 4) == (200, True)


def test_a_month_with_its_people_is_one_query(api: ApiClient, kari: Person, night: Night, calls: list[str]) -> None:
    """Account and charger, the hours, then the site with the grants that are named."""
    night.plug_in(3_000)
    calls.clear()
    reply = api.get(f"/v1/chargers/{night.charger_id}/history?month=2026-02", token=kari.token)
    assert (reply.status, calls) == (200, ["GetItem", "GetItem", "Query", "BatchGetItem"])


def test_the_plan_tells_when_why_and_for_how_much(api: ApiClient, kari: Person, night: Night) -> None:
    """Intervals, prices with VAT, how likely it is to be enough, and what is saved on average.

    A new charger is thought to need what all homes do: 36.15 kWh are enough for 19 of 20 sessions.
    """
    night.plug_in(20_000)
    body = api.get(f"/v1/chargers/{night.charger_id}/plan", token=kari.token).body
    assert (body["state"], body["need_wh"], body["energy_wh"], body["unmet_wh"]) == ("planned", 36_150, 36_150, 0)
    assert (sum(step["energy_wh"] for step in body["intervals"]), body["probability"]) == (36_150, 0.95)
    assert {step["reason"] for step in body["intervals"]} == {"cheap_hours"}
    assert (body["prices"][0]["start"], body["ready_by"]) == ("2026-02-10T14:00:00Z", "2026-02-11T06:00:00Z")
    names = ("saved", "expected_cost", "cost_at_once", "total_cost")
    saved, cost, at_once, most = (float(body[name]["amount"]) for name in names)
    assert saved == pytest.approx(at_once - cost, abs=0.011)
    assert saved > 0
    assert cost < most


def test_without_a_car_there_is_no_session_to_plan(api: ApiClient, kari: Person, night: Night) -> None:
    """The plan says so, and a goal is refused."""
    path = f"/v1/chargers/{night.charger_id}"
    assert api.get(f"{path}/plan", token=kari.token).body["state"] == "no_session"
    refused = api.put(f"{path}/session-goal", {"energy_wh": 9000}, token=kari.token)
    assert (refused.status, refused.body["code"]) == (409, "no_session")


def test_a_stopped_session_has_no_plan_until_it_is_started(api: ApiClient, kari: Person, night: Night) -> None:
    """The plan says that it is stopped, and the one of before is not shown as if it held."""
    path = f"/v1/chargers/{night.charger_id}"
    night.plug_in(20_000)
    api.put(f"{path}/session-goal", {"energy_wh": 20_000}, token=kari.token)
    api.put(f"{path}/run", {"run": "stopped"}, token=kari.token)
    stopped = api.get(f"{path}/plan", token=kari.token).body
    api.put(f"{path}/run", {"run": "auto"}, token=kari.token)
    night.exchange()
    again = api.get(f"{path}/plan", token=kari.token).body
    assert (stopped["state"], stopped["intervals"], stopped["total_cost"]) == ("stopped", [], None)
    assert (again["state"], again["energy_wh"]) == ("planned", 20_000)


def test_a_goal_holds_for_this_session_and_can_be_taken_back(api: ApiClient, kari: Person, night: Night) -> None:
    """9 kWh by 23:00, then as usual again."""
    path = f"/v1/chargers/{night.charger_id}"
    night.plug_in(20_000)
    goal = {"energy_wh": 9_000, "ready_by": "2026-02-10T23:00:00+01:00"}
    put = api.put(f"{path}/session-goal", goal, token=kari.token)
    night.exchange()
    wished = api.get(f"{path}/plan", token=kari.token).body
    api.delete(f"{path}/session-goal", token=kari.token)
    night.exchange()
    usual = api.get(f"{path}/plan", token=kari.token).body
    assert (put.status, put.body) == (200, {"energy_wh": 9_000, "ready_by": "2026-02-10T22:00:00Z"})
    assert (wished["probability"], wished["expected_cost"]) == (None, wished["total_cost"])
    assert (wished["need_wh"], wished["ready_by"]) == (9_000, "2026-02-10T22:00:00Z")
    assert (usual["need_wh"], usual["ready_by"]) == (36_150, "2026-02-11T06:00:00Z")


@pytest.mark.parametrize(
    "body",
    [
        {"energy_wh": 0},
        {"energy_wh": 10**9},
        {"energy_wh": 1.5},
        {"ready_by": "2026-02-10T23:00:00"},
        {"ready_by": "2026-02-10T14:00:00+01:00"},
        {"ready_by": "2026-02-20T14:00:00+01:00"},
        {"ready_by": "0001-01-01T00:00:00+23:59"},
        {"soc": 80},
    ],
    ids=["nothing", "too much", "fraction", "no offset", "past", "far", "beginning of time", "unknown"],
)
def test_a_goal_that_makes_no_sense_is_refused(
    api: ApiClient, kari: Person, night: Night, body: dict[str, Any]
) -> None:
    """400, and the plan stays."""
    night.plug_in(20_000)
    refused = api.put(f"/v1/chargers/{night.charger_id}/session-goal", body, token=kari.token)
    assert (refused.status, refused.body["code"]) == (400, "invalid_input")


def test_history_and_sessions_tell_the_night(api: ApiClient, kari: Person, night: Night) -> None:
    """One session of 3 kWh, by month, by day and by hour."""
    path = f"/v1/chargers/{night.charger_id}"
    night.plug_in(3_000)
    night.run(START + 16 * HOUR)
    night.unplug()
    session = api.get(f"{path}/sessions", token=kari.token).body["sessions"][0]
    month = api.get(f"{path}/history?month=2026-02", token=kari.token).body
    day = api.get(f"{path}/history?day={month['days'][0]['date']}", token=kari.token).body
    assert (session["energy_wh"], session["ended_at"], session["pending"]) == (3_000, "2026-02-11T06:00:00Z", False)
    assert (month["energy_wh"], month["currency"], month["cost"]) == (3_000, "NOK", session["cost"])
    assert sum(hour["energy_wh"] for hour in day["hours"]) == day["energy_wh"] == month["days"][0]["energy_wh"]


@pytest.mark.parametrize(
    "query",
    ["", "?month=2026-13", "?month=2026-02&day=2026-02-10", "?day=2026-02-30", "?day=tomorrow", "?month=0001-01"],
)
def test_a_period_that_is_none_is_refused(api: ApiClient, kari: Person, night: Night, query: str) -> None:
    """400 with the field."""
    refused = api.get(f"/v1/chargers/{night.charger_id}/history{query}", token=kari.token)
    assert (refused.status, refused.body["code"]) == (400, "invalid_input")


def test_strangers_learn_nothing(api: ApiClient, night: Night, people: People) -> None:
    """404 on everything that is somebody else's."""
    ola = people.sign_in("+4790000002")
    path = f"/v1/chargers/{night.charger_id}"
    replies = [
        api.get(f"{path}/plan", token=ola.token),
        api.get(f"{path}/history?month=2026-02", token=ola.token),
        api.get(f"{path}/sessions", token=ola.token),
        api.put(f"{path}/session-goal", {"energy_wh": 9000}, token=ola.token),
        api.delete(f"{path}/session-goal", token=ola.token),
    ]
    assert [reply.status for reply in replies] == [404] * 5
    assert api.get("/v1/home", token=ola.token).body["chargers"] == []


def test_prices_of_a_day_are_told_slot_by_slot(api: ApiClient, kari: Person, night: Night) -> None:
    """Per kWh without VAT, exact, from midnight to midnight."""
    body = api.get("/v1/prices/NO5?date=2026-02-10", token=kari.token).body
    assert (len(body["slots"]), body["slots"][0]["start"]) == (24, "2026-02-09T23:00:00Z")
    assert body["slots"][0]["price"] == {"amount": "1.29121", "currency": "NOK"}
    assert api.get("/v1/prices/NO5", token=kari.token).body == body


def test_a_day_that_is_not_published_is_told_as_a_forecast(api: ApiClient, kari: Person, night: Night) -> None:
    """The day after tomorrow, so that the app can show what plans go by."""
    slots = api.get("/v1/prices/NO5?date=2026-02-12", token=kari.token).body["slots"]
    assert (len(slots), {slot["state"] for slot in slots}) == (24, {"forecast"})


@pytest.mark.parametrize(
    ("path", "status"),
    [("NO5?date=2026-02-20", 200), ("NO9", 404), ("NO5?date=2026-02-30", 400), ("NO5?date=x", 400)],
    ids=["far ahead: no slots", "no such zone", "no such day", "no day"],
)
def test_prices_that_are_not_there(api: ApiClient, kari: Person, night: Night, path: str, status: int) -> None:
    """A day too far ahead for a forecast is empty, nonsense is refused."""
    reply = api.get(f"/v1/prices/{path}", token=kari.token)
    assert (reply.status, reply.body.get("slots")) == (status, [] if status == 200 else None)
